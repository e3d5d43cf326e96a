"""Runbooks: a device is to check in or to restart, and questions about devices.

1. Find the one device meant, of the requester or of the person whom they name.
2. Look up the requester's risk, roles and groups, so that policy and people see them.
3. Plan one order to Intune. Whose devices somebody may order about is policy's business.
4. Questions are answered about the requester's own devices; about others' only to IT on the console.
"""

from typing import Any

from agent.planners.asks import Ask
from agent.planners.device_phrases import WHY_NOT
from agent.planners.runbooks.it_console import is_it
from agent.planners.runbooks.own_devices import Device, among, devices_meant, find_device
from agent.planners.runbooks.proposing import planned
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, refuse
from agent.planners.sayings import moment_in, quoted, say
from agent.planners.wording import folded
from agent.ports import Proposal

_MAX_LINES = 12


def device_sync(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    return (yield from _ordered(ask, requester, action="intune.device.sync", wish="to check in now"))


def device_restart(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    return (yield from _ordered(ask, requester, action="intune.device.reboot", wish="to restart"))


def _ordered(ask: Ask, requester: Person, *, action: str, wish: str) -> Inquiry:
    # (1)
    found = yield from find_device(ask, requester)
    if isinstance(found, Proposal):
        return found
    # (2)
    yield background(requester)
    # (3)
    return planned(f"the request asks for a device {wish}", (action, found.params), queue="endpoint")


def device_info(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (4)
    listed = yield from devices_meant(ask, requester)
    if isinstance(listed, Proposal):
        return listed
    person, devices = listed
    (_, roles, _) = yield background(requester)
    if person.id != requester.id and not is_it(ask, roles):
        return refuse("devices are spoken about only with the person who uses them")
    if not devices:
        return answer("no managed device is registered to the person", say("no_devices", ask.language))
    shown = among(devices, ask.words) or devices
    text = "; ".join(_line(one, ask) for one in shown[:_MAX_LINES]) + "."
    if len(shown) == 1 and shown[0].get("complianceState") == "noncompliant" and WHY_NOT.search(folded(ask.words)):
        (judged,) = yield (("device.compliance", shown[0]["id"]),)
        text = f"{text} {_failed(judged.facts, ask)}" if judged.state == "known" else text
    return answer("the request asks about devices that its requester may know of", text.strip())


def _line(device: Device, ask: Ask) -> str:
    known = {"compliant": "compliant", "noncompliant": "noncompliant"}
    state = known.get(str(device.get("complianceState")), "compliance_unknown")
    day = moment_in(device.get("lastSyncDateTime"), ask.language)
    return say(
        "device_line",
        ask.language,
        device=quoted(device.get("deviceName")),
        system=quoted(device.get("operatingSystem")),
        compliance=say(state, ask.language),
        day=day or say("never", ask.language),
    )


def _failed(facts: dict[str, Any], ask: Ask) -> str:
    failing = [one for one in facts["policies"] if one.get("state") in ("nonCompliant", "error", "conflict")]
    names = ", ".join(filter(None, (quoted(one.get("displayName")) for one in failing[:_MAX_LINES])))
    return say("fails", ask.language, rules=names) if names else ""
