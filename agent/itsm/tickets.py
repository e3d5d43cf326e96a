"""Reads the body of a verified ticket webhook: a new ticket, or a comment; it refuses whatever it must guess.

The body is foreign: fields that we do not know are ignored, fields that we use are checked strictly, and
the tenant, the source and the assurance come from the source's own record, never from the body. Who asks, and who
wrote a comment, comes from the ticket system's own field for that person, and never from what was written.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from agent.errors import BadRequestError
from agent.itsm.source import SourceProfile
from agent.model.service_request import ServiceRequest

#: The one event that opens a case.
CREATED = "ticket.created"
#: The one event that may answer a question; it opens nothing.
COMMENTED = "ticket.commented"
#: Events that ticket systems send and that change nothing here. The last three are our own, sent back to us.
IGNORED = frozenset(
    {
        "ticket.updated",
        "ticket.assigned",
        "ticket.resolved",
        "ticket.closed",
        "ticket.reopened",
        "ticket.deleted",
        "ticket.comment",
        "ticket.question",
        "ticket.handoff",
    }
)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Addresses in Entra ID are ASCII. Look-alike letters from other scripts are refused rather than looked up.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


class _Foreign(BaseModel):
    """Strict about what we read, deaf to the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


_Model = TypeVar("_Model", bound=_Foreign)


class _Requester(_Foreign):
    email: Annotated[str, StringConstraints(max_length=256)] | None = None
    entraObjectId: Annotated[str, StringConstraints(max_length=36)] | None = None  # noqa: N815 - the wire's name.

    @property
    def person(self) -> str:
        """The object id if given, else the address: an id cannot be re-assigned, an address can."""
        return (self.entraObjectId or self.email or "").lower()

    @model_validator(mode="after")
    def _names_one_person(self) -> "_Requester":
        # A malformed object id is refused and never skipped: falling back would pick another person's name.
        if self.entraObjectId is not None and not _GUID.fullmatch(self.entraObjectId.lower()):
            raise ValueError("`entraObjectId` is not an object id")
        if self.email is not None and not _EMAIL.fullmatch(self.email):
            raise ValueError("`email` is not an address")
        if self.entraObjectId is None and self.email is None:
            raise ValueError("expected `entraObjectId` or `email`")
        return self


class _Ticket(_Foreign):
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    summary: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    description: Annotated[str, StringConstraints(max_length=32_000)] | None = None
    requester: _Requester

    @model_validator(mode="after")
    def _says_something(self) -> "_Ticket":
        if not self.id.strip("."):
            # The id becomes a segment of the reply's address, where dots alone mean another folder.
            raise ValueError("expected an `id` of more than dots")
        if not (self.summary or "").strip() and not (self.description or "").strip():
            raise ValueError("expected a `summary` or a `description`")
        return self


class _Data(_Foreign):
    ticket: _Ticket


class _Commented(_Foreign):
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    text: Annotated[str, StringConstraints(max_length=32_000)]
    author: _Requester
    via: Literal["portal", "email"] | None = None


class _TicketId(_Foreign):
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _CommentData(_Foreign):
    ticket: _TicketId
    comment: _Commented


class _CommentBody(_Foreign):
    data: _CommentData


class _Envelope(_Foreign):
    type: str = Field(max_length=200)


class _Created(_Foreign):
    data: _Data


@dataclass(frozen=True, slots=True)
class TicketComment:
    """A comment as it came. `author` is an object id, or an address in lower case.

    `is_mail`: it may have come as a mail, whose sender anybody can forge: the ticket system does not say otherwise.
    """

    ticket_id: str
    id: str
    author: str
    text: str = field(repr=False)
    is_mail: bool


def comment_in(body: bytes) -> TicketComment | None:
    """Return the comment that a verified webhook's body tells of, or None for every other event.

    Raises:
        BadRequestError: 400, with one line that names the field, for anything malformed.
    """
    parsed = _parse(body)
    if _read(_Envelope, parsed).type != COMMENTED:
        return None
    data = _read(_CommentBody, parsed).data
    said = data.comment
    return TicketComment(data.ticket.id, said.id, said.author.person, said.text, is_mail=said.via != "portal")


def to_service_request(body: bytes, *, source: SourceProfile, received_at: datetime) -> ServiceRequest | None:
    """Return the request in a verified webhook's body, or None for an event that concerns nobody here.

    The caller answers None with 202 and forgets it.

    Raises:
        BadRequestError: 400, with one line that names the field, for anything malformed and for event types
            that are not known at all.
    """
    parsed = _parse(body)
    event = _read(_Envelope, parsed).type
    if event in IGNORED or event == COMMENTED:
        return None
    if event != CREATED:
        raise _bad("`type`: not an event of tickets that is known here")
    ticket = _read(_Created, parsed).data.ticket
    return ServiceRequest(
        tenant_id=source.tenant_id,
        source=source.id,
        external_id=ticket.id,
        channel="itsm",
        requester=ticket.requester.person,
        assurance=source.assurance,
        subject=ticket.summary or "",
        text=ticket.description or "",
        received_at=received_at,
    )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
        parsed = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _bad("body: expected UTF-8") from None
    except RecursionError:
        raise _bad("body: nested too deeply") from None
    except ValueError:
        raise _bad("body: expected JSON") from None
    if not isinstance(parsed, dict):
        raise _bad("body: expected a JSON object")
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers of one text must not see two different values, so a repeated key is refused.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _bad("body: a key is repeated in one object")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise _bad("body: NaN and Infinity are not JSON")


def _read(model: type[_Model], parsed: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    raise _bad(f"`{field}`: {reason[0].lower()}{reason[1:]}")


def _bad(reason: str) -> BadRequestError:
    return BadRequestError(reason, status=400)
