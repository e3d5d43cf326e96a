"""The mutants that no test can kill because they change nothing, each with the reason why."""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.errors import BenchError

ALLOWED_FILE: Final = Path(__file__).with_name("mutants_allowed.toml")


class Allowed(BaseModel):
    """One mutant that may survive. The fields but `reason` are those of `Mutant.key`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    within: str
    before: str
    after: str
    occurrence: int = 1
    reason: str = Field(pattern=r"^[A-Z].{20,}\.$")

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """The key of the mutant that is meant."""
        return self.file, self.within, self.before, self.after, self.occurrence

    def __str__(self) -> str:
        return f"{self.file} in `{self.within or 'the module'}`: `{self.before}` -> `{self.after}`"


class _AllowedFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed: tuple[Allowed, ...] = ()


def read_allowed(path: Path = ALLOWED_FILE) -> tuple[Allowed, ...]:
    """Return the entries of `path`.

    Raises:
        BenchError: the file is malformed, an entry has no reason in a whole sentence, or stands there twice.
    """
    try:
        entries = _AllowedFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).allowed
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BenchError(f"`{path.name}` is not usable: {error}") from None
    if len({one.key for one in entries}) != len(entries):
        raise BenchError(f"expected every mutant once in `{path.name}`, got one twice")
    return entries
