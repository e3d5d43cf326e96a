"""Finding the one device that a wish is about, among those of the person who is meant.

1. Look up the devices of the requester. A word that is the exact name of one of them names it.
2. A word that looks like a device's name and is none of them, or that has marks no name has, is no device of theirs:
   what somebody else owns is not found by a name in a text, and nothing is completed or repaired.
3. Without a name: the kind that is named (laptop, telephone), or the only one there is. Several are asked about.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from agent.lookups.names import name_of
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.device_phrases import THEIRS, device_words, is_plain_name, systems_in
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.runbook import Person, Question, hand_over, lacking, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

Device = dict[str, Any]

_NOT_THEIRS = "devices are managed only for the person who uses them"


@dataclass(frozen=True, slots=True)
class Found:
    """A device with the person who uses it."""

    person: Person
    device: Device

    @property
    def params(self) -> dict[str, Any]:
        """What every action on the device is told of it."""
        return {
            "device_id": self.device["id"],
            "user_id": self.person.id,
            "target_name": name_of(self.device, "deviceName"),
            "user_name": self.person.name,
        }


Finding = Generator[tuple[Question, ...], tuple[Observation, ...], Found | Proposal]
Listing = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Person, list[Device]] | Proposal]


def find_device(ask: Ask, requester: Person) -> Finding:
    """Return the one device meant, with its facts of `device.managed.get`, or why it cannot be told."""
    listed = yield from devices_meant(ask, requester)
    if isinstance(listed, Proposal):
        return listed
    person, devices = listed
    fitting = among(devices, ask.words)
    if isinstance(fitting, Proposal):
        return fitting
    if len(fitting) != 1:
        doubt = lacking("device", "several" if fitting else "missing")
        why = f"the request fits {len(fitting)} devices" if fitting else "no device of that kind is registered"
        return hand_over(why, queue="endpoint", missing=doubt)
    (device,) = yield (("device.managed.get", fitting[0]["id"]),)
    if device.state != "known":
        return hand_over("the device could not be looked up", queue="endpoint")
    # INVARIANT: the list was of this person's devices, and the device itself says the same.
    if device.facts.get("userId") != person.id:
        return hand_over("the device has another user by now", queue="endpoint")
    return Found(person, dict(device.facts))


def devices_meant(ask: Ask, requester: Person) -> Listing:
    """Return the person whose devices are meant, with them, or a hand-over or a refusal."""
    (seen,) = yield (("user.managed_devices", requester.id),)
    if seen.state != "known":
        return hand_over("the requester's devices could not be looked up", queue="endpoint")
    devices: list[Device] = seen.facts["devices"]
    # (1)
    if _named(devices, device_words(ask.words)):
        return requester, devices
    if not ask.person and not THEIRS.search(folded(ask.words)):
        return requester, devices
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    if person.id == requester.id:
        # Somebody else's device, and nobody can say whose: not the requester's own, in any case.
        return refuse(_NOT_THEIRS) if THEIRS.search(folded(ask.words)) else (requester, devices)
    (theirs,) = yield (("user.managed_devices", person.id),)
    if theirs.state != "known":
        return hand_over("the devices of a person could not be looked up", queue="endpoint")
    return person, list(theirs.facts["devices"])


def among(devices: list[Device], words: str) -> list[Device] | Proposal:
    """Return the devices that the words fit, or why a name in them is no name of these devices."""
    written = device_words(words)
    named = _named(devices, written)
    # (2)
    if foreign := [one for one in written if not is_plain_name(one)]:
        why = "the request names a device in a way that no device is called"
        return hand_over(why, queue="endpoint", missing=lacking("device", "unknown", said=foreign[0]))
    if named:
        return named
    if written:
        why = "the request names a device that is not one of theirs"
        return hand_over(why, queue="endpoint", missing=lacking("device", "unknown", said=written[0]))
    # (3)
    systems = systems_in(folded(words))
    return [one for one in devices if not systems or _system(one) in systems]


def _named(devices: list[Device], written: tuple[str, ...]) -> list[Device]:
    # A device's name may have been made to read like an order; only its first word is its name then.
    return [one for one in devices if _first_word(one) in written]


def _first_word(device: Device) -> str:
    words = folded(str(device.get("deviceName") or "")).replace(";", " ").replace(",", " ").split()
    return words[0] if words else ""


def _system(device: Device) -> str:
    return folded(str(device.get("operatingSystem") or "")).partition(" ")[0]
