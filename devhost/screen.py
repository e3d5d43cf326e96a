"""What `make run` shows at the terminal: each story as it happens, one log in full, and a table at the end."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devhost.journey import Journey

# How an event of the log is shown: (mark, style). Colour only repeats what mark and words say.
_MARKS = {
    "case.opened": ("▶", "bold"),
    "question.asked": ("?", "yellow"),
    "question.answered": ("✓", "green"),
    "plan.made": ("◆", "cyan"),
    "step.decided": ("⚖", "cyan"),
    "approval.asked": ("?", "yellow"),
    "approval.given": ("✓", "green"),
    "approval.refused": ("✗", "red"),
    "write.attempted": ("→", "magenta"),
    "write.answered": ("←", "magenta"),
    "write.failed": ("✗", "red"),
    "effect.verified": ("✓", "green"),
    "effect.refuted": ("✗", "red"),
    "rollback.started": ("↶", "yellow"),
    "rollback.done": ("✓", "green"),
    "rollback.failed": ("✗", "red"),
    "secret.delivered": ("✉", "green"),
    "case.refused": ("■", "bold red"),
    "case.escalated": ("■", "bold yellow"),
    "case.closed": ("■", "bold green"),
}

# An id inside a path stays as it is, so that the line shows the call that was made.
_ID = re.compile(r"(?<!/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Screen:
    """Prints progress; on something that is not a terminal it prints the same lines without colour.

    The log holds ids only. `names` maps the ids of the simulated tenant to names, for the eye alone.
    """

    def __init__(self, console: Console, *, names: Mapping[str, str]) -> None:
        self._console = console
        self._names = names
        self._shown: dict[str, int] = {}

    def step(self, text: str) -> None:
        """Print one line of preparation."""
        self._console.print(f"[dim]·[/] {escape(text)}")

    def paste(self, command: str) -> None:
        """Print one line for a shell exactly as it is: nothing before it, never broken in two."""
        self._console.print(command, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def begin(self, number: int, journey: Journey) -> None:
        """Print a story's title and text."""
        self._console.print()
        self._console.rule(f"[bold]{number}. {escape(journey.title)}", align="left")
        self._console.print(escape(" ".join(journey.story.split())), style="italic")
        self._console.print(f"[dim]{escape(journey.beginning)}[/]")

    def watch(self, case_id: str, case: dict[str, Any]) -> None:
        """Print the log entries of a case that were not printed yet."""
        events = case["events"]
        for event in events[self._shown.get(case_id, 0) :]:
            self._event(event)
        self._shown[case_id] = len(events)

    def verdict(self, case: dict[str, Any], found: Iterable[str]) -> None:
        """Print how a story ended, and every way in which it did not end as told."""
        problems = list(found)
        style = "bold red" if problems else "bold green"
        ended = f"ended as `{case['outcome']}`, {'not as expected' if problems else 'as expected'}"
        self._console.print(f"[{style}]{escape(ended)}[/]")
        for problem in problems:
            self._console.print(f"  [red]{escape(problem)}[/]")

    def log(self, case: dict[str, Any]) -> None:
        """Print the whole activity log of one case as a table."""
        table = Table(title=f"Activity log of case {case['id']} ({case['requester']})", title_justify="left")
        for name in ("time", "code", "what happened"):
            table.add_column(name, overflow="fold")
        for event in case["events"]:
            table.add_row(event["at"][11:19], event["code"], escape(self._named(event["sentence"])))
        self._console.print()
        self._console.print(table)

    def summary(self, rows: Iterable[tuple[Journey, dict[str, Any], bool]]) -> None:
        """Print one row a story: outcome, writes, and whether it ended as expected."""
        table = Table(title="What happened", title_justify="left")
        for name in ("story", "outcome", "writes", "as expected"):
            table.add_column(name)
        for journey, case, good in rows:
            table.add_row(journey.title, case["outcome"], str(len(case["writes"])), "yes" if good else "NO")
        self._console.print()
        self._console.print(table)

    def _named(self, text: str) -> str:
        return _ID.sub(lambda found: self._names.get(found[0], found[0]), text)

    def _event(self, event: dict[str, Any]) -> None:
        mark, style = _MARKS.get(event["code"], ("·", "dim"))
        text = f"  {mark} {event['code']:<18} {self._named(event['sentence'])}"
        self._console.print(f"[{style}]{escape(text)}[/]", soft_wrap=True)
        if event["code"] == "step.decided":
            for layer in event["data"]["layers"]:
                rules = ", ".join(layer["rules"]) or "no rule matched"
                self._console.print(
                    f"      [dim]{layer['layer']:<11}{layer['verdict']:<9}{escape(rules)}[/]", soft_wrap=True
                )
