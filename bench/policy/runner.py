"""One engine on one work file, in the engine's own environment: `python -m bench.policy.runner ENGINE FILE ...`.

Prints one JSON object: the rounds, the seconds of each load, the bytes that loading took, and the verdicts on the
first requests. Only the standard library and the engine are imported.
"""

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.policy.timing import call_rounds, load_times, resident_bytes

_LOAD_SECONDS: Final = 3.0


def run(name: str, work: Any, *, checked: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Load the engine, answer the first `checked` requests, and measure.

    `work` is a parsed work file. `seconds` bounds a round.
    """
    engine = importlib.import_module(f"bench.policy.engines.{name}")
    source = engine.source(work)
    questions = [engine.question(one) for one in work["requests"]]
    before = resident_bytes()
    first = engine.load(source)
    held = resident_bytes() - before
    verdicts = [engine.verdict(engine.decide(first, one)) for one in questions[:checked]]
    del first
    loaded, loads = load_times(lambda: _ready(engine, source, question=questions[0]), seconds=_LOAD_SECONDS)
    measured = call_rounds(partial(engine.decide, loaded), questions, rounds=rounds, seconds=seconds)
    return {
        "rounds": [asdict(one) for one in measured],
        "loads": loads,
        "held_bytes": max(0, held),
        "verdicts": verdicts,
    }


def _ready(engine: Any, source: Any, *, question: Any) -> Any:
    # Some engines do part of the loading when they are asked first.
    loaded = engine.load(source)
    engine.decide(loaded, question)
    return loaded


def main() -> int:
    """Read the work file, run, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.policy.runner")
    parser.add_argument("engine")
    parser.add_argument("work", type=Path)
    parser.add_argument("--checked", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    given = parser.parse_args()
    work = json.loads(given.work.read_text(encoding="utf-8"))
    found = run(given.engine, work, checked=given.checked, rounds=given.rounds, seconds=given.seconds)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
