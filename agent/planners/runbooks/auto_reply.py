"""Runbook: automatic replies of a mailbox, on for some days, on from now, or off.

1. Find whose mailbox it is: the requester's, or that of the one person who is named. Who may set another's is
   policy's business.
2. Read from the words what is wished: off; scheduled, when they name days; on at once, when they say that it is so
   now (ill, until further notice), or that somebody who cannot do it is away. Words that say none of it are asked
   about: nobody's absence is guessed.
3. Look up the replies as they are. As wished already: say so, unless it is somebody else's.
4. Plan one change. The text is the requester's own where they gave one in quotes, and else a plain sentence in their
   language with the days. Nothing that stands in the mailbox is ever sent again. Who outside gets a reply stays what
   the owner had set.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ValidationError

from agent.actions.mailboxes import WasReply
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.mail_phrases import MY_ABSENCE, NOW, OFF, ON, THEIR_ABSENCE, quoted_text
from agent.planners.reading.dates import DateRange, date_range
from agent.planners.runbooks.local_days import end_of, start_of, zone_of
from agent.planners.runbooks.named import PersonFound
from agent.planners.runbooks.other_person import other_named
from agent.planners.runbooks.proposing import planned
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking
from agent.planners.sayings import day_in, say
from agent.planners.wording import folded
from agent.ports import Proposal

_MAX_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the replies are to be: `days` exactly when they are scheduled; `text` is empty when they are off."""

    status: Literal["disabled", "alwaysEnabled", "scheduled"]
    days: DateRange | None = None
    text: str = ""
    is_own_text: bool = False


def auto_reply(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    person = yield from _whose(ask, requester)
    if isinstance(person, Proposal):
        return person
    # (2)
    wish = _wish(ask, is_own=person.id == requester.id)
    if wish is None:
        why = "the request does not say from when to when somebody is away"
        return hand_over(why, queue="exchange", missing=lacking("dates", "missing"))
    # (3)
    (settings,) = yield (("mailbox.settings", person.id),)
    yield background(requester)
    was = _was(settings)
    if was is None:
        return hand_over("the mailbox's automatic replies could not be read as they are", queue="exchange")
    zone = zone_of(settings.facts.get("timeZone"))
    times = (start_of(wish.days.first, zone), end_of(wish.days.last, zone)) if wish.days else None
    if person.id == requester.id and _is_so(wish, was, times=times):
        return answer("the automatic replies are as wished already", say("replies_as_wished", ask.language))
    # (4)
    params = {"user_id": person.id, "user_name": person.name, "status": wish.status, "was": was.model_dump()}
    return planned(
        f"the request asks for automatic replies to be {_SPOKEN[wish.status]}",
        ("exo.autoreply.set", {**params, **_content(wish, was, times=times)}),
        queue="exchange",
    )


def _whose(ask: Ask, requester: Person) -> PersonFound:
    given = quoted_text(ask.words)
    # Whom the reply names is not whose it is.
    around = replace(ask, words=ask.words.replace(given, " ")) if given else ask
    words = folded(around.words)
    is_theirs = bool(ask.person) or THEIR_ABSENCE.search(words) is not None
    if MY_ABSENCE.search(words) and not is_theirs:
        return requester
    other = yield from other_named(around, requester)
    if other is None and is_theirs:
        return hand_over("the request does not say whose mailbox it is", missing=lacking("person", "missing"))
    return other or requester


_SPOKEN = {"disabled": "switched off", "alwaysEnabled": "switched on", "scheduled": "scheduled"}


def _wish(ask: Ask, *, is_own: bool) -> Wish | None:
    words = folded(ask.words)
    given = quoted_text(ask.words)[:_MAX_TEXT]
    # What the reply is to say is no wish of its own: "until further notice" in it switches nothing.
    around = words.replace(folded(given), " ") if given else words
    days = date_range(ask.words, today=ask.today)
    if OFF.search(around) and not given and not (days and ON.search(around)):
        return Wish("disabled")
    if days:
        named = {"first": day_in(days.first, ask.language), "last": day_in(days.last, ask.language)}
        return Wish("scheduled", days, given or say("away_from_to", ask.language, **named), bool(given))
    if NOW.search(around) or NOW.search(folded(ask.said)) or given or not is_own:
        return Wish("alwaysEnabled", None, given or say("away", ask.language), bool(given))
    return None


def _was(settings: Observation) -> WasReply | None:
    found: Any = settings.facts.get("automaticRepliesSetting") if settings.state == "known" else None
    if not isinstance(found, dict):
        return None
    try:
        return WasReply(
            status=found["status"],
            external_audience=found["externalAudience"],
            internal_html=found["internalReplyMessage"],
            external_html=found["externalReplyMessage"],
            starts_at=found["scheduledStartDateTime"]["dateTime"],
            ends_at=found["scheduledEndDateTime"]["dateTime"],
        )
    except (KeyError, TypeError, ValidationError):
        return None


def _is_so(wish: Wish, was: WasReply, *, times: tuple[str, str] | None) -> bool:
    if wish.status != was.status or wish.is_own_text:
        return False
    shown = tuple(f"{one[:19]}Z" for one in (was.starts_at, was.ends_at))
    return times is None or times == shown


def _content(wish: Wish, was: WasReply, *, times: tuple[str, str] | None) -> dict[str, Any]:
    if wish.status == "disabled":
        return {}
    outside = {} if was.external_audience == "none" else {"external_text": wish.text}
    scheduled = {"starts_at": times[0], "ends_at": times[1]} if times else {}
    return {"internal_text": wish.text, "external_audience": was.external_audience, **outside, **scheduled}
