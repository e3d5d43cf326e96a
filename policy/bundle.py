"""The documents in force together, as one immutable value with one digest."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from policy.canonical import canonical_json, digest
from policy.document import PolicyDocument, parse_document
from policy.errors import BundleError


@dataclass(frozen=True, slots=True)
class Bundle:
    """Documents sorted by their canonical JSON, and the SHA-256 of all of it.

    Equal digests mean equal decisions; the order in which documents were given, or rules written, is
    not kept. No documents at all is a bundle too: it denies everything.

    Raises:
        BundleError: two documents use the same rule or limit id.
    """

    documents: tuple[PolicyDocument, ...]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        kept = tuple(sorted(self.documents, key=lambda document: canonical_json(document.authored())))
        _refuse_shared_ids(kept)
        object.__setattr__(self, "documents", kept)
        object.__setattr__(self, "digest", digest([document.authored() for document in kept]))

    @classmethod
    def of(cls, documents: Iterable[PolicyDocument]) -> Self:
        """Return the bundle of these documents.

        Raises:
            BundleError: two documents use the same rule or limit id.
        """
        return cls(tuple(documents))

    def canonical_json(self) -> str:
        """Return the stored form: a JSON array of documents, the very text that `digest` hashes."""
        return canonical_json([document.authored() for document in self.documents])

    @classmethod
    def parse(cls, text: str, *, catalogue: frozenset[str]) -> Self:
        """Read the stored form. The digest is computed anew; compare it with the one you expect.

        Raises:
            BundleError: `text` is not a JSON array, or repeats a key or a rule id.
            DocumentError: a document is not valid with this `catalogue`.
        """
        try:
            items = json.loads(text, object_pairs_hook=_without_repeats)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"expected a JSON array of policy documents, got unreadable text: {error}") from None
        if not isinstance(items, list):
            raise BundleError("expected a JSON array of policy documents, got another JSON value")
        named = ((f"bundle document {place}", item) for place, item in enumerate(items, start=1))
        return cls.of(parse_document(item, source=source, catalogue=catalogue) for source, item in named)


def _refuse_shared_ids(documents: Iterable[PolicyDocument]) -> None:
    uses = Counter(entry.id for document in documents for entry in document.entries)
    shared = sorted(name for name, count in uses.items() if count > 1)
    if shared:
        names = ", ".join(f"`{name}`" for name in shared)
        raise BundleError(f"expected every rule id once in the bundle, got {names} more than once; rename one")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON readers keep the last of two equal keys, so a second `unless` could silently replace the first.
    for name, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise ValueError(f"the key `{name}` appears twice in one object")
    return dict(pairs)
