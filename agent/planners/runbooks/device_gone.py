"""Runbooks: a device is lost or stolen, and a device is to be emptied.

1. A lost device of somebody else is a report to the security team; nothing is done to another person's account.
2. Of the requester's own: lock the device, end all sessions, and the security team goes on. Where no one device can
   be told, the sessions are ended all the same; whoever has the device must not be waited for.
3. Emptying a device, also a lost one: all of it when the words say so and the company owns it, else what belongs to
   the company. Who has to agree is policy's business.
"""

from dataclasses import replace
from typing import Any

from agent.planners.asks import Ask
from agent.planners.device_phrases import RETIRE, WIPE, is_somebody_elses, lost_part
from agent.planners.runbooks.own_devices import Found, find_device
from agent.planners.runbooks.proposing import Wanted, planned
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, then_hand_over
from agent.planners.wording import folded
from agent.ports import Proposal

_LOST = "the requester's device is lost or stolen, and what was on it and who has it is to be looked into"


def device_lost(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    if ask.person or is_somebody_elses(ask.words):
        return hand_over("a device of somebody else is reported lost or stolen", queue="security")
    # (2)
    found = yield from find_device(replace(ask, words=lost_part(ask.words)), requester)
    yield background(requester)
    revoked = ("entra.user.sessions.revoke", {"user_id": requester.id, "user_name": requester.name})
    if isinstance(found, Proposal):
        contained = planned("a device that cannot be told is lost, so its sessions are ended", revoked)
        return then_hand_over(contained, "security", why=_LOST)
    steps: list[Wanted] = [("intune.device.remotelock", found.params), revoked]
    # (3)
    if WIPE.search(folded(ask.words)):
        steps.append(_emptied(ask, found))
    contained = planned("the requester's own device is lost or stolen", *steps, queue="security")
    return then_hand_over(contained, "security", why=_LOST) if contained.plan else contained


def device_wipe(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    found = yield from find_device(ask, requester)
    if isinstance(found, Proposal):
        return found
    yield background(requester)
    # (3)
    return planned("the request asks for a device to be emptied", _emptied(ask, found), queue="endpoint")


def _emptied(ask: Ask, found: Found) -> Wanted:
    words = folded(ask.words)
    params: dict[str, Any] = found.params
    is_company = found.device.get("managedDeviceOwnerType") == "company"
    if not is_company or (RETIRE.search(words) and not _says_all(words)):
        return "intune.device.retire", params
    return "intune.device.wipe", params


def _says_all(words: str) -> bool:
    match = WIPE.search(words)
    return match is not None and not RETIRE.search(match.group(0))
