"""What can go wrong with policy: the error tree of this package, named by who must act."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from policy.foreign import in_ticks


class PolicyError(Exception):
    """Any failure of this package. Whoever meets it treats the action as denied.

    PolicyError
    |-- DocumentError  the author of a policy document must correct it
    |-- BundleError    whoever publishes the bundle must correct the set of documents
    |-- RecordError    whoever kept the history must give lines that are whole
    |-- PublicationError  whoever publishes must correct, sign or rebase the draft
    `-- EngineError    whoever starts or calls the engine must correct the call

    AlreadyInForceError is a PublicationError after which nobody must act: what was wanted is so.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the author of a document must correct.

    `source` names the file. `rule_id` is empty when the document itself is wrong, and else the id of what `kind` says;
    a kind `id` is an id that several parts of the document have. `field` is the path from the rule (or from the
    document) to the place, for example `approval.count`. All three are kept as they were written, and told in backticks
    that they cannot end.
    """

    source: str
    rule_id: str
    field: str
    message: str
    kind: Literal["rule", "limit", "example", "assertion", "id"] = "rule"

    def __str__(self) -> str:
        named = f"{self.kind} {in_ticks(self.rule_id)}, " if self.rule_id else ""
        field = f"field {in_ticks(self.field)}, " if self.field else ""
        return f"{in_ticks(self.source)}, {named}{field}".removesuffix(", ") + f": {self.message}"


class DocumentError(PolicyError):
    """A document was refused as a whole; `problems` lists everything found, in document order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BundleError(PolicyError):
    """Documents that are fine one by one cannot be in force together, or a stored bundle is unreadable."""


class EngineError(PolicyError):
    """The engine was started without one tenant, or asked about a decision that is not its own."""


class RecordError(PolicyError):
    """A recorded decision cannot be read; the message names its line. Nothing of the history is used."""


class PublicationError(PolicyError):
    """A draft may not come in force; `reasons` lists everything that is missing or in the way, one sentence each."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class AlreadyInForceError(PublicationError):
    """The bundle with the digest `bundle` is what the tenant runs under, so that nothing is to be done."""

    def __init__(self, bundle: str, reason: str) -> None:
        self.bundle = bundle
        super().__init__([reason])
