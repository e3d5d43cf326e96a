"""Letting an application into one SharePoint site, for applications that hold `Sites.Selected`."""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from agent.actions.action import Action, Label, ObjectId
from agent.actions.parameters import NameOf, Told, Where
from agent.model.expectation import ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# Host name, site collection and site (Graph reference, resource type `site`).
SiteId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[a-z0-9.-]{1,200}(?:,[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}){2}$"),
]


class GrantSitePermission(Action):
    """Give an application a role in a site. Graph v1.0 lets no person in this way.

    An application that has an entry already is left alone, whatever its role: the list shows no roles, and the undo
    would take an older entry. It needs full control of all sites, and no user's token can do it. The answer to the
    list has applications only (Graph reference, site-list-permissions).
    """

    id: ClassVar[str] = "spo.site.permission.grant"
    target_kind: ClassVar[TargetKind] = "site"
    title: ClassVar[str] = "Let the application {app} {role} everything in the site {target}"
    risk: ClassVar[int] = 85
    repeatable: ClassVar[bool] = False
    throttle_class: ClassVar[str] = "sharepoint"
    delegated_permissions: ClassVar[tuple[str, ...]] = ()
    application_permissions: ClassVar[tuple[str, ...]] = ("Sites.FullControl.All",)

    site_id: SiteId
    target_name: Annotated[Label, NameOf(Where("site.search", "{site_id}"))] = ""
    app_id: Annotated[ObjectId, Told("params.app_id")]
    app_name: Annotated[Label, NameOf(Where("app.client", "{app_id}"))] = ""
    role: Annotated[Literal["read", "write"], Told("params.access")]

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/sites/{self.site_id}/permissions"
        read = GraphCall(method="GET", path=path)
        body = {"roles": [self.role], "grantedToIdentities": [{"application": {"id": self.app_id}}]}
        gone = ListHoldsCreated(field="value", present=False)
        return self._built(
            title=self.title.format(
                app=self.app_name or self.app_id, role=self.role, target=self.target_name or self.site_id
            ),
            target=(self.site_id, self.target_name),
            call=GraphCall(method="POST", path=path, body=body),
            check=Check(call=read, expect=self._holds(present=True)),
            capture=read,
            precondition=self._holds(present=False),
            undo=Undo(call=GraphCall(method="DELETE", path=f"{path}/{{created}}"), check=Check(call=read, expect=gone)),
        )

    def _holds(self, *, present: bool) -> ListHolds:
        return ListHolds(field="value", key="grantedToIdentities.0.application.id", value=self.app_id, present=present)
