"""Drives, files, sharing and sites: as documented, and judged by the published metadata."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.simulator.test_conformance import _judged, _send, judge

__all__ = ["judge"]

MONA, ANTON = "mona.vasey@quillmere.example", "anton.feiler@quillmere.example"
APP_ID = "6b4c6b26-b39e-5b9a-a6c2-2fe7374468bc"


def _said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.content and not answer.is_success else ""


def _drive(world: Any, app: str, user: str = MONA) -> str:
    return str(world.get(f"/users/{user}/drive", token=app)["id"])


def _objects(world: Any) -> dict[str, Any]:
    state = world.control("GET", "/state")
    return dict(state["tenants"][world.tenant_id]["directory"]["objects"])


def _file(world: Any, app: str) -> str:
    """The path of the one file in Mona's drive."""
    drive = _drive(world, app)
    items = _objects(world)["driveItems"][drive].values()
    return f"/drives/{drive}/items/{next(one['id'] for one in items if 'file' in one)}"


def _site_file(world: Any, title: str) -> str:
    objects = _objects(world)
    site = next(one["id"] for one in objects["sites"].values() if one["displayName"] == title)
    drive = next(one["id"] for one in objects["drives"].values() if one["siteId"] == site)
    item = next(one["id"] for one in objects["driveItems"][drive].values() if "file" in one)
    return f"/drives/{drive}/items/{item}"


def _changed(world: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the directory by hand, as somebody before us would have."""
    state = world.control("GET", "/state")
    change(state["tenants"][world.tenant_id]["directory"])
    world.control("POST", "/state", state)


def test_files_deny_with_a_code_of_their_own_and_users_open_what_is_theirs(world: Any, app: str) -> None:
    own, library = _file(world, app), _site_file(world, "Finance")
    mona, anton = world.user_token(MONA), world.user_token(ANTON)
    assert world.graph("GET", own, token=mona).status_code == 200
    assert _said(world.graph("GET", own, token=anton)) == (403, "accessDenied")
    # Mona is in the group of the site, Nuno is not.
    assert world.graph("GET", library, token=mona).status_code == 200
    assert _said(world.graph("GET", library, token=world.user_token("nuno.teles@quillmere.example"))) == (
        403,
        "accessDenied",
    )
    world.control("POST", "/apps", {"revoke": ["Files.ReadWrite.All", "Sites.Read.All"]})
    assert _said(world.graph("GET", own, token=world.app_token())) == (403, "accessDenied")


def _invite(world: Any, role: str) -> dict[str, Any]:
    people = [{"objectId": world.user("anton.feiler")["id"]}]
    return {"recipients": people, "requireSignIn": True, "sendInvitation": False, "roles": [role]}


def test_who_is_invited_to_read_may_read_and_who_is_invited_to_write_may_share(world: Any, app: str) -> None:
    path, anton = _file(world, app), world.user_token(ANTON)
    first = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "read")).json()["value"][0]
    assert (first["roles"], first["grantedToV2"]["user"]["id"]) == (["read"], world.user("anton.feiler")["id"])
    assert world.graph("GET", path, token=anton).status_code == 200
    assert _said(world.graph("POST", f"{path}/invite", token=anton, body=_invite(world, "write"))) == (
        403,
        "accessDenied",
    )
    second = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "write")).json()["value"][0]
    assert (second["id"], second["roles"]) == (first["id"], ["write"])
    # A person has one entry, and an invitation never makes it less.
    third = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "read")).json()["value"][0]
    assert third["roles"] == ["write"]
    assert world.get(path, token=app)["shared"] == {"scope": "users"}
    assert world.graph("DELETE", f"{path}/permissions/{first['id']}", token=app).status_code == 204
    assert _said(world.graph("DELETE", f"{path}/permissions/{first['id']}", token=app)) == (404, "itemNotFound")
    assert "shared" not in world.get(path, token=app)


def test_a_recipient_whom_nobody_knows_fails_inside_a_200_unless_there_is_no_other(world: Any, app: str) -> None:
    path, stranger = _file(world, app), {"email": "x@postbasket.example"}
    alone = _invite(world, "read") | {"recipients": [stranger]}
    assert _said(world.graph("POST", f"{path}/invite", token=app, body=alone)) == (400, "invalidRequest")
    assert len(world.get(f"{path}/permissions", token=app)["value"]) == 1
    both = _invite(world, "read")
    both["recipients"].append(stranger)
    answer = world.graph("POST", f"{path}/invite", token=app, body=both)
    assert (answer.status_code, ["id" in one for one in answer.json()["value"]]) == (200, [True, False])
    assert len(world.get(f"{path}/permissions", token=app)["value"]) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"roles": ["owner"]}, 400),
        ({"recipients": []}, 400),
        ({"recipients": [{"mail": "x"}]}, 400),
        ({"role": "read"}, 400),
        ({"requireSignIn": False}, 501),
        ({"password": "x"}, 501),
    ],
)
def test_an_invitation_of_another_shape_changes_nothing(
    world: Any, app: str, change: dict[str, Any], status: int
) -> None:
    path = _file(world, app)
    before = world.get(f"{path}/permissions", token=app)
    answer = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "read") | change)
    assert answer.status_code == status
    assert world.get(f"{path}/permissions", token=app) == before


def test_only_the_role_of_a_person_is_changed_on_a_permission(world: Any, app: str) -> None:
    path, link = _file(world, app), {"type": "view", "scope": "organization"}
    person = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "write")).json()["value"][0]["id"]
    linked = world.graph("POST", f"{path}/createLink", token=app, body=link).json()["id"]
    owner = next(one for one in world.get(f"{path}/permissions", token=app)["value"] if "owner" in one["roles"])["id"]

    def change(which: str, body: dict[str, Any]) -> tuple[int, Any]:
        answer = world.graph("PATCH", f"{path}/permissions/{which}", token=app, body=body)
        return answer.status_code, answer.json().get("roles")

    assert change(person, {"roles": ["read"]}) == (200, ["read"])
    assert world.get(f"{path}/permissions/{person}", token=app)["roles"] == ["read"]
    assert [change(person, body)[0] for body in ({"roles": ["owner"]}, {}, {"link": link})] == [400, 400, 400]
    assert [change(which, {"roles": ["write"]})[0] for which in (linked, owner, "none")] == [400, 403, 404]


def test_an_equal_link_of_the_application_comes_back_with_200(world: Any, app: str) -> None:
    path, body = _file(world, app), {"type": "view", "scope": "organization"}
    first = world.graph("POST", f"{path}/createLink", token=app, body=body)
    again = world.graph("POST", f"{path}/createLink", token=app, body=body)
    other = world.graph("POST", f"{path}/createLink", token=app, body=body | {"type": "edit"})
    assert [one.status_code for one in (first, again, other)] == [201, 200, 201]
    assert first.json()["link"] == again.json()["link"] != other.json()["link"]
    assert world.graph("POST", f"{path}/createLink", token=app, body={"type": "own"}).status_code == 400


def test_inherited_permissions_and_the_owners_are_not_removed_from_an_item(world: Any, app: str) -> None:
    for path in (_file(world, app), _site_file(world, "Finance")):
        for one in world.get(f"{path}/permissions", token=app)["value"]:
            answer = world.graph("DELETE", f"{path}/permissions/{one['id']}", token=app)
            assert _said(answer) == (403, "accessDenied")


def test_an_item_that_changed_since_is_not_touched_under_if_match(world: Any, app: str) -> None:
    path = _file(world, app)
    old = world.get(path, token=app)["eTag"]
    assert world.graph("POST", f"{path}/versions/1.0/restoreVersion", token=app).status_code == 204
    new = world.get(path, token=app)["eTag"]
    made = world.graph("POST", f"{path}/invite", token=app, body=_invite(world, "read")).json()["value"][0]["id"]

    def delete(below: str, tag: str) -> Any:
        headers = {"Authorization": f"Bearer {app}", "If-Match": tag}
        return world.client.request("DELETE", world.ready["graph"] + path + below, headers=headers)

    for below in (f"/permissions/{made}", ""):
        assert _said(delete(below, old)) == (412, "resourceModified")
        assert delete(below, new).status_code == 204


def test_a_restored_version_is_a_new_one_with_the_old_content(world: Any, app: str) -> None:
    path = _file(world, app)
    before = {one["id"]: one["size"] for one in world.get(f"{path}/versions", token=app)["value"]}
    assert world.graph("POST", f"{path}/versions/1.0/restoreVersion", token=app).status_code == 204
    after = world.get(f"{path}/versions", token=app)["value"]
    assert [one["id"] for one in after] == ["3.0", "2.0", "1.0"]
    assert after[0]["size"] == before["1.0"] == world.get(path, token=app)["size"]
    assert _said(world.graph("POST", f"{path}/versions/9.0/restoreVersion", token=app)) == (404, "itemNotFound")
    assert _said(world.graph("POST", f"{path}/versions/3.0/restoreVersion", token=app)) == (400, "invalidRequest")


def test_what_is_deleted_comes_back_in_a_personal_drive_only(world: Any, app: str) -> None:
    path, drive = _file(world, app), _drive(world, app)
    assert world.graph("DELETE", path, token=app).status_code == 204
    assert _said(world.graph("GET", path, token=app)) == (404, "itemNotFound")
    assert _said(world.graph("POST", f"{path}/restore", token=app, body={})) == (400, "notSupported")
    _changed(world, lambda directory: directory["objects"]["drives"][drive].update(driveType="personal"))
    assert world.graph("POST", f"{path}/restore", token=app, body={}).status_code == 200
    assert world.graph("GET", path, token=app).status_code == 200
    assert _said(world.graph("POST", f"{path}/restore", token=app, body={})) == (404, "itemNotFound")


def test_an_item_is_not_restored_over_one_of_the_same_name(world: Any, app: str) -> None:
    path, drive = _file(world, app), _drive(world, app)
    world.graph("DELETE", path, token=app)

    def occupy(directory: dict[str, Any]) -> None:
        directory["objects"]["drives"][drive]["driveType"] = "personal"
        [gone] = directory["objects"]["deletedDriveItems"][drive].values()
        directory["objects"]["driveItems"][drive]["01NEW"] = {**gone, "id": "01NEW", "name": gone["name"].upper()}

    _changed(world, occupy)
    assert _said(world.graph("POST", f"{path}/restore", token=app, body={})) == (409, "nameAlreadyExists")
    assert world.graph("POST", f"{path}/restore", token=app, body={"name": "Other.docx"}).status_code == 200


def test_an_application_is_let_into_a_site_by_an_application_with_full_control_only(world: Any, app: str) -> None:
    [site] = world.get("/sites?$search=finance&$select=id,displayName", token=app)["value"]
    path = f"/sites/{site['id']}/permissions"
    body = {"roles": ["read"], "grantedToIdentities": [{"application": {"id": APP_ID}}]}
    ruler = world.user_token("nate.bellweather@quillmere.example")
    assert _said(world.graph("POST", path, token=ruler, body=body)) == (403, "accessDenied")
    made = world.graph("POST", path, token=app, body=body)
    assert (made.status_code, made.json()["roles"]) == (201, ["read"])
    # One entry an application, and the list does not show its roles.
    world.graph("POST", path, token=app, body=body | {"roles": ["write"]})
    [entry] = world.get(path, token=app)["value"]
    assert (entry["id"], entry["roles"]) == (made.json()["id"], [])
    assert world.graph("DELETE", f"{path}/{entry['id']}", token=app).status_code == 204
    for wrong in (body | {"roles": ["all"]}, body | {"grantedToIdentities": [{"user": {"id": APP_ID}}]}, {"link": {}}):
        assert world.graph("POST", path, token=app, body=wrong).status_code == 400


def test_sharepoint_writes_nothing_into_the_directory_audit(world: Any, app: str) -> None:
    world.graph("POST", f"{_file(world, app)}/invite", token=app, body=_invite(world, "read"))
    # Its log is the unified audit of Purview, which is not simulated.
    assert world.audits() == []
    assert [one["applied"] for one in world.writes()] == [True]


READS: list[Callable[[Any, str], str]] = [
    lambda _w, _a: f"/users/{MONA}/drive?$select=id,webUrl,quota",
    lambda world, app: _file(world, app),
    lambda world, app: f"{_file(world, app)}?$select=id,name,webUrl,parentReference,shared,lastModifiedDateTime",
    lambda world, app: f"{_file(world, app)}/permissions",
    lambda world, _a: f"{_site_file(world, 'Finance')}/permissions",
    lambda world, app: f"{_file(world, app)}/versions?$select=id,lastModifiedDateTime,lastModifiedBy",
    lambda _w, _a: "/sites?$search=sales room&$select=id,displayName,webUrl&$top=25",
    lambda world, _a: f"/sites/{next(iter(_objects(world)['sites']))}/permissions",
]


@pytest.mark.parametrize("number", range(len(READS)))
def test_a_read_conforms_to_the_published_metadata(world: Any, app: str, judge: ModuleType, number: int) -> None:
    answer = _send(world, app, "GET", READS[number](world, app))
    assert answer.status_code == 200, answer.text
    assert _judged(judge, answer, body=None, action=None) == []


def test_an_error_conforms_to_the_published_metadata(world: Any, app: str, judge: ModuleType) -> None:
    answer = _send(world, app, "GET", f"{_file(world, app)}x")
    assert (answer.status_code, _judged(judge, answer, body=None, action=None)) == (404, [])
