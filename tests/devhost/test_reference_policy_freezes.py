"""The reference policy, RP-25: a freeze that somebody wrote never turns out to be none, whatever its words and time."""

import copy
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devhost.errors import StartError
from devhost.reference_policy import documents_for
from tests.devhost.reference_world import FULL, TENANT, World

ADD, INVITE, ASSIGN = "entra.group.member.add", "entra.guest.invite", "entra.license.assign"
SEATS = {"params.sku": "SPE_E3", "params.seats_left": 9}
# The world's own moment is the Monday.
MONDAY = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}
TWINS = {
    "0f0f0f0f-0000-4000-8000-00000000000a": "Fresh",
    "0f0f0f0f-0000-4000-8000-00000000000b": "Fresh",
    "0f0f0f0f-0000-4000-8000-00000000000c": "FRESH",
}
LONDON = ZoneInfo("Europe/London")


def tenant_with(scope: str, *, start: str = MONDAY["from"], end: str = MONDAY["to"]) -> dict[str, Any]:
    tenant = copy.deepcopy(TENANT)
    tenant["policyData"]["freeze"] = [{"scope": scope, "from": start, "to": end, "reason": "drawn"}]
    return tenant


def test_a_freeze_of_a_group_holds_for_every_group_of_that_name() -> None:
    tenant = tenant_with("group:fresh")
    tenant["groups"] += [{**TENANT["groups"][1], "id": key, "displayName": name} for key, name in TWINS.items()]
    world = World(tenant)
    for group in TWINS:
        assert world.asks("theo.blanc", ADD, to="Fresh", but={"target.id": group}).disposition == "escalate", group
    assert world.asks("theo.blanc", ADD, to="QG-Remote-Access").disposition == "auto"


@pytest.mark.parametrize("written", ["Sales", "SALES", "sales"])
def test_a_freeze_of_a_department_holds_for_every_spelling_of_it(written: str) -> None:
    tenant = tenant_with(f"department:{written}")
    sales = [one for one in tenant["users"] if one["department"] == "Sales"]
    sales[0]["department"] = "SALES"
    tenant["policyData"]["auto_departments"]["QG-Recipes"] = ["sAles"]
    world = World(tenant)
    for one in sales[:2]:
        who = one["userPrincipalName"].partition("@")[0]
        assert world.asks(who, ADD, to="QG-Remote-Access").disposition == "escalate", who
    # Two groups are the department's: one bears its name, the other lists it.
    for group in ("QT-Sales", "QG-Recipes"):
        assert world.asks("theo.blanc", ADD, to=group).disposition == "escalate", group
    assert world.asks("theo.blanc", ADD, to="QG-Remote-Access").disposition == "auto"


@pytest.mark.parametrize("what", ["accounts", "devices", "licences", "software", "groups and licences"])
def test_a_freeze_of_a_group_that_names_what_no_group_is_the_target_of_freezes_everything(what: str) -> None:
    world = World(tenant_with(f"group:QT-Sales {what}"))
    assert world.asks("theo.blanc", ADD, to="QG-Remote-Access").disposition == "escalate"
    assert world.asks("lea.fontaine", ASSIGN, but=SEATS).disposition == "escalate"
    assert world.asks("mona.vasey", "exo.autoreply.set").disposition == "escalate"


@pytest.mark.parametrize(
    ("what", "action"), [("", ADD), ("groups", ADD), ("guests", INVITE), ("teams and guests", ADD)]
)
def test_a_freeze_of_a_group_that_names_what_is_done_to_groups_holds_for_that_group(what: str, action: str) -> None:
    world = World(tenant_with(f"group:QT-Sales {what}"))
    guest = {"beneficiary.kind": "guest", "beneficiary.mail_domain": "brightcrate.example"}
    coming = guest if action == INVITE else {}
    assert world.asks("kiran.dale", action, to="QT-Sales", but=coming).disposition == "escalate"
    assert world.asks("kiran.dale", action, to="QG-Recipes", but=coming).disposition == "approve_owner"
    assert world.asks("mona.vasey", "exo.autoreply.set").disposition == "auto"


def shown(instant: dt.datetime) -> dict[str, int]:
    """The facts of time that London's clock shows at `instant`."""
    local = instant.astimezone(LONDON)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return {"time.day": local.toordinal(), "time.minute_of_week": minute}


# On 25 October 2026 London's clock goes back at 01:00 UTC, from 02:00 to 01:00.
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z"),
        ("2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
        ("2026-10-25T00:59:30Z", "2026-10-25T01:00:30Z"),
        ("2026-10-25T00:30:00Z", "2026-10-26T12:00:00Z"),
        ("2026-10-24T12:00:00Z", "2026-10-25T01:15:00Z"),
        ("2026-10-25T00:10:00Z", "2026-10-25T00:20:00Z"),
    ],
)
def test_where_the_clock_goes_back_no_instant_of_a_freeze_is_open(start: str, end: str) -> None:
    world = World(tenant_with("groups", start=start, end=end))
    moment, last = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
    while moment < last:
        assert world.asks("theo.blanc", ADD, to="QG-Remote-Access", but=shown(moment)).disposition == "escalate", moment
        moment += dt.timedelta(minutes=1)


@pytest.mark.parametrize("open_at", ["2026-10-24T23:59:00Z", "2026-10-25T02:00:00Z"])
def test_where_the_clock_goes_back_a_freeze_takes_no_more_than_the_hour_that_comes_twice(open_at: str) -> None:
    world = World(tenant_with("groups", start="2026-10-25T00:30:00Z", end="2026-10-25T01:15:00Z"))
    now = shown(dt.datetime.fromisoformat(open_at))
    assert world.asks("theo.blanc", ADD, to="QG-Remote-Access", but=now).disposition == "auto"


@pytest.mark.parametrize("zone", ["Tokyo Standard Time", "Pacific Standard Time"])
@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        ("0001-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "`policyData.freeze.0.from`: value error, expected a year"),
        ("2026-01-01T00:00:00Z", "9999-12-31T23:59:00Z", "`policyData.freeze.0.to`: value error, expected a year"),
    ],
)
def test_a_freeze_at_the_ends_of_the_calendar_is_refused_in_one_sentence(
    zone: str, start: str, end: str, named: str
) -> None:
    tenant = tenant_with("groups", start=start, end=end)
    tenant["organization"]["timeZone"] = zone
    with pytest.raises(StartError) as refused:
        documents_for(tenant, catalogue=FULL)
    assert str(refused.value).startswith(named) and "\n" not in str(refused.value)
    reachable = tenant_with("groups", start="0002-01-01T00:00:00Z", end="9998-12-31T23:59:00Z")
    reachable["organization"]["timeZone"] = zone
    assert World(reachable).asks("theo.blanc", ADD, to="QG-Remote-Access").disposition == "escalate"
