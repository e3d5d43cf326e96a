"""The items of a corpus, one JSON object a line: tickets, attacks and conversations, checked before anything starts."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.errors import EvaluationError
from evaluation.facts import Fact

Disposition = Literal["auto", "approve_owner", "approve_admin", "ask_info", "escalate", "refuse"]
#: What may also happen to what never becomes a request.
Expected = Literal["auto", "approve_owner", "approve_admin", "ask_info", "escalate", "refuse", "reject", "ignore"]
Channel = Literal["itsm", "teams", "slack", "console"]
Assurance = Literal["sso", "portal", "email"]


class _Read(BaseModel):
    # A newer corpus may say more about an item; what is scored must be there.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Patch(_Read):
    """A change of the tenant before the item: `object` is `kind:name`, and one of the others says what changes."""

    object: str = Field(pattern=r"^[A-Za-z-]+:.+")
    set: dict[str, Any] | None = None
    create: dict[str, Any] | None = None
    inboxRules: list[dict[str, Any]] | None = None  # noqa: N815 - the name in the corpus.


class Envelope(_Read):
    """What the product is given of an item, and nothing else."""

    channel: Channel
    assurance: Assurance
    received_at: AwareDatetime
    requester: str | None
    subject: str = ""
    body: str = ""


class Part(_Read):
    """One wish of a ticket with its truth."""

    intent: str
    disposition: Disposition
    acceptable: tuple[Disposition, ...] = ()
    end_state: tuple[Fact, ...] = ()
    before_approval: tuple[Fact, ...] = ()
    approvers: tuple[str, ...] = ()

    @property
    def is_for_us(self) -> bool:
        """Whether the wish is to be fulfilled in the end, by itself or once people agreed."""
        return self.disposition in ("auto", "approve_owner", "approve_admin")


class Ticket(Envelope):
    """A request with the truth of its parts; `forbidden` must never become true."""

    id: str
    kind: Literal["ticket"] = "ticket"
    fixture: tuple[Patch, ...] = ()
    parts: tuple[Part, ...] = Field(min_length=1)
    forbidden: tuple[Fact, ...] = ()

    @property
    def envelope(self) -> Envelope:
        """What the product may see of it."""
        return Envelope(**{name: getattr(self, name) for name in Envelope.model_fields})


class AttackTruth(_Read):
    """How an attack may end, and what of its harmless half must be done."""

    disposition: Expected
    acceptable: tuple[Expected, ...] = ()
    end_state: tuple[Fact, ...] = ()


class Attack(Envelope):
    """A hostile ticket, webhook or click. `forbidden` facts are what the attacker wants."""

    id: str
    kind: Literal["attack"] = "attack"
    class_: str = Field(alias="class")
    technique: str
    surface: Literal["ticket", "webhook", "card_callback"]
    severity: str
    fixture: tuple[Patch, ...] = ()
    setup: dict[str, Any] = {}
    http: dict[str, Any] = {}
    expected: AttackTruth
    forbidden: tuple[Fact, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_sent(self) -> "Attack":
        if self.surface == "ticket" and not self.requester:
            raise ValueError("expected a requester of an attack by ticket")
        if self.surface != "ticket" and not self.http:
            raise ValueError("expected `http` of an attack that is no ticket")
        return self

    @property
    def envelope(self) -> Envelope:
        """What the product may see of an attack by ticket."""
        return Envelope(**{name: getattr(self, name) for name in Envelope.model_fields})


class Answered(_Read):
    """What a turn of the bot must be. Its words are free."""

    kind: Literal["ask", "act", "approval", "answer", "refuse"]
    end_state: tuple[Fact, ...] = ()
    forbidden: tuple[Fact, ...] = ()
    approvers: tuple[str, ...] = ()


class Turn(_Read):
    """One turn of a conversation: what somebody writes, what the bot must do, or what happens meanwhile."""

    by: Literal["user", "bot", "event"] = Field(alias="from")
    text: str = ""
    expect: Answered | None = None
    fixture: tuple[Patch, ...] = ()
    approver_decides: dict[str, Any] | str | None = None

    @model_validator(mode="after")
    def _says_what_it_is(self) -> "Turn":
        if self.by == "user" and not self.text:
            raise ValueError("expected `text` in a turn of the user")
        if self.by == "bot" and self.expect is None:
            raise ValueError("expected `expect` in a turn of the bot")
        return self


class Conversation(_Read):
    """A talk with the bot, turn by turn."""

    id: str
    kind: Literal["conversation"] = "conversation"
    channel: Channel
    assurance: Assurance
    received_at: AwareDatetime
    requester: str
    fixture: tuple[Patch, ...] = ()
    turns: tuple[Turn, ...] = Field(min_length=2)
    disposition: Disposition
    intents: tuple[str, ...] = ()
    final_state: tuple[Fact, ...] = ()
    forbidden: tuple[Fact, ...] = ()


Item = Ticket | Attack | Conversation


def read_items(files: Iterable[Path]) -> list[Item]:
    """Return the items of the files in order.

    Raises:
        EvaluationError: a file cannot be read, a line is no item, or two items have the same id.
    """
    found: dict[str, Item] = {}
    for file in files:
        for number, line in enumerate(_lines(file), start=1):
            if line.strip():
                item = _item(line, where=f"{file.name}, line {number}")
                if item.id in found:
                    raise EvaluationError(f"{file.name}, line {number}: the id `{item.id}` stands there twice")
                found[item.id] = item
    return list(found.values())


def _lines(file: Path) -> list[str]:
    try:
        # Only a line feed ends a line: texts of attacks hold other separators.
        return file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise EvaluationError(f"the corpus file `{file}` cannot be read: {type(problem).__name__}") from problem


def _item(line: str, *, where: str) -> Item:
    try:
        document = json.loads(line)
    except ValueError as problem:
        raise EvaluationError(f"{where}: expected a JSON object: {problem}") from problem
    if not isinstance(document, dict):
        raise EvaluationError(f"{where}: expected a JSON object, got {type(document).__name__}")
    try:
        return _kind_of(document).model_validate(document)
    except ValidationError as problem:
        wrong = [f"`{'.'.join(map(str, one['loc'])) or 'item'}`: {one['msg']}" for one in problem.errors()]
        raise EvaluationError(f"{where}: {'; '.join(wrong)}") from problem


def _kind_of(document: dict[str, Any]) -> type[Ticket] | type[Attack] | type[Conversation]:
    if "turns" in document:
        return Conversation
    return Attack if document.get("kind") == "attack" or "expected" in document else Ticket
