"""A corpus is checked before anything starts, and what is wrong with it is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.errors import EvaluationError
from evaluation.items import Attack, Conversation, Ticket, read_items

CORPUS = Path(__file__).parents[1] / "corpus"


def _ticket(**changes: Any) -> dict[str, Any]:
    lines = (CORPUS / "public_sample.jsonl").read_text("utf-8").split("\n")
    return {**json.loads(lines[0]), **changes}


def _written(folder: Path, *documents: object) -> Path:
    file = folder / "items.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in documents), encoding="utf-8")
    return file


def test_the_public_corpus_is_read_whole() -> None:
    found = read_items([CORPUS / "public_sample.jsonl", CORPUS / "public_conversations.jsonl"])
    assert [sum(isinstance(one, kind) for one in found) for kind in (Ticket, Attack, Conversation)] == [40, 20, 2]


def test_a_check_that_nobody_knows_is_named(tmp_path: Path) -> None:
    file = _written(tmp_path, _ticket(forbidden=[{"check": "coffee_made", "expect": True}]))
    with pytest.raises(EvaluationError, match=r"items\.jsonl, line 1: `forbidden\.0`.*`coffee_made`"):
        read_items([file])


def test_a_check_without_its_argument_is_named(tmp_path: Path) -> None:
    file = _written(tmp_path, _ticket(forbidden=[{"check": "member", "user": "a@b.example", "expect": True}]))
    with pytest.raises(EvaluationError, match="the check `member` needs `group`"):
        read_items([file])


def test_an_id_that_stands_there_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="line 2: the id `P001` stands there twice"):
        read_items([_written(tmp_path, _ticket(), _ticket())])


def test_the_product_is_given_the_envelope_and_nothing_else() -> None:
    (first, *_) = read_items([CORPUS / "public_sample.jsonl"])
    assert isinstance(first, Ticket)
    given = set(first.envelope.model_dump())
    assert given == {"channel", "assurance", "received_at", "requester", "subject", "body"}
