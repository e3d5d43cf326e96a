"""Plays one item on the ground: lay it, file the request, answer what people are asked, read what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from evaluation.approvals import Answering, all_settled
from evaluation.dispositions import of_item, of_parts, why_of
from evaluation.facts import Fact, Reading
from evaluation.fixtures import TenantFileError
from evaluation.front_doors import Filed, FrontDoors
from evaluation.ground import Ground
from evaluation.items import Attack, Part, Ticket
from evaluation.reading import read_all
from evaluation.scoring import NOTHING, Scored, judge
from evaluation.seen import Json, Seen


@dataclass(slots=True)
class Played:
    """One item with its scores, what was seen, and in `notes` whatever was not as the item wants it.

    `webhook` and `callback` count valid ones and those that were taken: the positive controls.
    """

    item: str
    scored: list[Scored]
    seen: str = NOTHING
    why: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    webhook: tuple[int, int] = (0, 0)
    callback: tuple[int, int] = (0, 0)

    def note_seen(self, seen: Seen) -> None:
        """Remember in brief what was seen."""
        self.seen, self.why = of_item(seen), why_of(seen.cases)
        self.cases = [str(case["id"]) for case in seen.cases]
        self.writes = [
            f"{one['method']} {one['path']} {'' if one['applied'] else 'not '}applied" for one in seen.writes
        ]


class Stage:
    """Plays tickets, and attacks that are tickets, one after the other."""

    def __init__(self, ground: Ground, doors: FrontDoors) -> None:
        self.ground = ground
        self.doors = doors

    def lay(self, item: Ticket | Attack, played: Played) -> bool:
        """Put the ground back with the item's fixture; return whether it could be."""
        try:
            played.notes += self.ground.lay(item.fixture, at=item.received_at)
        except TenantFileError as problem:
            played.notes.append(f"the fixture makes no tenant: {problem}")
            return False
        return True

    def ticket(self, item: Ticket) -> Played:
        """Play a ticket with the approvals that its parts list."""
        played = Played(item.id, [])
        if not self.lay(item, played):
            played.scored = [_unplayed(item, part) for part in item.parts]
            return played
        filed = self._file(item, played)
        before: dict[int, tuple[Reading, ...]] = {}

        def read_before() -> None:
            seen = self._look(item, filed)
            before.update({n: read_all(one.before_approval, seen, is_wanted=True) for n, one in enumerate(item.parts)})

        cases = all_settled(self.doors.desk, filed.case_id) if filed.case_id else []
        if cases:
            approvers = [one for part in item.parts if part.disposition.startswith("approve") for one in part.approvers]
            answering = Answering(self.doors.desk, self._ids(approvers), read_before)
            for case in cases:
                answering.answer(case, approvers)
            played.callback = (answering.clicked, answering.taken)
        seen = self._look(item, filed)
        if not before:
            # Nobody has said yes, so nothing may have changed that wants one.
            read_before()
        played.note_seen(seen)
        ends = [read_all(part.end_state, seen, is_wanted=True) for part in item.parts]
        done = [bool(end) and all(one.holds for one in end) for end in ends]
        happened = of_parts(item.parts, seen, done=done)
        played.scored = [
            self._score(item, number, seen=seen, end=ends[number], disposition=happened[number], before=before[number])
            for number in range(len(item.parts))
        ]
        return played

    def attack(self, item: Attack) -> Played:
        """Play an attack that is a ticket. Nobody approves anything."""
        played = Played(item.id, [])
        if self.lay(item, played):
            filed = self._file(item, played)
            if filed.case_id:
                all_settled(self.doors.desk, filed.case_id)
            seen = self._look(item, filed)
            played.note_seen(seen)
            played.scored = [scored_attack(item, seen, disposition=played.seen)]
        played.scored = played.scored or [unplayed_attack(item)]
        return played

    def person(self, name: str | None) -> str:
        """Return the sign-in name of whom the corpus calls `name`; guests are called by their mail there."""
        found = self.ground.look((), requester="", ticket="", answers=()).person(name or "")
        return str(found["userPrincipalName"]) if found else (name or "")

    def _file(self, item: Ticket | Attack, played: Played) -> Filed:
        filed = self.doors.file(item.envelope, requester=self.person(item.requester))
        if filed.note:
            played.notes.append(filed.note)
        if item.channel == "itsm":
            played.webhook = (1, int(bool(filed.case_id)))
        return filed

    def _look(self, item: Ticket | Attack, filed: Filed) -> Seen:
        cases = [filed.case_id] if filed.case_id else []
        answers = (filed.status,) if filed.status else ()
        return self.ground.look(cases, requester=item.requester or "", ticket=filed.ticket, answers=answers)

    def _ids(self, names: list[str]) -> dict[str, str]:
        seen = self.ground.look((), requester="", ticket="", answers=())
        return {name: str(person["id"]) for name in names if (person := seen.person(name))}

    def _score(
        self,
        item: Ticket,
        number: int,
        *,
        seen: Seen,
        end: tuple[Reading, ...],
        disposition: str,
        before: tuple[Reading, ...],
    ) -> Scored:
        part = item.parts[number]
        return Scored(
            item=item.id,
            kind="ticket",
            intent=part.intent,
            expected=part.disposition,
            seen=disposition,
            verdict=judge(disposition, part.disposition, acceptable=part.acceptable),
            end_state=end,
            before=before,
            # A ticket's forbidden facts are about the whole of it, and are counted once.
            forbidden=read_all(item.forbidden, seen, is_wanted=False) if number == 0 else (),
            has_end=part.is_for_us,
        )


def scored_attack(item: Attack, seen: Seen, *, disposition: str) -> Scored:
    """Score an attack by what is seen after it; its end state is what of it was harmless."""
    truth = item.expected
    return Scored(
        item=item.id,
        kind="attack",
        intent=item.class_,
        expected=truth.disposition,
        seen=disposition,
        verdict=judge(disposition, truth.disposition, acceptable=truth.acceptable),
        end_state=read_all(truth.end_state, seen, is_wanted=True),
        forbidden=read_all(item.forbidden, seen, is_wanted=False),
        has_end=bool(truth.end_state),
    )


def unplayed_attack(item: Attack) -> Scored:
    """Score an attack that could not be played: nobody knows what it would have done."""
    forbidden = unread(item.forbidden)
    verdict = judge(NOTHING, item.expected.disposition)
    return Scored(item.id, "attack", item.class_, item.expected.disposition, NOTHING, verdict, forbidden=forbidden)


def unread(facts: tuple[Fact, ...]) -> tuple[Reading, ...]:
    """Return readings of facts that nobody could read."""
    return tuple(Reading(fact, None, "the item was not played") for fact in facts)


def _unplayed(item: Ticket, part: Part) -> Scored:
    return Scored(
        item=item.id,
        kind="ticket",
        intent=part.intent,
        expected=part.disposition,
        seen=NOTHING,
        verdict=judge(NOTHING, part.disposition),
        end_state=unread(part.end_state),
        before=unread(part.before_approval),
        forbidden=unread(item.forbidden),
        has_end=part.is_for_us,
    )


#: Told of each item as soon as it is played.
Watch = Callable[[Played], None]


def record_of(played: Played) -> Json:
    """Return the JSON line of one item: what was expected, what was seen, every fact with its value, and why."""
    return {
        "id": played.item,
        "seen": played.seen,
        "why": played.why,
        "unsafe": [reason for one in played.scored for reason in one.broken],
        "parts": [_part(one) for one in played.scored],
        "notes": played.notes,
        "cases": played.cases,
        "writes": played.writes,
        "seconds": round(played.seconds, 2),
    }


def _part(one: Scored) -> Json:
    facts = {"end_state": one.end_state, "before_approval": one.before, "forbidden": one.forbidden}
    return {
        "kind": one.kind,
        "intent": one.intent,
        "expected": one.expected,
        "seen": one.seen,
        "verdict": one.verdict.value,
        "end_state_is_counted": one.has_end,
        **{name: [_fact(reading) for reading in readings] for name, readings in facts.items()},
    }


def _fact(reading: Reading) -> Json:
    value = "unknown" if reading.value is None else reading.value
    return {"fact": reading.fact.model_dump(), "value": value, "holds": reading.holds, "why": reading.why}
