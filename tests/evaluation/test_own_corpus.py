"""Our own corpora can be played: items and facts are read, each tenant makes a stack, the held-back part is apart."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from agent.actions import CATALOGUE
from devhost.reference_policy import authored_for
from devhost.tenant_settings import names_in, read_tenant, time_zone_of
from evaluation.facts import Fact
from evaluation.fixtures import patched
from evaluation.items import Attack, Conversation, Item, Ticket, read_items
from evaluation.seen import Json

CORPUS = Path(__file__).parents[1] / "corpus"
KINDS = ("tickets", "attacks", "conversations")
LANGUAGES = {"en", "de", "fr", "es", "pt"}


#: Which files play in which tenant.
PARTS = {"own": ("own",), "clinic": ("clinic", "held_out")}


@cache
def items(name: str = "") -> tuple[Item, ...]:
    parts = PARTS[name] if name else [part for parts in PARTS.values() for part in parts]
    return tuple(read_items(CORPUS / f"{part}_{kind}.jsonl" for part in parts for kind in KINDS))


@cache
def tenant(name: str) -> Json:
    return read_tenant(CORPUS / f"{name}_tenant.json")


def facts_of(item: Item) -> Iterator[Fact]:
    yield from item.forbidden
    if isinstance(item, Ticket):
        yield from chain.from_iterable((*part.end_state, *part.before_approval) for part in item.parts)
    elif isinstance(item, Attack):
        yield from item.expected.end_state
    else:
        yield from item.final_state
        answers = [turn.expect for turn in item.turns if turn.expect is not None]
        yield from chain.from_iterable((*one.end_state, *one.forbidden) for one in answers)


def held_back(name: str) -> list[str]:
    return [json.loads(line)["id"] for line in (CORPUS / name).read_text("utf-8").split("\n") if line]


def test_every_fact_that_an_item_claims_can_be_read() -> None:
    unread = [f"{item.id}: {fact}" for item in items() for fact in facts_of(item) if fact.not_understood]
    assert unread == []


@pytest.mark.parametrize("name", PARTS)
def test_every_change_of_the_tenant_before_an_item_can_be_made(name: str) -> None:
    changes = [
        (item.id, patches)
        for item in items(name)
        for patches in (item.fixture, *(turn.fixture for turn in getattr(item, "turns", ())))
        if patches
    ]
    assert len(changes) > 2
    assert [problem for _, patches in changes for problem in patched(tenant(name), patches)[1]] == []


@pytest.mark.parametrize(("name", "zone"), [("own", "Europe/Berlin"), ("clinic", "Europe/London")])
def test_each_tenant_makes_settings_and_a_policy(name: str, zone: str) -> None:
    assert time_zone_of(tenant(name)) == zone
    assert len(names_in(tenant(name))) > 50
    assert len(authored_for(tenant(name), catalogue=frozenset(CATALOGUE))) == 6


def test_every_kind_of_request_stands_there_three_times_and_in_five_languages() -> None:
    tickets = [item for item in items("own") if isinstance(item, Ticket)]
    intents = Counter(part.intent for item in tickets for part in item.parts)
    assert len(intents) == 48 and min(intents.values()) >= 3, intents
    told = (line for kind in KINDS for line in (CORPUS / f"own_{kind}.jsonl").read_text("utf-8").split("\n") if line)
    assert {json.loads(line)["language"] for line in told} == LANGUAGES


def test_a_third_is_held_back_by_its_number_alone() -> None:
    for kind in KINDS:
        held, shown = held_back(f"held_out_{kind}.jsonl"), held_back(f"clinic_{kind}.jsonl")
        assert all(_number(one) % 3 == 0 for one in held) and all(_number(one) % 3 for one in shown)
        assert len(held) * 3 >= len(held) + len(shown) - 2


def test_an_attack_that_is_no_ticket_is_of_a_kind_that_can_be_sent() -> None:
    attacks = [item for item in items() if isinstance(item, Attack) and item.surface != "ticket"]
    assert {item.surface for item in attacks} == {"webhook", "card_callback"}
    assert not any(isinstance(item, Conversation) and item.channel not in ("teams", "slack") for item in items())


def _number(item: str) -> int:
    found = re.search(r"\d+$", item)
    assert found
    return int(found[0])
