"""Values too long for a row of a table: noise that no packing makes shorter, and what a case can hold of it."""

import base64
import random
from datetime import timedelta

from agent.actions import parse_step
from agent.model.case import Case, Stage
from agent.model.observation import Observation
from agent.model.plan import Plan, Step
from agent.storage.payloads import Payloads, StoredPayload
from tests.conformance.samples import NOW

# More than a column may be, and more than a whole row of a table holds, also when it is packed.
LONG, MILLION = 90_000, 1_500_000


def noise(characters: int, *, seed: int = 0) -> str:
    """Return so much text that stays as long as it is when it is packed, but for a quarter."""
    return base64.b64encode(random.Random(seed).randbytes(characters * 3 // 4 + 3)).decode()[:characters]


def long_plan(steps: int = 300) -> Plan:
    """Return a plan of so many steps, each with words of its own."""
    return Plan(summary="s", reason="r", steps=tuple(_reply(number) for number in range(steps)))


def long_case(stored: Case, *, seed: int = 0, characters: int = LONG) -> Case:
    """Return the case with so much seen."""
    facts = {"displayName": noise(characters, seed=seed)}
    seen = Observation(lookup="user.get", subject="1", state="known", facts=facts, observed_at=NOW)
    return stored.evolve(seen={"user.get:1": seen})


def closing(stored: Case, *, why: str = "") -> Case:
    """Return the case as it closes; `why` is kept."""
    return stored.evolve(
        stage=Stage.CLOSED, outcome="resolved", closed_at=NOW + timedelta(minutes=1), why=why, handoff=None
    )


async def stored_of(payloads: Payloads, case_id: str) -> list[StoredPayload]:
    """Return the payloads that there are of one case."""
    return [one async for one in payloads.stored() if one.case_id == case_id]


def _reply(number: int) -> Step:
    was = {
        "status": "disabled",
        "external_audience": "none",
        "internal_html": noise(3_000, seed=number),
        "external_html": "",
        "starts_at": "2026-03-04T05:06:07.0000000",
        "ends_at": "2026-03-05T05:06:07.0000000",
    }
    reply = {"status": "alwaysEnabled", "external_audience": "none", "internal_text": noise(1_000, seed=-number)}
    user_id = f"11111111-0000-4000-8000-{number:012d}"
    return parse_step("exo.autoreply.set", {"user_id": user_id, **reply, "was": was})
