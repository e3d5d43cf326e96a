"""A story told in YAML, played on a real local stack and compared with what really happened."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from devhost.desk import Desk, Ticket
from devhost.errors import StartError, StoryError
from devhost.yaml_file import read_yaml

_CLOSED = "closed"
_CARD_SECONDS = 60.0


class _Story(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TicketText(_Story):
    """The ticket as filed. The id gets a fresh ending, so that a story can be told twice."""

    requester: str
    summary: str
    description: str


class Says(_Story):
    """Somebody writes to the bot. The first message opens the case, each other one answers what the bot asked back."""

    person: str
    text: str


class Click(_Story):
    """Somebody presses a button of the newest card that they have."""

    person: str
    verb: Literal["approve", "refuse"]
    reason: str = ""


class Membership(_Story):
    """Whether a person is in a group of the simulated directory once the story is over."""

    person: str
    group: str
    is_member: bool


class Told(_Story):
    """A person got a message from the bot that contains a text."""

    person: str
    contains: str


class Expected(_Story):
    """What must be true at the end. `events` must appear in this order; others may stand between them.

    `writes` is the exact list of Graph writes as `METHOD /path`, where `{name}` stands for the object id of
    the user or group of that name.
    """

    outcome: Literal["resolved", "refused", "escalated", "rolled_back"]
    events: tuple[str, ...]
    never: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    members: tuple[Membership, ...] = ()
    told: tuple[Told, ...] = ()
    handoff_queue: str = ""
    handoff_says: tuple[str, ...] = ()


class Journey(_Story):
    """One story, which begins with a ticket or with what somebody says in a chat.

    `faults` are put into the simulator before it begins.
    """

    title: str
    story: str
    ticket: TicketText | None = None
    says: tuple[Says, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    clicks: tuple[Click, ...] = ()
    expect: Expected
    seconds: float = Field(default=90, gt=0)

    @model_validator(mode="after")
    def _begins_in_one_way(self) -> Self:
        if (self.ticket is None) == (not self.says):
            raise ValueError("expected either `ticket` or `says`")
        return self

    @property
    def beginning(self) -> str:
        """How it begins, in one line: who wrote what, and where."""
        if self.ticket:
            return f"ticket: {self.ticket.requester}: {self.ticket.description}"
        return f"chat: {self.says[0].person}: {self.says[0].text}"


class Played(_Story):
    """What happened: the case with its log, the writes that reached Graph, and the ticket as it stands now, if any."""

    ticket_id: str
    case: dict[str, Any]
    writes: tuple[str, ...]
    ticket: dict[str, Any]


def read_journey(file: Path) -> Journey:
    """Return the story in `file`.

    Raises:
        StartError: it cannot be read or is not a story.
    """
    try:
        return Journey.model_validate(read_yaml(file, "journey"))
    except ValidationError as problem:
        wrong = [f"`{'.'.join(map(str, one['loc'])) or 'file'}`: {one['msg'].lower()}" for one in problem.errors()]
        raise StartError(f"journey `{file.name}` is not a story: {'; '.join(wrong)}") from problem


def play(journey: Journey, desk: Desk, *, watch: Callable[[str, dict[str, Any]], None]) -> Played:
    """File the ticket or say what is said, click what is clicked, wait for the end. `watch` sees the case change.

    Raises:
        StoryError: the webhook, a message or a click was not accepted, or the case did not end in time.
    """
    before = len(desk.control("GET", "/writes")["writes"])
    faults = [_with_ids(fault, desk) for fault in journey.faults]
    for fault in faults:
        desk.control("POST", "/faults", body=fault)
    ticket_id = f"SR-{uuid4().hex[:8]}"
    try:
        case_id = _begin(journey, desk, ticket_id=ticket_id)
        for number, said in enumerate(journey.says[1:], start=1):
            _wait(desk, case_id, watch=watch, seconds=_CARD_SECONDS, until=partial(_has_question, number=number))
            desk.say(said.person, said.text)
        for click in journey.clicks:
            _wait(desk, case_id, watch=watch, seconds=_CARD_SECONDS, until=_has_card)
            _click(desk, click)
        case = _wait(desk, case_id, watch=watch, seconds=journey.seconds, until=lambda one: one["stage"] == _CLOSED)
    finally:
        if faults:
            desk.control("DELETE", "/faults")
    writes = desk.control("GET", "/writes")["writes"][before:]
    return Played(
        ticket_id=ticket_id,
        case=case,
        writes=tuple(f"{one['method']} {one['path'].removeprefix('/v1.0')}" for one in writes),
        ticket=desk.control("GET", f"/itsm/tickets/{ticket_id}") if journey.ticket else {},
    )


def differences(journey: Journey, played: Played, *, desk: Desk) -> list[str]:
    """Return every way in which what happened is not what the story says; empty when it is as told."""
    expect, case = journey.expect, played.case
    found = list(_log_differences(expect, case))
    if case["outcome"] != expect.outcome:
        found.append(f"expected the outcome `{expect.outcome}`, got `{case['outcome']}` ({case['why']})")
    writes = tuple(_named(one, desk) for one in expect.writes)
    if played.writes != writes:
        found.append(f"expected the writes {list(writes)}, got {list(played.writes)}")
    effects = tuple(one["effect"] for one in (case["plan"] or {"steps": ()})["steps"] if one["effect"])
    if effects != expect.effects:
        found.append(f"expected the effects {list(expect.effects)}, got {list(effects)}")
    found.extend(_directory_differences(expect, desk))
    if journey.ticket:
        found.extend(_ticket_differences(expect, played.ticket))
    return found


def _begin(journey: Journey, desk: Desk, *, ticket_id: str) -> str:
    if journey.ticket:
        return desk.file(Ticket(id=ticket_id, **journey.ticket.model_dump()))
    before = set(desk.cases())
    desk.say(journey.says[0].person, journey.says[0].text)
    opened = [case_id for case_id in desk.cases() if case_id not in before]
    if len(opened) != 1:
        raise StoryError(f"expected the message to open one case, got {len(opened)}")
    return opened[0]


def _wait(
    desk: Desk,
    case_id: str,
    *,
    watch: Callable[[str, dict[str, Any]], None],
    seconds: float,
    until: Callable[[dict[str, Any]], bool],
) -> dict[str, Any]:
    def seen(case: dict[str, Any]) -> bool:
        watch(case_id, case)
        return until(case)

    return desk.wait(case_id, until=seen, seconds=seconds)


def _has_question(case: dict[str, Any], *, number: int) -> bool:
    if case["stage"] == _CLOSED:
        raise StoryError(f"expected a question to the requester, but the case ended: {case['why']}")
    return len([one for one in case["events"] if one["code"] == "question.asked"]) >= number


def _has_card(case: dict[str, Any]) -> bool:
    if case["stage"] == _CLOSED:
        raise StoryError(f"expected an approval card, but the case ended: {case['why']}")
    return bool(case["approval"] and case["approval"]["is_asked"])


def _click(desk: Desk, click: Click) -> None:
    answer = desk.click(click.person, click.verb, inputs={"reason": click.reason} if click.reason else {})
    accepted = answer["status"] == 200 and answer["body"].get("statusCode") == 200
    if not accepted:
        raise StoryError(f"the click of `{click.person}` was not accepted: {answer['status']}")


def _log_differences(expect: Expected, case: Mapping[str, Any]) -> Iterator[str]:
    codes = iter([one["code"] for one in case["events"]])
    missing = next((code for code in expect.events if code not in codes), None)
    if missing:
        yield f"expected the event `{missing}` in its place, got {[one['code'] for one in case['events']]}"
    for code in expect.never:
        if any(one["code"] == code for one in case["events"]):
            yield f"expected no event `{code}`, but there is one"
    cited = {
        rule
        for one in case["events"]
        if one["code"] == "step.decided"
        for layer in one["data"]["layers"]
        for rule in layer["rules"]
    }
    if not set(expect.rules) <= cited:
        yield f"expected the rules {sorted(set(expect.rules) - cited)} to decide, got {sorted(cited)}"


def _directory_differences(expect: Expected, desk: Desk) -> Iterator[str]:
    for one in expect.members:
        if desk.is_member(one.person, one.group) is not one.is_member:
            yield f"expected that `{one.person}` is{'' if one.is_member else ' not'} in `{one.group}`"
    for told in expect.told:
        if not any(told.contains in str(message) for message in desk.messages(told.person)):
            yield f"expected that `{told.person}` was told `{told.contains}`"


def _ticket_differences(expect: Expected, ticket: Mapping[str, Any]) -> Iterator[str]:
    events = [one["body"] for one in ticket.get("events", [])]
    if not events:
        yield "expected that the ticket got an answer, it got none"
    handoffs = [one["data"]["handoff"] for one in events if one["type"] == "ticket.handoff"]
    if not expect.handoff_queue:
        return
    if not handoffs or handoffs[-1]["queue"] != expect.handoff_queue:
        yield f"expected a hand-over to `{expect.handoff_queue}`, got {[one['queue'] for one in handoffs]}"
    for text in expect.handoff_says:
        if not any(text in str(one) for one in handoffs):
            yield f"expected the hand-over to say `{text}`"


def _with_ids(fault: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    return {name: _named(value, desk) if isinstance(value, str) else value for name, value in fault.items()}


def _named(text: str, desk: Desk) -> str:
    """Replace `{name}` by the object id of the user or group of that name."""
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        text = f"{text[:start]}{desk.object_id(text[start + 1 : end])}{text[end + 1 :]}"
    return text
