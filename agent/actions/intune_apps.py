"""Assigning an app of Intune to a group."""

from typing import Annotated, ClassVar, Literal

from agent.actions.action import Action, GroupName, Label, ObjectId
from agent.actions.managed_devices import REPORT_SECONDS
from agent.actions.parameters import NameOf, Told, Where
from agent.lookups.intune_apps import assignments_call
from agent.model.expectation import ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo


class AssignIntuneApp(Action):
    """Add one assignment of an app to a group; devices install it at their next check-in. Repeating it is refused.

    `POST .../assignments` adds one; `POST .../assign` takes the whole list and would replace the others, so it is
    never used. The undo takes the assignment away; it does not take off what devices have installed by then. The intent
    `uninstall` is left out, because no undo would install again what it removed.
    """

    id: ClassVar[str] = "intune.app.assign"
    target_kind: ClassVar[TargetKind] = "app"
    title: ClassVar[str] = "Assign the app {target} to the group {group} ({intent})"
    risk: ClassVar[int] = 50
    repeatable: ClassVar[bool] = False
    delegated_permissions: ClassVar[tuple[str, ...]] = ("DeviceManagementApps.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("DeviceManagementApps.ReadWrite.All",)
    throttle_class: ClassVar[str] = "intune"

    app_id: ObjectId
    group_id: Annotated[ObjectId, Told("params.group_id")]
    group_name: GroupName = ""
    intent: Annotated[Literal["available", "required", "availableWithoutEnrollment"], Told("params.intent")] = (
        "available"
    )
    target_name: Annotated[Label, NameOf(Where("intune.app.get", "{app_id}"))] = ""

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/deviceAppManagement/mobileApps/{self.app_id}/assignments"
        named = {"target": self.target_name or self.app_id, "group": self.group_name or self.group_id}
        return self._built(
            title=self.title.format(**named, intent=self.intent),
            target=(self.app_id, self.target_name),
            call=GraphCall(method="POST", path=path, body=self._assignment),
            check=self._listed(present=True),
            capture=assignments_call(self.app_id),
            undo=Undo(call=GraphCall(method="DELETE", path=f"{path}/{{created}}"), check=self._listed(present=False)),
        )

    @property
    def _assignment(self) -> dict[str, object]:
        return {
            "@odata.type": "#microsoft.graph.mobileAppAssignment",
            "intent": self.intent,
            "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": self.group_id},
            "settings": None,
        }

    def _listed(self, *, present: bool) -> Check:
        expect = ListHoldsCreated(field="value", present=present)
        return Check(call=assignments_call(self.app_id), expect=expect, patience_seconds=REPORT_SECONDS)
