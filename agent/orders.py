"""What somebody may order, as it comes in: pause, resume, modify, stop, and the result of a drill."""

import re
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from agent.channels.plain_text import plain_text
from agent.errors import BadRequestError
from agent.model.control import MAX_NAME, MAX_WHY, ControlState, Scope
from agent.model.frozen import Frozen

MAX_BODY_BYTES = 65_536
EXPECTED_CASE_ID: Final = "expected a case id of 32 hex characters, as in the address of its page"
_CASE_ID: Final = re.compile(r"[0-9a-f]{32}")

STATE_OF: dict[str, ControlState] = {"pause": "paused", "resume": "running", "stop": "stopped"}


class DrillResult(Frozen):
    """How many cases were at work when an order came, the writes around it, and how long the last answers took.

    `under_way` counts writes begun before the order and answered after it, `begun_after` those begun after it. The
    times are None when no write was under way, or none of them is answered: nothing was measured.
    """

    order: Literal["pause", "stop"]
    cases: int = Field(ge=0)
    under_way: int = Field(ge=0)
    begun_after: int = Field(ge=0)
    p50_ms: int | None = Field(ge=0)
    p99_ms: int | None = Field(ge=0)
    most_ms: int | None = Field(ge=0)

    @model_validator(mode="after")
    def _invents_no_time(self) -> Self:
        times = (self.p50_ms, self.p99_ms, self.most_ms)
        if any(one is None for one in times) != all(one is None for one in times):
            raise ValueError("expected all of `p50_ms`, `p99_ms` and `most_ms`, or none")
        if not self.under_way and self.p50_ms is not None:
            raise ValueError("expected no time where no write was under way")
        return self


class Order(Frozen):
    """One order about exactly one case, one tenant or the whole stack. `step` counts from 1, as people do."""

    order: Literal["pause", "resume", "modify", "stop", "drill"]
    case: str = ""
    tenant: str = Field(default="", max_length=36)
    stack: bool = False
    by: str = Field(min_length=1, max_length=MAX_NAME)
    why: str = Field(min_length=1, max_length=MAX_WHY)
    step: int = Field(default=0, ge=0)
    params: dict[str, Any] = {}
    drop: bool = False
    result: DrillResult | None = None

    @field_validator("case")
    @classmethod
    def _is_a_case_id(cls, case: str) -> str:
        if case and not is_case_id(case):
            raise ValueError(EXPECTED_CASE_ID)
        return case

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if sum([bool(self.case), bool(self.tenant), self.stack]) != 1:
            raise ValueError("expected exactly one of `case`, `tenant` and `stack`")
        if (self.order == "modify") != bool(self.step):
            raise ValueError("expected `step`, from 1, for the order `modify` and for no other")
        if self.order == "modify" and not self.case:
            raise ValueError("expected a `case` to modify")
        if self.order == "modify" and self.drop == bool(self.params):
            raise ValueError("expected either `drop` or new `params`")
        if (self.order == "drill") != (self.result is not None) or (self.order == "drill" and self.case):
            raise ValueError("expected `result` for the order `drill` on a tenant or the stack, and for no other")
        return self

    @property
    def scope(self) -> Scope:
        """What the order is about."""
        return "case" if self.case else "tenant" if self.tenant else "stack"

    @property
    def subject(self) -> str:
        """The id of the case or tenant, in lower case; empty for the stack."""
        return self.case or self.tenant.lower()


def is_case_id(text: str) -> bool:
    """Whether a text has the form of a case id: 32 hex characters in lower case."""
    return _CASE_ID.fullmatch(text) is not None


def parse_order(body: bytes) -> Order:
    """Return the order in an HTTP body; names and reasons become one harmless line each.

    Raises:
        BadRequestError: 413 for a body that is too large, 400 for one that is no order; the message says what to mend.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BadRequestError(f"expected at most {MAX_BODY_BYTES} bytes, got more", status=413)
    try:
        order = Order.model_validate_json(body)
        return order.model_copy(
            update={"by": _line(order.by, "by", most=MAX_NAME), "why": _line(order.why, "why", most=MAX_WHY)}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the order"
        raise BadRequestError(f"`{place[:80]}`: {first['msg'].removeprefix('Value error, ')}", status=400) from None


def _line(text: str, name: str, *, most: int) -> str:
    line = plain_text(text, most).strip()
    if not line:
        raise BadRequestError(f"`{name}`: expected words, got none", status=400)
    return line
