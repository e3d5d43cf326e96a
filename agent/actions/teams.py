"""Who is in a team, its channels, and whether it is archived. A team is a Microsoft 365 group with the same id."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from agent.actions.action import Action, GraphKey, GroupName, ObjectId, UserName
from agent.actions.parameters import BOUND, PROSE, Untold
from agent.lookups.quoting import segment
from agent.lookups.teams import channels_call, seat_call, team_call
from agent.model.expectation import AllOf, Expectation, FieldEquals, ItemHas, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# A body names the person by the absolute v1.0 address, whatever host the call goes to.
_USERS = "https://graph.microsoft.com/v1.0/users"

# Teams shows a new or lost member "some time" after the answer (Graph reference, conversationmembers-add); how long
# is not documented, so as patient as with an index.
_PATIENCE_SECONDS = 180

# Teams refuses these characters in a channel's name, and more than 50 of them (Graph reference, channel-post, and
# Teams, "limits and specifications").
_REFUSED = r"""\x00-\x1f\x7f~#%&*{}+/\\:<>?|'"."""
ChannelTitle = Annotated[str, StringConstraints(strict=True, pattern=rf"^[^{_REFUSED}_ ][^{_REFUSED}]{{0,49}}$")]
Description = Annotated[str, StringConstraints(strict=True, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$")]


class TeamAction(Action):
    """An action on one team, which is its target under the name of its group."""

    target_kind: ClassVar[TargetKind] = "group"
    throttle_class: ClassVar[str] = "teams"

    group_id: ObjectId
    group_name: GroupName = ""

    @property
    def _target(self) -> tuple[str, str]:
        return self.group_id, self.group_name

    @property
    def _path(self) -> str:
        return f"/teams/{self.group_id}"

    @property
    def _team(self) -> str:
        return self.group_name or self.group_id


class _SeatAction(TeamAction):
    """One person's membership of one team, never as an owner: that takes a wider permission (Graph reference)."""

    user_id: ObjectId
    user_name: UserName = ""

    @property
    def _add(self) -> GraphCall:
        body: dict[str, object] = {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": [],
            "user@odata.bind": f"{_USERS}('{self.user_id}')",
        }
        return GraphCall(method="POST", path=f"{self._path}/members", body=body)

    @property
    def _read(self) -> GraphCall:
        return seat_call(self.group_id, self.user_id)

    def _seated(self, present: bool) -> ListHolds:
        return ListHolds(field="value", key="userId", value=self.user_id, present=present)

    def _check(self, expect: Expectation) -> Check:
        return Check(call=self._read, expect=expect, patience_seconds=_PATIENCE_SECONDS)

    def _seat_step(self, call: GraphCall, *, check: Check, precondition: Expectation, undo: Undo) -> Step:
        return self._built(
            title=self.title.format(user=self.user_name or self.user_id, group=self._team),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=call,
            check=check,
            capture=self._read,
            precondition=precondition,
            undo=undo,
        )


class AddTeamMember(_SeatAction):
    """Add one person to a team as a plain member; the group with the same id follows after a moment.

    Not idempotent, so it is sent only while the person has no membership: undoing it would otherwise take away one
    that was there before. Source: Graph reference, team-post-members.
    """

    id: ClassVar[str] = "teams.member.add"
    title: ClassVar[str] = "Add {user} to the team {group}"
    risk: ClassVar[int] = 30
    delegated_permissions: ClassVar[tuple[str, ...]] = ("TeamMember.ReadWriteNonOwnerRole.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("TeamMember.ReadWriteNonOwnerRole.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        gone = self._check(ListHoldsCreated(field="value", present=False))
        remove = GraphCall(method="DELETE", path=f"{self._path}/members/{{created}}")
        return self._seat_step(
            self._add,
            check=self._check(self._seated(True)),
            precondition=self._seated(False),
            undo=Undo(call=remove, check=gone),
        )


class RemoveTeamMember(_SeatAction):
    """Remove one membership, named by its own id, which must be this person's and not an owner's.

    What the person had in private channels is lost: the undo adds them to the team, not to those. An unknown
    membership is answered 404. Source: Graph reference, team-delete-members.
    """

    id: ClassVar[str] = "teams.member.remove"
    title: ClassVar[str] = "Remove {user} from the team {group}"
    risk: ClassVar[int] = 35
    removes_by_id: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("TeamMember.ReadWriteNonOwnerRole.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("TeamMember.ReadWriteNonOwnerRole.All",)

    membership_id: Annotated[GraphKey, BOUND]
    role: Annotated[Literal["member", "guest"], BOUND] = "member"

    def step(self) -> Step:
        """As `Action.step`."""
        # INVARIANT: the membership is this person's. Its id alone tells nobody whose it is.
        own = self._has("userId", self.user_id)
        plain = self._has("roles", ["guest"] if self.role == "guest" else [])
        remove = GraphCall(method="DELETE", path=f"{self._path}/members/{segment(self.membership_id)}")
        gone = ListHolds(field="value", key="id", value=self.membership_id, present=False)
        return self._seat_step(
            remove,
            check=self._check(gone),
            precondition=AllOf(of=(own, plain)),
            undo=Undo(call=self._add, check=self._check(self._seated(True))),
        )

    def _has(self, within: str, wanted: str | list[str]) -> ItemHas:
        return ItemHas(field="value", key="id", value=self.membership_id, within=within, wanted=wanted)


class CreateChannel(TeamAction):
    """Create a standard channel, which every member of the team sees. A name that is taken is answered 400.

    Deleting it again leaves its name and its folder in the team's site for 30 days. Private and shared channels are
    not made: their members are a question of their own. Source: Graph reference, channel-post and channel-delete.
    """

    id: ClassVar[str] = "teams.channel.create"
    title: ClassVar[str] = "Create the channel {channel} in the team {group}"
    risk: ClassVar[int] = 15
    repeatable: ClassVar[bool] = False
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Channel.Create",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Channel.Create",)
    undo_permissions: ClassVar[tuple[str, ...]] = ("Channel.Delete.All",)

    channel: Annotated[ChannelTitle, PROSE]
    description: Annotated[Description, PROSE] = ""

    def step(self) -> Step:
        """As `Action.step`."""
        read, path = channels_call(self.group_id), f"{self._path}/channels"
        body = {"displayName": self.channel, "description": self.description, "membershipType": "standard"}
        gone = Check(call=read, expect=ListHoldsCreated(field="value", present=False))
        return self._built(
            title=self.title.format(channel=self.channel, group=self._team),
            target=self._target,
            call=GraphCall(method="POST", path=path, body=body),
            check=Check(call=read, expect=self._named(True)),
            capture=read,
            precondition=self._named(False),
            undo=Undo(call=GraphCall(method="DELETE", path=f"{path}/{{created}}"), check=gone),
        )

    def _named(self, present: bool) -> ListHolds:
        return ListHolds(field="value", key="displayName", value=self.channel, present=present)


_FILES = Untold("the team is archived either way; its files stay where they are and can be read")


class _ArchiveAction(TeamAction):
    """Archiving and its opposite are done some time after the answer 202, whose `Location` tells of the progress."""

    delegated_permissions: ClassVar[tuple[str, ...]] = ("TeamSettings.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("TeamSettings.ReadWrite.All",)

    # Members may only read the files too. Graph does not tell how it is, so whoever plans has to know.
    files_read_only: Annotated[bool, Field(strict=True), _FILES] = False

    @property
    def _archive(self) -> GraphCall:
        body = {"shouldSetSpoSiteReadOnlyForMembers": self.files_read_only}
        return GraphCall(method="POST", path=f"{self._path}/archive", body=body)

    @property
    def _unarchive(self) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/unarchive")

    def _turned(self, call: GraphCall, *, to: bool, back: GraphCall) -> Step:
        return self._built(
            title=self.title.format(group=self._team),
            target=self._target,
            call=call,
            check=self._is_archived(to),
            capture=team_call(self.group_id, "id,displayName,isArchived"),
            precondition=FieldEquals(field="isArchived", value=not to),
            undo=Undo(call=back, check=self._is_archived(not to)),
        )

    def _is_archived(self, value: bool) -> Check:
        # Archiving is asynchronous and no time is documented (Graph reference, team-archive); minutes are seen.
        read = team_call(self.group_id, "id,isArchived")
        return Check(call=read, expect=FieldEquals(field="isArchived", value=value), patience_seconds=600)


class ArchiveTeam(_ArchiveAction):
    """Archive a team: nobody posts or changes it any more, while its members may still be changed. Idempotent.

    Source: Graph reference, team-archive.
    """

    id: ClassVar[str] = "teams.team.archive"
    title: ClassVar[str] = "Archive the team {group}"
    risk: ClassVar[int] = 55

    def step(self) -> Step:
        """As `Action.step`."""
        return self._turned(self._archive, to=True, back=self._unarchive)


class UnarchiveTeam(_ArchiveAction):
    """Bring an archived team back into use. Idempotent. `files_read_only` is for its undo, which archives again.

    Source: Graph reference, team-unarchive.
    """

    id: ClassVar[str] = "teams.team.unarchive"
    title: ClassVar[str] = "Bring back the archived team {group}"
    risk: ClassVar[int] = 25

    def step(self) -> Step:
        """As `Action.step`."""
        return self._turned(self._unarchive, to=False, back=self._archive)
