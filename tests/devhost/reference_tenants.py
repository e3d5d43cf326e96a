"""Tenant files that nobody has seen: the sample with other ids, departments, lists, freezes and numbers."""

import json
import re
import uuid
from typing import Any

from hypothesis import strategies as st

from tests.devhost.reference_world import TENANT

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEPARTMENTS = sorted({str(one["department"]) for one in TENANT["users"]})
_NAMES = ("Vertrieb", "Dép. financier", "R&D", "Human Resources", "Operations and Logistics", "IT", "Ventas", "x")
GROUPS = [str(one["displayName"]) for one in TENANT["groups"]]
_ZONES = ("GMT Standard Time", "W. Europe Standard Time", "Tokyo Standard Time", "Pacific Standard Time")
_SCOPES = ("department:{0} groups and licences", "department:{0}", "groups", "all", "group:QT-Sales", "whatever else")


class Drawn(dict[str, Any]):
    """A tenant file that shows only what was drawn when a test fails."""

    def __repr__(self) -> str:
        return f"tenant with {self['policyData']}"


@st.composite
def tenants(draw: st.DrawFn) -> dict[str, Any]:
    """A valid tenant file. Names of people and groups stay; what they mean is drawn anew."""
    renamed = dict(zip(_DEPARTMENTS, draw(st.permutations(_NAMES)), strict=False))
    salt = str(draw(st.integers(0, 9)))
    tenant = Drawn(
        json.loads(_GUID.sub(lambda id_: str(uuid.uuid5(uuid.NAMESPACE_OID, salt + id_[0])), json.dumps(TENANT)))
    )
    for one in (*tenant["users"], *tenant["specialAccounts"]):
        one["department"] = renamed.get(one["department"])
    tenant["organization"]["timeZone"] = draw(st.sampled_from(_ZONES))
    departments = sorted(renamed.values())
    chosen = st.lists(st.sampled_from(GROUPS), unique=True, max_size=6)
    by_group = st.dictionaries(
        st.sampled_from(GROUPS), st.lists(st.sampled_from(departments), unique=True, max_size=3), max_size=5
    )
    second = draw(st.integers(0, 30))
    tenant["policyData"] |= {
        "open_groups": draw(chosen),
        "auto_departments": draw(by_group),
        "peer_departments": draw(by_group),
        "closed_groups": draw(by_group),
        "protected_groups": draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=2)),
        "guest_domains_allowed": draw(st.lists(st.sampled_from(["BrightCrate.example", "other.example"]), unique=True)),
        "guest_domains_blocked": draw(st.sampled_from([[], ["postbasket.example"]])),
        "free_skus": draw(st.sampled_from([[], ["FLOW_FREE"], ["FLOW_FREE", "VISIOCLIENT"]])),
        "hr_departments": draw(st.sampled_from([[], [renamed["HR"]]])),
        "bulk_second_admin_over": second,
        "bulk_escalate_over": second + draw(st.integers(0, 30)),
        "freeze": draw(st.lists(freezes(departments), max_size=2)),
    }
    return tenant


@st.composite
def freezes(draw: st.DrawFn, departments: list[str]) -> dict[str, str]:
    """A window of up to three days within one week, by the minute, in UTC."""
    start = draw(st.integers(0, 7 * 1440))
    length = draw(st.integers(1, 3 * 1440))
    scope = draw(st.sampled_from(_SCOPES)).format(draw(st.sampled_from(departments)))
    return {"scope": scope, "from": instant(start), "to": instant(start + length), "reason": "drawn"}


def instant(minute: int) -> str:
    """A minute after Monday 23 November 2026, 00:00 UTC, as a tenant file writes it."""
    day, rest = divmod(minute, 1440)
    month, date = (11, 23 + day) if day < 8 else (12, day - 7)
    return f"2026-{month}-{date:02}T{rest // 60:02}:{rest % 60:02}:00Z"


def without_lists(tenant: dict[str, Any]) -> dict[str, Any]:
    """The same file with every list of `policyData` empty."""
    empty = {key: type(value)() for key, value in tenant["policyData"].items() if isinstance(value, list | dict)}
    return Drawn({**tenant, "policyData": {**tenant["policyData"], **empty}})
