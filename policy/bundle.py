"""The documents in force together, as one immutable value with one digest."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from pydantic import TypeAdapter

from policy.collector import collector_paused
from policy.document import PolicyDocument, parse_document
from policy.errors import BundleError
from policy.foreign import without_repeats


@dataclass(frozen=True, slots=True)
class Bundle:
    """Documents sorted by their canonical JSON, and the SHA-256 of all of it.

    Equal digests mean equal decisions; the order in which documents were given, or rules written, is
    not kept. No documents at all is a bundle too: it denies everything. `rule_digests` has the digest of
    every rule and limit by its id, as decisions carry them (`rule_digests_of`).

    Raises:
        BundleError: two documents use the same rule or limit id.
    """

    documents: tuple[PolicyDocument, ...]
    digest: str = field(init=False)
    rule_digests: Mapping[str, str] = field(init=False, compare=False)
    _text: str = field(init=False)

    def __post_init__(self) -> None:
        written = sorted((_Written(document) for document in self.documents), key=lambda one: one.text)
        kept = tuple(one.document for one in written)
        _refuse_shared_ids(kept)
        text = f"[{','.join(one.text for one in written)}]"
        digests = {name: found for one in written for name, found in one.rule_digests.items()}
        object.__setattr__(self, "documents", kept)
        object.__setattr__(self, "digest", _sha256(text))
        object.__setattr__(self, "rule_digests", MappingProxyType(digests))
        object.__setattr__(self, "_text", text)

    @classmethod
    def of(cls, documents: Iterable[PolicyDocument]) -> Self:
        """Return the bundle of these documents.

        Raises:
            BundleError: two documents use the same rule or limit id.
        """
        return cls(tuple(documents))

    def canonical_json(self) -> str:
        """Return the stored form: a JSON array of documents, the very text that `digest` hashes."""
        return self._text

    @classmethod
    @collector_paused()
    def parse(cls, text: str, *, catalogue: frozenset[str]) -> Self:
        """Read the stored form. The digest is computed anew; compare it with the one you expect.

        Raises:
            BundleError: `text` is not a JSON array, or repeats a key or a rule id.
            DocumentError: a document is not valid with this `catalogue`.
        """
        try:
            # INVARIANT: only a text that comes out again to the letter is taken this way. It holds no repeated key,
            # null or other spelling, for none of them is ever written; and nothing that a rule says is lost.
            bundle = cls(_STORED.validate_json(text, strict=True, context=catalogue))
            if bundle.canonical_json() == text:
                return bundle
        except (ValueError, BundleError):
            pass  # What is wrong is said below, in the author's words.
        return cls.of(_documents_in(text, catalogue=catalogue))


class _Written:
    """One document with its canonical text, of which the text of every rule and limit is a part."""

    __slots__ = ("document", "rule_digests", "text")

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        self.rule_digests: dict[str, str] = {}
        place = _canonical([document.layer.value, document.tenant]).removesuffix("]")
        fields: dict[str, str] = {}
        for name, value in document.authored().items():
            if name in ("limits", "rules"):
                texts = {entry["id"]: _canonical(entry) for entry in value}
                self.rule_digests |= {rule_id: _sha256(f"{place},{text}]") for rule_id, text in texts.items()}
                fields[name] = f"[{','.join(texts.values())}]"
            else:
                fields[name] = _canonical(value)
        self.text = f"{{{','.join(f'{_canonical(name)}:{fields[name]}' for name in sorted(fields))}}}"


_STORED: Final = TypeAdapter(tuple[PolicyDocument, ...])

# As `policy.canonical` writes, without its search for floats: a document that was accepted holds none, and the
# search costs as much as the writing.
_canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def rule_digests_of(document: PolicyDocument) -> Mapping[str, str]:
    """Return, by id, the SHA-256 of every rule and limit: of canonical JSON `[layer, tenant, rule]`."""
    return _Written(document).rule_digests


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _documents_in(text: str, *, catalogue: frozenset[str]) -> Iterable[PolicyDocument]:
    try:
        items = json.loads(text, object_pairs_hook=without_repeats)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"expected a JSON array of policy documents, got unreadable text: {error}") from None
    if not isinstance(items, list):
        raise BundleError("expected a JSON array of policy documents, got another JSON value")
    named = ((f"bundle document {place}", item) for place, item in enumerate(items, start=1))
    return (parse_document(item, source=source, catalogue=catalogue) for source, item in named)


def _refuse_shared_ids(documents: Iterable[PolicyDocument]) -> None:
    uses = Counter(name for document in documents for name in document.ids)
    shared = sorted(name for name, count in uses.items() if count > 1)
    if shared:
        names = ", ".join(f"`{name}`" for name in shared)
        raise BundleError(f"expected every id once in the bundle, got {names} more than once; rename one")
