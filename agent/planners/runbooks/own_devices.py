"""Finding the one device that a wish is about, among those of the person who is meant.

1. Look up the devices of the requester. A word that is the exact name of one of them names it.
2. A word with marks that no name has is no name, and is asked about: nothing is completed or repaired. A word that is
   the exact name of somebody else's device names that one; what may be done with it is policy's business, and where
   only its user may ask, it is refused. A name that no device has is asked about.
3. Without a name: the kind that is named (laptop, telephone), or the only one there is. Several are asked about.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from agent.lookups.names import name_of
from agent.lookups.quoting import is_object_id
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.device_phrases import MINE, device_words, is_plain_name, is_somebody_elses, systems_in
from agent.planners.runbooks.it_console import asked_by_it
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.runbook import Person, Question, hand_over, lacking, person_of, refuse
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


def find_device(ask: Ask, requester: Person, *, systems: frozenset[str] = frozenset()) -> Finding:
    """Return the one device meant, with its facts of `device.managed.get`, or why it cannot be told.

    With `systems` only devices of these operating systems can be meant.
    """
    listed = yield from devices_meant(ask, requester)
    if isinstance(listed, Proposal):
        return listed
    person, devices = listed
    fitting = among([one for one in devices if not systems or _system(one) in systems], ask.words)
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
    written = device_words(ask.words)
    # (1)
    if _named(devices, written):
        return requester, devices
    # (2)
    if strange := next((one for one in written if not is_plain_name(one)), ""):
        why = "the request names a device in a way that no device is called"
        return hand_over(why, queue="endpoint", missing=lacking("device", "unknown", said=strange))
    if written:
        return (yield from _with_name(written[0], ask, requester=requester))
    # (3)
    if not is_somebody_elses(ask.words) and MINE.search(folded(ask.words)):
        return requester, devices
    return (yield from _somebody_elses(ask, requester, devices=devices))


def _with_name(name: str, ask: Ask, *, requester: Person) -> Listing:
    (seen,) = yield (("device.managed.named", name),)
    found: list[Device] = seen.facts["devices"] if seen.state == "known" else []
    if len(found) != 1 or not is_object_id(str(found[0].get("userId"))):
        why = "the device that the request names could not be found"
        return hand_over(why, queue="endpoint", missing=lacking("device", "unknown", said=name))
    by_it = yield from asked_by_it(ask, requester)
    if not by_it:
        return refuse(_NOT_THEIRS)
    (user,) = yield (("user.get", str(found[0]["userId"])),)
    if user.state != "known":
        return hand_over("the user of the device could not be looked up", queue="endpoint")
    return person_of(user), found


def _somebody_elses(ask: Ask, requester: Person, *, devices: list[Device]) -> Listing:
    person = yield from other_named(ask, requester)
    if isinstance(person, Proposal):
        return person
    if person is None:
        # Somebody else's device, and nobody can say whose: not the requester's own, in any case.
        return refuse(_NOT_THEIRS) if ask.person or is_somebody_elses(ask.words) else (requester, devices)
    (theirs,) = yield (("user.managed_devices", person.id),)
    if theirs.state != "known":
        return hand_over("the devices of a person could not be looked up", queue="endpoint")
    return person, list(theirs.facts["devices"])


def among(devices: list[Device], words: str) -> list[Device]:
    """Return the devices that the words fit: by name, else by kind, else all of them."""
    if named := _named(devices, device_words(words)):
        return named
    # (3)
    systems = systems_in(folded(words))
    return [one for one in devices if not systems or _system(one) in systems]


def _named(devices: list[Device], written: tuple[str, ...]) -> list[Device]:
    # A device's name may have been made to read like an order; only its first word is its name then.
    names = {folded(one) for one in written}
    exact = [one for one in devices if _first_word(one) in names]
    # Nobody says the prefix that all devices of a company have.
    return exact or [one for one in devices if any(_first_word(one).endswith(f"-{name}") for name in names)]


def _first_word(device: Device) -> str:
    words = folded(str(device.get("deviceName") or "")).replace(";", " ").replace(",", " ").split()
    return words[0] if words else ""


def _system(device: Device) -> str:
    return folded(str(device.get("operatingSystem") or "")).partition(" ")[0]
