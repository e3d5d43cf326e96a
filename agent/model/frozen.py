"""The one pydantic base of every noun: immutable, and closed to fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that cannot change and refuses unknown fields, so a typo never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")
