"""Making teams: a new one, and one out of a group that is there."""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from agent.actions.action import Action, ObjectId, UserName
from agent.actions.parameters import PROSE, Told
from agent.actions.teams import Description, TeamAction
from agent.lookups.quoting import literal
from agent.lookups.teams import team_call
from agent.model.expectation import AllOf, FieldEquals, ItemHas, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

_V1 = "https://graph.microsoft.com/v1.0"

# Creating is done after the answer 202; Microsoft asks clients to wait 30 seconds between two looks, so ten looks.
_CREATION_SECONDS = 300

# A group younger than 15 minutes may not have been replicated to Teams yet (Graph reference, team-put-teams).
_REPLICATION_SECONDS = 900

TeamTitle = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$")
]


class CreateTeam(Action):
    """Create a team from the standard template with one person as its owner.

    Graph answers 202 before the work is done, with the new id in `Location` only. A repeated request makes a second
    team, so nothing is sent while a group has the same name, and nothing is repeated. The undo deletes the whole group,
    which can be restored for 30 days; it needs `Group.ReadWrite.All` beside the permission for creating. An
    application may name one owner only. Source: Graph reference, team-post.
    """

    id: ClassVar[str] = "teams.team.create"
    target_kind: ClassVar[TargetKind] = "tenant"
    title: ClassVar[str] = "Create the team {team}, owned by {user}"
    risk: ClassVar[int] = 40
    repeatable: ClassVar[bool] = False
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Team.Create",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Team.Create",)
    undo_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    throttle_class: ClassVar[str] = "teams"
    # The sender shows what a `Location` names under this key.
    created_field: ClassVar[str] = "@location.teams"

    team: Annotated[TeamTitle, PROSE]
    description: Annotated[Description, PROSE] = ""
    visibility: Annotated[Literal["private", "public"], Told("params.visibility")] = "private"
    user_id: ObjectId
    user_name: UserName = ""

    def step(self) -> Step:
        """As `Action.step`."""
        made = AllOf(of=(ListHoldsCreated(field="value", present=True), self._is_team()))
        gone = ListHoldsCreated(field="value", present=False)
        free = ListHolds(field="value", key="displayName", value=self.team, present=False)
        return self._built(
            title=self.title.format(team=self.team, user=self.user_name or self.user_id),
            target=("tenant", ""),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path="/teams", body=self._body()),
            check=Check(call=self._read, expect=made, patience_seconds=_CREATION_SECONDS),
            capture=self._read,
            precondition=free,
            undo=Undo(
                call=GraphCall(method="DELETE", path="/groups/{created}"),
                check=Check(call=self._read, expect=gone, patience_seconds=180),
            ),
        )

    @property
    def _read(self) -> GraphCall:
        query = (
            ("$filter", f"displayName eq {literal(self.team)}"),
            ("$select", "id,displayName,resourceProvisioningOptions"),
        )
        return GraphCall(method="GET", path="/groups", query=query)

    def _is_team(self) -> ItemHas:
        within = "resourceProvisioningOptions"
        return ItemHas(field="value", key="displayName", value=self.team, within=within, wanted=["Team"])

    def _body(self) -> dict[str, object]:
        owner = {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"{_V1}/users('{self.user_id}')",
        }
        return {
            "template@odata.bind": f"{_V1}/teamsTemplates('standard')",
            "displayName": self.team,
            "description": self.description,
            "visibility": self.visibility,
            "members": [owner],
        }


class TeamifyGroup(TeamAction):
    """Make a team out of a Microsoft 365 group, which must have an owner. A group that is a team is answered 409.

    A group younger than 15 minutes may be answered 404, as it is not replicated yet; Microsoft's advice is to try
    again ten seconds later, up to three times. Source: Graph reference, team-put-teams.
    """

    id: ClassVar[str] = "teams.group.teamify"
    title: ClassVar[str] = "Make a team out of the group {group}"
    risk: ClassVar[int] = 40
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    # The service advises to try again: a new group is not everywhere at once (Graph reference, team-put-teams).
    again_on: ClassVar[tuple[int, ...]] = (404,)
    irreversible: ClassVar[str] = "a team cannot be taken off its group again without deleting the group"

    def step(self) -> Step:
        """As `Action.step`."""
        body = {
            "memberSettings": {"allowCreateUpdateChannels": True},
            "messagingSettings": {"allowUserEditMessages": True},
        }
        no_team = ListHolds(field="resourceProvisioningOptions", key="", value="Team", present=False)
        select = (("$select", "id,displayName,resourceProvisioningOptions"),)
        there = FieldEquals(field="id", value=self.group_id)
        return self._built(
            title=self.title.format(group=self._team),
            target=self._target,
            call=GraphCall(method="PUT", path=f"/groups/{self.group_id}/team", body=body),
            check=Check(call=team_call(self.group_id, "id"), expect=there, patience_seconds=_REPLICATION_SECONDS),
            capture=GraphCall(method="GET", path=f"/groups/{self.group_id}", query=select),
            precondition=no_team,
        )
