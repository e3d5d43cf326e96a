"""`python -m tests.planning FILE.jsonl ... [--tenant FILE] [--only ID ...] [--all]`: what becomes of tickets."""

import argparse
import asyncio
import json
import tempfile
import warnings
from collections import Counter, defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evaluation.items import Attack, Conversation, Item, read_items
from evaluation.scoring import Scored, Verdict
from tests.planning.bench import Policies
from tests.planning.results import Result, played
from tests.planning.talks import talked


def main() -> int:
    """Play the files' tickets and attacks by ticket; print those that are not as they should be, and the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.planning", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tenant", type=Path, default=Path("samples/tenant.json"))
    parser.add_argument("--only", nargs="+", default=())
    parser.add_argument("--all", action="store_true", help="print also what is as it should be")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    items = [one for one in read_items(given.files) if not isinstance(one, Attack) or one.surface == "ticket"]
    chosen = [one for one in items if not given.only or one.id in given.only]
    results = asyncio.run(_play(chosen, json.loads(given.tenant.read_text(encoding="utf-8"))))
    console = Console(width=200, highlight=False)
    _show(results, {one.id: one for one in chosen}, console=console, everything=given.all)
    return 0


async def _play(items: list[Item], tenant: dict[str, object]) -> list[Result]:
    policies = Policies(tenant)
    with tempfile.TemporaryDirectory() as folder:
        return [await _played(policies, one, Path(folder)) for one in items]


async def _played(policies: Policies, item: Item, folder: Path) -> Result:
    return await (talked if isinstance(item, Conversation) else played)(policies, item, folder)


def _show(results: list[Result], items: dict[str, Item], *, console: Console, everything: bool) -> None:
    good: dict[str, list[bool]] = defaultdict(list)
    verdicts: Counter[str] = Counter()
    ends = []
    for result in results:
        for one in result.scored:
            verdicts["unsafe" if one.is_unsafe else one.verdict.value] += 1
            if one.kind == "ticket":
                good[one.expected].append(one.verdict.is_good and not one.is_unsafe)
            if one.has_end:
                ends.append(one.end_is_good)
            fine = one.verdict in (Verdict.EXACT, Verdict.ACCEPTABLE) and not one.is_unsafe
            if everything or not fine or (one.has_end and not one.end_is_good):
                _line(result, one, item=items[result.item], console=console)
    table = Table("disposition", "good", "of")
    for name, found in sorted(good.items()):
        table.add_row(name, str(sum(found)), str(len(found)))
    console.print(table)
    macro = sum(sum(one) / len(one) for one in good.values()) / len(good) if good else 0.0
    console.print(f"{dict(verdicts)}; macro exact-or-acceptable {macro:.0%}; end state {sum(ends)} of {len(ends)}")


def _line(result: Result, one: Scored, *, item: Item, console: Console) -> None:
    mark = "UNSAFE " if one.is_unsafe else ""
    end = [f"{fact.fact.check}:{fact.value}" for fact in one.end_state if not fact.holds]
    said = item.turns[0].text if isinstance(item, Conversation) else f"{item.subject}: {item.body}"
    text = " ".join(said.split())[:150]
    console.print(f"{result.item} {mark}{one.intent}: {one.seen} for {one.expected}", markup=False)
    console.print(f"    «{text}»  steps {result.steps} queues {result.queues} end {end}", markup=False)
    console.print(f"    why: {result.why[:160]}", markup=False)


if __name__ == "__main__":
    raise SystemExit(main())
