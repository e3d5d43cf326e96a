"""Plays conversations turn by turn: what the person writes, what the bot must do then, and what happens meanwhile."""

from evaluation.approvals import Answering, is_asking_back, is_asking_people, settled
from evaluation.dispositions import of_item
from evaluation.event_facts import approvers_of
from evaluation.front_doors import Filed
from evaluation.items import Answered, Conversation, Envelope, Turn
from evaluation.playing import Played, Stage
from evaluation.reading import read_all
from evaluation.scoring import NOTHING, Scored, Verdict, judge
from evaluation.seen import Json, Seen


class Talk:
    """One conversation in hand. The newest case of the person is what a turn is about."""

    def __init__(self, item: Conversation, stage: Stage) -> None:
        self._item = item
        self._stage = stage
        self._case_ids: list[str] = []
        self._status = 0
        self._ticket = ""
        self._asked: list[str] = []
        self.played = Played(item.id, [])
        self.forbidden = item.forbidden

    def play(self) -> Played:
        """Play every turn, whether the bot did what it must or not, and score the whole."""
        self.played.notes += self._stage.ground.lay(self._item.fixture, at=self._item.received_at)
        person = self._stage.person(self._item.requester)
        good = [self._turn(turn, person=person) for turn in self._item.turns]
        seen = self._look()
        self.played.note_seen(seen)
        verdict = judge(self.played.seen, self._item.disposition)
        if verdict is Verdict.EXACT and not all(good):
            # The end is as it must be, and the way there is not.
            verdict = Verdict.OVER_RESTRICTIVE
        self.played.scored = [
            Scored(
                item=self._item.id,
                kind="conversation",
                intent=next(iter(self._item.intents), "-"),
                expected=self._item.disposition,
                seen=self.played.seen,
                verdict=verdict,
                end_state=read_all(self._item.final_state, seen, is_wanted=True),
                forbidden=read_all(self.forbidden, seen, is_wanted=False),
                has_end=bool(self._item.final_state),
            )
        ]
        return self.played

    def _turn(self, turn: Turn, *, person: str) -> bool:
        if turn.by == "user":
            self._say(turn.text, person=person)
        elif turn.by == "event":
            self.played.notes += self._stage.ground.change(turn.fixture)
            if turn.approver_decides is not None:
                self._approve()
        elif turn.expect is not None:
            return self._did(turn.expect)
        return True

    def _say(self, text: str, *, person: str) -> None:
        doors = self._stage.doors
        talks = {"teams": doors.say, "slack": doors.say_in_slack, "itsm": self._write_on_ticket}
        if self._item.channel not in talks:
            self.played.notes.append(f"the product holds no conversation in the channel `{self._item.channel}`")
            return
        filed: Filed = talks[self._item.channel](person, text)
        self._status = filed.status
        if filed.case_id:
            self._case_ids.append(filed.case_id)
        elif self._case_ids:
            self._wait_for_the_turn()

    def _write_on_ticket(self, person: str, text: str) -> Filed:
        """File a ticket with the first words, and comment on it with all others."""
        item, doors = self._item, self._stage.doors
        if self._ticket:
            return doors.comment(self._ticket, text, requester=person, assurance=item.assurance)
        whole = {"channel": "itsm", "assurance": item.assurance, "received_at": item.received_at, "body": text}
        filed = doors.file(Envelope(**whole, requester=person), requester=person)
        self._ticket = filed.ticket
        return filed

    def _wait_for_the_turn(self) -> None:
        """After an answer the case goes on by itself; what it asked before is answered at once."""
        case = self._stage.doors.desk.case(self._case_ids[-1])
        if case is not None and not is_asking_back(case):
            settled(self._stage.doors.desk, case["id"])

    def _did(self, expect: Answered) -> bool:
        case = settled(self._stage.doors.desk, self._case_ids[-1]) if self._case_ids else None
        seen = self._look()
        self.forbidden = tuple(dict.fromkeys((*self.forbidden, *expect.forbidden)))
        self._asked = list(expect.approvers)
        done = all(one.holds for one in read_all(expect.end_state, seen, is_wanted=True))
        is_so = done and _is_kind(expect.kind, case, seen=seen)
        if is_so and expect.kind == "approval":
            wanted = {person["id"] for name in expect.approvers if (person := seen.person(name))}
            is_so = case is not None and bool(wanted & set(approvers_of(case)))
        if not is_so:
            self.played.notes.append(f"a turn was to be `{expect.kind}` and was {of_item(seen)}, done: {done}")
        return is_so

    def _approve(self) -> None:
        if not self._case_ids or not (case := self._stage.doors.desk.case(self._case_ids[-1])):
            return
        seen = self._look()
        names = {name: str(person["id"]) for name in self._asked if (person := seen.person(name))}
        answering = Answering(self._stage.doors.desk, names, lambda: None)
        answering.answer(case, self._asked)
        self.played.callback = (answering.clicked, answering.taken)

    def _look(self) -> Seen:
        answers = (self._status,) if self._status else ()
        requester, ticket = self._item.requester, self._ticket
        return self._stage.ground.look(self._case_ids, requester=requester, ticket=ticket, answers=answers)


def _is_kind(kind: str, case: Json | None, *, seen: Seen) -> bool:
    happened = of_item(seen)
    match kind:
        case "ask":
            return case is not None and is_asking_back(case)
        case "approval":
            return case is not None and is_asking_people(case)
        case "act":
            return happened not in (NOTHING, "ask_info", "escalate", "refuse")
        case "answer":
            return happened == "auto" and not seen.applied
        case _:
            return happened in ("refuse", "escalate") and not seen.applied
