"""The record of one write: the intent before it (attempt) and the answer after it (receipt)."""

from typing import Literal

from pydantic import AwareDatetime

from agent.model.frozen import Frozen


class Receipt(Frozen):
    """What Graph answered to one permitted write. `request_id` finds it in Microsoft's own logs."""

    status: int
    request_id: str
    created_id: str = ""
    token_id: str = ""
    answered_at: AwareDatetime


class Attempt(Frozen):
    """A write that is about to be made, made, or of unknown fate; stored before the request leaves.

    `kind` is `do` for a step's call and `undo` for its inverse. `sealed_before` and `sealed_secret` are
    encrypted with the tenant's data key. `state`: `intended` until the answer is stored; `not_done` when the
    write certainly did not happen, so it may be tried again. `tries` counts the sends of this call;
    it `is_doubtful` when an earlier one may have taken effect after all.
    """

    step_index: int
    kind: Literal["do", "undo"]
    step_digest: str
    call_digest: str
    client_request_id: str
    attempted_at: AwareDatetime
    state: Literal["intended", "answered", "not_done", "verified", "refuted", "unknown"] = "intended"
    tries: int = 1
    is_doubtful: bool = False
    sealed_before: str = ""
    sealed_secret: str = ""
    receipt: Receipt | None = None
