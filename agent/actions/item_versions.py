"""Bringing a file back: an earlier version of it, or a deleted one."""

from typing import Annotated, ClassVar

from pydantic import StringConstraints, model_validator

from agent.actions.action import Action, ObjectId, UserName
from agent.actions.parameters import BOUND, Untold
from agent.actions.shared_items import DriveKey, ItemAction
from agent.model.expectation import AllOf, FieldEquals, Gone, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# Whole versions only. Drafts (`2.1`) follow the rules of their library, so the next number is not known.
MajorVersion = Annotated[str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]{0,5}\.0$")]


class RestoreItemVersion(ItemAction):
    """Make an earlier version of a file the current one. Done twice it makes two more versions.

    Nothing is overwritten: the service adds a version with the old content. `current_version` is the newest one when
    this is planned; if there is a newer one by then, somebody works in the file and nothing is sent. The undo
    restores that version, so the file is as it was, two versions later. That whole versions are numbered without
    gaps is what the documentation's samples show (Graph reference, driveitem-list-versions; unverified).
    """

    id: ClassVar[str] = "spo.item.version.restore"
    title: ClassVar[str] = "Make version {version} of {target} the current one, in place of {current}"
    risk: ClassVar[int] = 34

    version: Annotated[MajorVersion, Untold("no version is lost, so any can be made the current one again")]
    current_version: Annotated[MajorVersion, BOUND]

    @model_validator(mode="after")
    def _is_earlier(self) -> "RestoreItemVersion":
        if float(self.version) >= float(self.current_version):
            raise ValueError("expected a version before the current one")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._titled(version=self.version, current=self.current_version),
            **self._item,
            call=self._restore(self.version),
            check=Check(call=self._versions, expect=self._holds(1)),
            capture=self._versions,
            precondition=AllOf(of=(self._holds(0), self._holds(1, present=False))),
            undo=Undo(
                call=self._restore(self.current_version), check=Check(call=self._versions, expect=self._holds(2))
            ),
        )

    @property
    def _versions(self) -> GraphCall:
        return GraphCall(method="GET", path=f"{self._path}/versions", query=(("$select", "id"),))

    def _restore(self, version: str) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/versions/{version}/restoreVersion")

    def _holds(self, further: int, *, present: bool = True) -> ListHolds:
        version = f"{int(float(self.current_version)) + further}.0"
        return ListHolds(field="value", key="id", value=version, present=present)


class RestoreDeletedItem(Action):
    """Bring a deleted file or folder back from the recycle bin of a person's own OneDrive to where it was.

    A second time is answered with 404. The documentation says that it works for personal OneDrive only; one for work
    refuses, and then nothing has happened and a person takes over. The name of what is deleted cannot be read before.
    The undo deletes it again, which puts it back into the recycle bin. Source: Graph reference, driveitem-restore.
    """

    id: ClassVar[str] = "spo.item.restore"
    target_kind: ClassVar[TargetKind] = "site"
    title: ClassVar[str] = "Bring the deleted item {item} back to the OneDrive of {user}"
    risk: ClassVar[int] = 15
    throttle_class: ClassVar[str] = "sharepoint"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Files.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Files.ReadWrite.All",)

    # The drive is named by its owner, so that nobody's item passes for that of somebody else.
    user_id: ObjectId
    user_name: UserName = ""
    item_id: DriveKey

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/users/{self.user_id}/drive/items/{self.item_id}"
        read = GraphCall(method="GET", path=path, query=(("$select", "id"),))
        return self._built(
            title=self.title.format(item=self.item_id, user=self.user_name or self.user_id),
            target=(f"{self.user_id}/{self.item_id}", ""),
            owner_id=self.user_id,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=f"{path}/restore", body={}),
            check=Check(call=read, expect=FieldEquals(field="id", value=self.item_id)),
            capture=read,
            precondition=Gone(),
            undo=Undo(call=GraphCall(method="DELETE", path=path), check=Check(call=read, expect=Gone())),
        )
