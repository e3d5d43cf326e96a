"""Runbook: a locked device asks for its BitLocker recovery key.

1. The password of a local administrator is another thing: that is for the endpoint team.
2. Find the one device meant, which runs Windows. An open risk of whoever asks is refused, and security hears of it.
3. Look up which keys Entra keeps of it, never the keys themselves. The one whose id begins as the requester writes,
   or else the newest of the system's own drive.
4. Plan to show that key once to the person who uses the device. Nobody else ever gets it, and no ticket.
"""

import re
from typing import Any

from agent.planners.asks import Ask
from agent.planners.device_phrases import LOCAL_ADMIN
from agent.planners.runbooks.own_devices import find_device
from agent.planners.runbooks.proposing import planned
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over
from agent.planners.wording import folded
from agent.ports import Proposal

_KEY_ID = re.compile(r"(?<![\w-])(?=[0-9a-f-]*\d)[0-9a-f]{4,8}(?:-[0-9a-f]{4}){0,3}(?:-[0-9a-f]{12})?(?![\w-])")
_WITH_BITLOCKER = frozenset({"windows"})
_SYSTEM = ("operatingSystemVolume", "1")


def recovery_key(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if LOCAL_ADMIN.search(folded(ask.words)):
        return hand_over("the request is about the password of a local administrator", queue="endpoint")
    # (2)
    found = yield from find_device(ask, requester, systems=_WITH_BITLOCKER)
    if isinstance(found, Proposal):
        return found
    seen = yield background(requester)
    if found.person.id != requester.id:
        seen = (*seen, *(yield (("user.risk", found.person.id),)))
    if risky := at_risk(*seen):
        return risky
    # (3)
    entra_id = found.device.get("azureADDeviceId")
    if not isinstance(entra_id, str):
        return hand_over("Entra keeps no record of this device", queue="endpoint")
    (keys,) = yield (("device.bitlocker.list", entra_id),)
    key = _chosen(keys.facts.get("keys", []), folded(ask.words)) if keys.state == "known" else None
    if key is None:
        return hand_over("no recovery key of this device could be found", queue="endpoint")
    # (4)
    params = {**found.params, "entra_device_id": entra_id.lower(), "key_id": key["id"]}
    reason = "the person who uses a device stands before its recovery screen"
    return planned(reason, ("secret.bitlocker.read", params), queue="endpoint")


def _chosen(keys: list[dict[str, Any]], words: str) -> dict[str, Any] | None:
    written = _KEY_ID.findall(words)
    if named := [one for one in keys if any(one["id"].startswith(start) for start in written)]:
        return named[0] if len(named) == 1 else None
    fitting = [one for one in keys if str(one.get("volumeType", _SYSTEM[0])) in _SYSTEM] or keys
    return max(fitting, key=lambda one: str(one.get("createdDateTime") or ""), default=None)
