"""What somebody has ordered about the work of a case, of a tenant or of the whole stack: go on, pause or stop."""

from typing import Literal

from pydantic import AwareDatetime, Field

from agent.model.frozen import Frozen

Scope = Literal["case", "tenant", "stack"]
ControlState = Literal["running", "paused", "stopped"]

MAX_NAME = 200
MAX_WHY = 500


class Control(Frozen):
    """One order in force. `subject` is the id of the case or tenant; it is empty for the stack.

    `by` is the name that whoever gave the order gave with it, and `why` their reason. A control only ever holds
    work back: `running` is how things are without any.
    """

    scope: Scope
    subject: str = Field(max_length=100)
    state: ControlState
    by: str = Field(min_length=1, max_length=MAX_NAME)
    why: str = Field(min_length=1, max_length=MAX_WHY)
    at: AwareDatetime

    @property
    def sentence(self) -> str:
        """Who did what to what, and why: for the log, the console and a hand-over."""
        what = {"case": "the case", "tenant": "the tenant", "stack": "the whole stack"}[self.scope]
        done = {"running": "resumed", "paused": "paused", "stopped": "stopped"}[self.state]
        return f"{what} was {done} by {self.by}: {self.why}"
