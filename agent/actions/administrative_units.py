"""Putting a person under an administrative unit."""

from typing import Annotated, ClassVar

from agent.actions.action import Label, ObjectId, UserAction
from agent.actions.parameters import NameOf, Told, Where
from agent.lookups.administrative_units import units_call
from agent.model.expectation import ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

_USERS = "https://graph.microsoft.com/v1.0/users"

# Through the unit's own members it would be read page by page; a user's units by cast are an index read.
_INDEX_PATIENCE_SECONDS = 180


class AddUnitMember(UserAction):
    """Put one user under one administrative unit: its administrators may then act on the account.

    Under a unit with restricted management nobody else may any more. A unit whose members follow from a rule
    refuses, and so does one that has the user already (400). Source: administrativeunit-post-members.
    """

    id: ClassVar[str] = "entra.au.member.add"
    title: ClassVar[str] = "Put {user} under the administrative unit {unit}"
    risk: ClassVar[int] = 60
    delegated_permissions: ClassVar[tuple[str, ...]] = ("AdministrativeUnit.ReadWrite.All",)
    # The published permissions name this one, and none that is less, for an application's own token.
    application_permissions: ClassVar[tuple[str, ...]] = ("AdministrativeUnit.ReadWrite.All",)

    unit_id: Annotated[ObjectId, Told("params.unit_id")]
    unit_name: Annotated[Label, NameOf(Where("unit.get", "{unit_id}"))] = ""

    def step(self) -> Step:
        """As `Action.step`."""
        read = units_call(self.user_id)
        outside = ListHolds(field="value", key="id", value=self.unit_id, present=False)
        inside = ListHolds(field="value", key="id", value=self.unit_id, present=True)
        members = f"/directory/administrativeUnits/{self.unit_id}/members"
        return self._built(
            title=self.title.format(user=self.user_name or self.user_id, unit=self.unit_name or self.unit_id),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=f"{members}/$ref", body={"@odata.id": f"{_USERS}/{self.user_id}"}),
            check=Check(call=read, expect=inside, patience_seconds=_INDEX_PATIENCE_SECONDS),
            capture=read,
            precondition=outside,
            # INVARIANT: the path ends in /$ref, so that the membership is deleted and not the user.
            undo=Undo(
                call=GraphCall(method="DELETE", path=f"{members}/{self.user_id}/$ref"),
                check=Check(call=read, expect=outside, patience_seconds=_INDEX_PATIENCE_SECONDS),
            ),
        )
