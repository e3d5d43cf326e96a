"""What can go wrong with policy: the error tree of this package, named by who must act."""

from collections.abc import Iterable
from dataclasses import dataclass


class PolicyError(Exception):
    """Any failure of this package. Whoever meets it treats the action as denied.

    PolicyError
    |-- DocumentError  the author of a policy document must correct it
    |-- BundleError    whoever publishes the bundle must correct the set of documents
    |-- RecordError    whoever kept the history must give lines that are whole
    |-- PublicationError  whoever publishes must correct, sign or rebase the draft
    `-- EngineError    whoever starts or calls the engine must correct the call
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the author of a document must correct.

    `source` names the file. `rule_id` is empty when the document itself is wrong. `field` is the
    path from the rule (or from the document) to the place, for example `approval.count`.
    """

    source: str
    rule_id: str
    field: str
    message: str

    def __str__(self) -> str:
        rule = f"rule `{self.rule_id}`, " if self.rule_id else ""
        field = f"field `{self.field}`, " if self.field else ""
        return f"`{self.source}`, {rule}{field}".removesuffix(", ") + f": {self.message}"


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
