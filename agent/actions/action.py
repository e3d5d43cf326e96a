"""What every action of the catalogue is: validated parameters that build one exact Step, and nothing else.

An action is pure: it builds GraphCalls and never sends one. Each parameter says in its annotation what policy is told
by it, or why nothing; names are for people only, and say where the tenant has them (`agent.actions.parameters`):
`agent.lookups.facts` refuses a step whose names are not the tenant's own.
"""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from agent.actions.parameters import GROUP_NAME, USER_NAME, names_in, other_person_in, told_by, told_by_name
from agent.errors import RemitError
from agent.model.expectation import Expectation
from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Creates, Fact, Step, Target, TargetKind, Undo

# Graph hands out object ids as lower-case GUIDs; one spelling only, so that equal ids are equal text.
ObjectId = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]

# Ids that are no GUIDs: of drives and their items, permissions, channels, members of teams. Printable ASCII without
# slashes and percent signs, which a server could read as the end of a segment, and not dots alone. What is left
# `agent.lookups.quoting.segment` escapes into one segment of a path.
GraphKey = Annotated[
    str, StringConstraints(strict=True, max_length=512, pattern=r"^\.*[!-$&-\-0-\[\]-~][!-$&-.0-\[\]-~]*$")
]

# A display name has at most 256 characters (Graph reference, user and group resource); one line, no controls.
Label = Annotated[str, StringConstraints(strict=True, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
UserName = Annotated[Label, USER_NAME]
GroupName = Annotated[Label, GROUP_NAME]


class UnknownActionError(RemitError):
    """A planner named an action outside the catalogue, or parameters that the action does not take."""


class Action(Frozen):
    """One verb with its parameters as fields. The class attributes say what it costs and needs.

    `target_kind` is the kind of the one object that it changes. `title` is a one-line template for cards. `risk` is 0
    to 100. The two permissions are the least that Microsoft documents for the call, for a user's token and for the
    application's own; of several all are needed, and none means that such a token cannot make the call.
    `undo_permissions` are those that the undo needs besides. `serves_me` says whether users may do it to themselves
    through `/me`. `opens_sign_in`: it changes with what somebody proves who they are. `contains`: it closes a way in,
    which a rollback must not open again. `repeatable`: once its answer was lost and its effect is not to be seen, it
    may be sent again, because a second one would change nothing that the first has not. `removes_by_id`: it takes away
    one of several entries by the entry's own id, so that another entry may still give what this one gave. `again_on`
    are statuses other than 429 with which Graph says to try later. `irreversible` says why there is no undo and is
    empty when there is one. `throttle_class` names Graph's limit that the call counts against. `code_from` says
    whether the user gets a secret and who makes it; `code_field` is where Graph's answer has it, and `created_field`
    where it has the id of what was created. `also_tells` are attributes that `_told` adds to what single parameters
    tell.
    """

    id: ClassVar[str]
    target_kind: ClassVar[TargetKind]
    title: ClassVar[str]
    risk: ClassVar[int]
    delegated_permissions: ClassVar[tuple[str, ...]]
    application_permissions: ClassVar[tuple[str, ...]]
    undo_permissions: ClassVar[tuple[str, ...]] = ()
    serves_me: ClassVar[bool] = False
    again_on: ClassVar[tuple[int, ...]] = ()
    opens_sign_in: ClassVar[bool] = False
    contains: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    removes_by_id: ClassVar[bool] = False
    irreversible: ClassVar[str] = ""
    throttle_class: ClassVar[str] = "entra-write"
    code_from: ClassVar[Literal["none", "generated", "returned"]] = "none"
    code_field: ClassVar[str] = ""
    created_field: ClassVar[str] = "id"
    also_tells: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def step(self) -> Step:
        """Return the step: the exact call, how to see its effect, and its inverse or why there is none."""

    def _told(self) -> dict[str, Fact]:
        """Return what policy is told. An override adds `also_tells`: what takes two parameters, or none, to say."""
        return told_by(self)

    def _built(
        self,
        *,
        title: str,
        target: tuple[str, str],
        beneficiary_id: str = "",
        beneficiary_label: str = "",
        owner_id: str = "",
        call: GraphCall,
        check: Check,
        capture: GraphCall,
        precondition: Expectation | None = None,
        undo: Undo | None = None,
        creates: Creates | None = None,
    ) -> Step:
        """Return the step; `target` is the id and the label of the object that it changes, `owner_id` whose it is."""
        return Step(
            action=self.id,
            title=title,
            params=self.model_dump(mode="json"),
            target=Target(kind=self.target_kind, id=target[0], label=target[1], owner_id=owner_id),
            beneficiary_id=beneficiary_id,
            beneficiary_label=beneficiary_label,
            other_person=other_person_in(self),
            names=names_in(self),
            told=self._told(),
            told_by_name=told_by_name(self),
            call=call,
            check=check,
            capture=capture,
            precondition=precondition,
            undo=undo,
            irreversible=self.irreversible,
            risk=self.risk,
            secret=self.code_from,
            secret_field=self.code_field,
            created_field=self.created_field,
            creates=creates,
            again_on=self.again_on,
        )


class UserAction(Action):
    """An action on one user account, who is its target and its beneficiary."""

    target_kind: ClassVar[TargetKind] = "user"

    user_id: ObjectId
    user_name: UserName = ""

    @property
    def _target(self) -> tuple[str, str]:
        return self.user_id, self.user_name

    @property
    def _path(self) -> str:
        return f"/users/{self.user_id}"

    @property
    def _title(self) -> str:
        return self.title.format(user=self.user_name or self.user_id)

    def _read(self, *fields: str) -> GraphCall:
        return GraphCall(method="GET", path=self._path, query=(("$select", ",".join(("id", *fields))),))
