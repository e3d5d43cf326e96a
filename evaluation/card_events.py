"""What one event of an attack on a card means on our cards: who presses what, with which token, on whose card. Pure.

A corpus describes events in free words. Every way that is understood is listed here; of an event that is not, it is
said so, and nothing is pressed in its place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from simulator.connector.delivery import Tamper

_TAMPERS: Final = frozenset(get_args(Tamper))
#: Words for a wrong proof, as corpora say them, by the first pattern that fits; any other wrong one is left out.
_WRONG: Final[tuple[tuple[str, Tamper], ...]] = (
    (r"aud", "wrong_audience"),
    (r"iss", "wrong_issuer"),
    (r"tenant|tid", "wrong_tenant"),
    (r"service.?url", "wrong_serviceurl"),
    (r"expir|old|late", "expired"),
    (r"not.?yet|future|nbf", "not_yet_valid"),
    (r"alg|hs256|public.?key", "public_key_as_secret"),
    (r"kid|unknown|rotat", "unknown_key"),
    (r"other.?app|app", "other_tenant_app"),
    (r"endorse", "unendorsed_key"),
    (r"user.?token", "user_token"),
)
_VALID: Final = re.compile(r"valid|ok|good|true", re.IGNORECASE)
_TIME: Final = re.compile(r"minute|hour|day|after|expire|time|delay|later|wait", re.IGNORECASE)
_NO: Final = re.compile(r"reject|refus|den|declin|no$", re.IGNORECASE)
#: What an event may say of itself besides; it changes nothing about who presses what.
_SAID: Final = frozenset({"actor", "verb", "signature", "replay", "note", "text", "why", "data", "inputs", "repeat"})


@dataclass(frozen=True, slots=True)
class Press:
    """One press: `person` as the corpus calls them, the verb of our card, a wrong token or None, and how often."""

    person: str
    verb: str = "approve"
    tamper: Tamper | None = None
    times: int = 1
    inputs: tuple[tuple[str, Any], ...] = ()


def presses_of(events: Sequence[Mapping[str, Any]], *, actor: str) -> tuple[list[Press], list[str]]:
    """Return the presses of an attack in order, and in words which events are not understood.

    `events` are mappings of free form. `actor` is who presses where an event does not say so. A replay is the press
    before, delivered once more.
    """
    found: list[Press] = []
    problems = []
    for event in events:
        if any(_TIME.search(str(name)) for name in event):
            # Pressed now it would be another event, and perhaps a good one.
            problems.append(f"the event {sorted(event)} is about a time that has to pass: it is not tried")
        elif "actor" not in event and "replay" in event:
            found.append(found[-1] if found else Press(actor))
        elif "actor" in event or "verb" in event:
            found.append(_press(event, actor=actor))
        else:
            problems.append(f"the event {sorted(event)} is not mapped to our cards")
    problems += [f"`{name}` of an event is not mapped to our cards" for name in sorted(_unknown(events))]
    return found, problems


def is_control(presses: Sequence[Press], *, approver: str) -> bool:
    """Return whether the first press must be taken: by whom was asked, with nothing wrong about it."""
    return bool(presses) and presses[0] == Press(approver)


def _unknown(events: Sequence[Mapping[str, Any]]) -> set[str]:
    pressed = [one for one in events if "actor" in one or "verb" in one]
    return {name for one in pressed for name in one if name not in _SAID and not _TIME.search(str(name))}


def _press(event: Mapping[str, Any], *, actor: str) -> Press:
    press = Press(_person(str(event.get("actor") or ""), actor))
    if _NO.match(str(event.get("verb", "approve"))):
        press = replace(press, verb="refuse")
    times = event.get("repeat")
    return replace(
        press,
        tamper=_tamper(str(event.get("signature", "valid"))),
        times=min(times, 20) if isinstance(times, int) and times > 0 else 1,
        inputs=tuple(sorted(dict(event.get("inputs") or event.get("data") or {}).items())),
    )


def _person(named: str, actor: str) -> str:
    # Corpora call people by a first name where the whole address of that very person stands beside.
    return actor if not named or actor.partition("@")[0].partition(".")[0] == named.lower() else named


def _tamper(signature: str) -> Tamper | None:
    if signature in _TAMPERS:
        return next(one for one in get_args(Tamper) if one == signature)
    if _VALID.fullmatch(signature):
        return None
    return next((tamper for words, tamper in _WRONG if re.search(words, signature.lower())), "unsigned")
