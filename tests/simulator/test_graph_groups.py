"""Changing who is in a group, and what the native audit log says about it."""

from typing import Any

import pytest

REF = "https://graph.microsoft.com/v1.0/directoryObjects/"


def _add(world: Any, token: str, group: str, reference: object) -> Any:
    path = f"/groups/{world.group_id(group)}/members/$ref"
    return world.graph("POST", path, token=token, body={"@odata.id": reference})


def _remove(world: Any, token: str, group: str, member: str) -> Any:
    return world.graph("DELETE", f"/groups/{world.group_id(group)}/members/{member}/$ref", token=token)


def test_a_member_is_added_once_and_removed_once(world: Any, app: str) -> None:
    nuno = world.user("nuno.teles")["id"]
    assert _add(world, app, "QG-Remote-Access", REF + nuno).status_code == 204
    again = _add(world, app, "QG-Remote-Access", REF + nuno)
    assert (again.status_code, "already exist" in again.json()["error"]["message"]) == (400, True)
    assert "QG-Remote-Access" in world.user("nuno.teles")["groups"]
    assert _remove(world, app, "QG-Remote-Access", nuno).status_code == 204
    assert _remove(world, app, "QG-Remote-Access", nuno).status_code == 404
    assert "QG-Remote-Access" not in world.user("nuno.teles")["groups"]


@pytest.mark.parametrize(
    ("group", "text"),
    [("QDYN-Sales", "dynamic membership"), ("QDL-Leeds", "mail-enabled security groups and or distribution list")],
)
def test_groups_that_graph_does_not_write_refuse(world: Any, app: str, group: str, text: str) -> None:
    hugo, member = world.user("hugo.rast")["id"], world.user("petra.lowe")["id"]
    answer = _add(world, app, group, REF + hugo)
    assert (answer.status_code, text in answer.json()["error"]["message"]) == (400, True)
    assert _remove(world, app, group, member).status_code == 400
    assert world.audits() == []


def test_a_synchronised_group_refuses(world: Any, app: str) -> None:
    state = world.control("GET", "/state")
    group = world.group_id("QG-Recipes")
    state["tenants"][world.tenant_id]["directory"]["groups"][group]["onPremisesSyncEnabled"] = True
    world.control("POST", "/state", state)
    answer = _add(world, app, "QG-Recipes", REF + world.user("hugo.rast")["id"])
    assert (answer.status_code, "on-premises" in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        (REF + "00000000-0000-4000-8000-000000000000", 404),
        ("nuno.teles@quillmere.example", 400),
        (REF + "nuno.teles@quillmere.example", 400),
        (REF, 400),
        (None, 400),
    ],
)
def test_a_reference_to_nobody_is_refused(world: Any, app: str, reference: object, status: int) -> None:
    assert _add(world, app, "QG-Remote-Access", reference).status_code == status


def test_a_reference_may_use_any_of_graphs_forms(world: Any, app: str) -> None:
    nuno, hugo = world.user("nuno.teles")["id"], world.user("hugo.rast")["id"]
    assert _add(world, app, "QG-Recipes", f"{world.ready['graph']}/users/{nuno}").status_code == 204
    assert (
        _add(world, app, "QG-Recipes", f"https://graph.microsoft.com/v1.0/directoryObjects('{hugo}')").status_code
        == 204
    )


def test_an_address_of_one_kind_names_no_object_of_another(world: Any, app: str) -> None:
    graph, group, person = world.ready["graph"], world.group_id("QG-Recipes"), world.user("nuno.teles")["id"]
    for reference in (f"{graph}/users/{group}", f"{graph}/groups/{person}"):
        for link in ("members", "owners"):
            path = f"/groups/{world.group_id('QG-Remote-Access')}/{link}/$ref"
            assert world.graph("POST", path, token=app, body={"@odata.id": reference}).status_code == 404
    assert _add(world, app, "QG-Remote-Access", f"{graph}/groups/{group}").status_code == 204


def test_a_group_is_no_member_of_a_microsoft_365_group_but_may_nest_in_a_security_group(world: Any, app: str) -> None:
    inner = world.group_id("QG-Recipes")
    assert _add(world, app, "QT-Sales", REF + inner).status_code == 400
    assert _add(world, app, "QG-Remote-Access", REF + inner).status_code == 204
    path = "/users/theo.blanc@quillmere.example/transitiveMemberOf/microsoft.graph.group"
    names = {one["displayName"] for one in world.get(path, token=app)["value"]}
    assert "QG-Remote-Access" in names


def test_a_licensing_group_gives_its_licence_while_seats_last_and_takes_it_back(world: Any, app: str) -> None:
    nuno, theo = world.user("nuno.teles")["id"], world.user("theo.blanc")["id"]
    assert _add(world, app, "QG-Visio-Lic", REF + nuno).status_code == 204
    states = world.user("nuno.teles")["licenseAssignmentStates"]
    assert [(one["state"], one["error"]) for one in states if one["assignedByGroup"]] == [("Error", "CountViolation")]
    for member in (nuno, theo):
        assert _remove(world, app, "QG-Visio-Lic", member).status_code == 204
    assert _add(world, app, "QG-Visio-Lic", REF + nuno).status_code == 204
    details = world.get(f"/users/{nuno}/licenseDetails", token=app)["value"]
    assert "VISIOCLIENT" in {one["skuPartNumber"] for one in details}
    assert not any(one["assignedByGroup"] for one in world.user("theo.blanc")["licenseAssignmentStates"])


def test_the_audit_entry_of_an_app_names_the_service_principal_member_and_group(world: Any, app: str) -> None:
    nuno, group = world.user("nuno.teles"), world.group_id("QG-Remote-Access")
    mine = "11111111-2222-4333-8444-555555555555"
    headers = {"Authorization": f"Bearer {app}", "client-request-id": mine}
    address = f"{world.ready['graph']}/groups/{group}/members/$ref"
    world.client.post(address, headers=headers, json={"@odata.id": REF + nuno["id"]})
    [entry] = world.get(f"/auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '{group}')", token=app)[
        "value"
    ]
    assert (entry["activityDisplayName"], entry["operationType"]) == ("Add member to group", "Assign")
    assert [one["id"] for one in entry["targetResources"]] == [nuno["id"], group]
    assert entry["initiatedBy"]["user"] is None
    assert entry["initiatedBy"]["app"]["displayName"] == "Remit"
    # Core Directory does not take over the caller's id.
    assert entry["correlationId"] != mine
    assert entry["id"].startswith(f"Directory_{entry['correlationId']}_")


def test_authentication_methods_take_over_the_callers_id(world: Any, app: str) -> None:
    mine = "11111111-2222-4333-8444-555555555555"
    headers = {"Authorization": f"Bearer {app}", "client-request-id": mine}
    path = "/users/nuno.teles@quillmere.example/authentication/temporaryAccessPassMethods"
    world.client.post(world.ready["graph"] + path, headers=headers, json={})
    found = world.get(f"/auditLogs/directoryAudits?$filter=correlationId eq '{mine}'", token=app)["value"]
    assert [one["loggedByService"] for one in found] == ["Authentication Methods"]


def test_the_audit_entry_of_a_delegated_write_names_the_user_and_hides_the_app(world: Any, app: str) -> None:
    token = world.user_token("gunther.pils@quillmere.example")
    _add(world, token, "QG-Remote-Access", REF + world.user("nuno.teles")["id"])
    [entry] = world.audits()
    assert entry["initiatedBy"]["app"] is None
    assert entry["initiatedBy"]["user"]["userPrincipalName"] == "gunther.pils@quillmere.example"


def test_audits_are_filtered_by_time_and_appear_late_when_told_to(world: Any, app: str) -> None:
    _add(world, app, "QG-Remote-Access", REF + world.user("nuno.teles")["id"])
    path = "/auditLogs/directoryAudits?$filter=activityDateTime ge {}"
    assert len(world.get(path.format("2026-01-01T00:00:00Z"), token=app)["value"]) == 1
    assert world.get(path.format("2099-01-01T00:00:00Z"), token=app)["value"] == []
    world.control("POST", "/staleness", {"audit_seconds": 60})
    assert world.get("/auditLogs/directoryAudits", token=app)["value"] == []


def test_the_write_log_says_who_sent_what_and_how_it_ended(world: Any, app: str) -> None:
    nuno = world.user("nuno.teles")["id"]
    _add(world, app, "QG-Remote-Access", REF + nuno)
    [entry] = world.writes()
    assert (entry["method"], entry["status"], entry["applied"]) == ("POST", 204, True)
    assert (entry["app"], entry["body"]) == (world.ready["app_id"], {"@odata.id": REF + nuno})
    assert entry["path"].endswith("/members/$ref")
