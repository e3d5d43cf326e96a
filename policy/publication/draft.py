"""A draft: the bundle that somebody wants in force for one tenant, and what it was based on."""

import re
from dataclasses import dataclass
from typing import Final, Self

from policy.bundle import Bundle
from policy.canonical import canonical_json, digest
from policy.decision import Layer
from policy.errors import PublicationError
from policy.field import lowered
from policy.foreign import shown

# As in a policy document: it names a partition in storage, and every comparison is in lower case.
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
MAX_NOTE_CHARACTERS: Final = 2_000
# Letters that look alike, or that are not seen at all, would let one person sign as two.
PERSON: Final = re.compile(r"[!-~]+( [!-~]+)*")
PERSON_WORDS: Final = "an object id, an address or a name in plain ASCII"


@dataclass(frozen=True, slots=True)
class InForce:
    """What a tenant runs under at this moment. `digest` is empty when nothing was ever published.

    `number` is its place in the tenant's history, 0 when it has none: the same bundle may come in force twice.

    `bundle` is None then, and also when the stored bundle cannot be read with today's catalogue: its digest is
    known all the same, so that a correction can be based on it.
    """

    digest: str = ""
    bundle: Bundle | None = None
    number: int = 0

    @classmethod
    def of(cls, bundle: Bundle, *, number: int = 0) -> Self:
        """Return the state in which `bundle` is in force."""
        return cls(bundle.digest, bundle, number)

    @property
    def is_unreadable(self) -> bool:
        """Whether something is in force that cannot be read."""
        return bool(self.digest) and self.bundle is None


NOTHING_IN_FORCE: Final = InForce()


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle proposed for `tenant_id` by `author`, made when `based_on` was in force; empty when nothing was.

    `based_on_number` is the place in the history of what was in force. Without it, signatures of long ago would
    count again as soon as a roll back brings back the bundle that they were based on.

    `author` is a name that the caller has authenticated. `note` says why, for the signers and the history. A
    draft is never changed: another bundle, base or note is another draft with another digest.

    Raises:
        PublicationError: the tenant's id is malformed, the author is blank, or the note is too long.
    """

    tenant_id: str
    bundle: Bundle
    author: str
    based_on: str
    note: str = ""
    based_on_number: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tenant_id", lowered(self.tenant_id))
        reasons = []
        if not _TENANT.fullmatch(self.tenant_id):
            reasons.append(f"expected the id of one tenant, got {shown(self.tenant_id)}")
        if not PERSON.fullmatch(self.author):
            reasons.append(f"expected the author as {PERSON_WORDS}, got {self.author!a}")
        if len(self.note) > MAX_NOTE_CHARACTERS:
            reasons.append(f"expected a note of at most {MAX_NOTE_CHARACTERS} characters, got {len(self.note)}")
        if reasons:
            raise PublicationError(reasons)

    @property
    def digest(self) -> str:
        """The SHA-256 over bundle, tenant, base, author and note: the draft's name."""
        named = {"author": self.author, "bundle": self.bundle.digest, "note": self.note, "tenant_id": self.tenant_id}
        return digest({**named, "based_on": self.based_on, "based_on_number": self.based_on_number})

    def is_on(self, in_force: InForce) -> bool:
        """Whether the draft was made on top of exactly what is in force, and not of an earlier time of the same."""
        return (self.based_on, self.based_on_number) == (in_force.digest, in_force.number)

    def changes_global_layer(self, in_force: InForce) -> bool:
        """Whether the Global layer that applies to the tenant differs in any word from the one in force.

        Rules added, changed and removed count, and so do tests in these documents. When the bundle in force
        cannot be read nobody can say what changes, so it does.
        """
        if in_force.is_unreadable:
            return True
        return self._global_layer(self.bundle) != self._global_layer(in_force.bundle or Bundle.of(()))

    def _global_layer(self, bundle: Bundle) -> list[str]:
        here = [one for one in bundle.documents if one.layer is Layer.GLOBAL and one.is_for(self.tenant_id)]
        return sorted(canonical_json(one.authored()) for one in here)
