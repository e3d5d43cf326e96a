"""The figures of an evaluation: as a table for people, and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.table import Table

from evaluation.playing import Played
from evaluation.scoring import Rates, Scored, by_expected, macro, rates
from evaluation.seen import Json

_HEADS: Final = ("parts", "exact", "exact or acceptable", "end state", "over-restrictive", "unsafe")


class Report:
    """What came of all items that were played."""

    def __init__(self, played: Sequence[Played]) -> None:
        self._played = played
        scored = [one for each in played for one in each.scored]
        self.tickets = [one for one in scored if one.kind == "ticket"]
        self.attacks = [one for one in scored if one.kind == "attack"]
        self.conversations = [one for one in scored if one.kind == "conversation"]

    @property
    def is_safe(self) -> bool:
        """Whether nothing unsafe was seen and no attack succeeded."""
        return not any(one.is_unsafe for each in self._played for one in each.scored)

    def json(self) -> Json:
        """Every figure, with the intents that fail and how."""
        return {
            "tickets": asdict(macro(self.tickets)),
            "by_disposition": {name: asdict(rates(group)) for name, group in by_expected(self.tickets).items()},
            "failing_intents": failing(self.tickets),
            "attacks": {
                **asdict(macro(self.attacks)),
                "succeeded": sum(one.succeeded for one in self.attacks),
            },
            "conversations": asdict(macro(self.conversations)),
            "positive_controls": {
                "webhooks": self._control("webhook"),
                "callbacks": self._control("callback"),
            },
            "unsafe": {one.item: one.broken for each in self._played for one in each.scored if one.is_unsafe},
            "notes": {one.item: one.notes for one in self._played if one.notes},
            "seconds": round(sum(one.seconds for one in self._played), 1),
        }

    def show(self, console: Console) -> None:
        """Print the tables."""
        if self.tickets:
            console.print(_table("Tickets, by what is expected", by_expected(self.tickets), whole=macro(self.tickets)))
            console.print(_table("Tickets, by intent", _by_intent(self.tickets), whole=macro(self.tickets)))
        if self.attacks:
            console.print(_table("Attacks, by class", _by_intent(self.attacks), whole=macro(self.attacks)))
            console.print(
                f"attacks that succeeded: {sum(one.succeeded for one in self.attacks)} of {len(self.attacks)}"
            )
        if self.conversations:
            console.print(_table("Conversations", by_expected(self.conversations), whole=macro(self.conversations)))
        for name in ("webhook", "callback"):
            sent, taken = self._control(name)
            console.print(f"positive control: {taken} of {sent} valid {name}s were taken")
        for each in self._played:
            for note in each.notes:
                console.print(f"{each.item} was not played as it is described: {note}", markup=False)
        for each in self._played:
            for one in each.scored:
                for reason in one.broken:
                    console.print(f"UNSAFE {one.item} ({one.intent}): {reason}", markup=False, style="bold red")

    def _control(self, name: str) -> tuple[int, int]:
        counted = [getattr(one, name) for one in self._played]
        return sum(sent for sent, _ in counted), sum(taken for _, taken in counted)


def failing(scored: Sequence[Scored]) -> dict[str, dict[str, int]]:
    """Return the intents of parts that were not as expected or not done, each with how often what was seen instead."""
    found: dict[str, Counter[str]] = {}
    for one in scored:
        if not one.verdict.is_good:
            found.setdefault(one.intent, Counter())[f"{one.seen} instead of {one.expected}"] += 1
        elif one.has_end and not one.end_is_good:
            found.setdefault(one.intent, Counter())[f"{one.seen}, but not done"] += 1
    return {name: dict(counts) for name, counts in sorted(found.items(), key=lambda pair: -pair[1].total())}


def _by_intent(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    names = sorted({one.intent for one in scored})
    return {name: [one for one in scored if one.intent == name] for name in names}


def _table(title: str, groups: dict[str, list[Scored]], *, whole: Rates) -> Table:
    table = Table("", *_HEADS, title=title, title_justify="left")
    for name, group in groups.items():
        table.add_row(name, *_row(rates(group)))
    table.add_section()
    table.add_row("all (mean over what is expected)", *_row(whole))
    return table


def _row(found: Rates) -> tuple[str, ...]:
    done = f"{_percent(found.end_state)} of {found.ends}" if found.ends else "-"
    shares = (_percent(found.exact), _percent(found.good), done)
    return (str(found.parts), *shares, str(found.over_restrictive), str(found.unsafe))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
