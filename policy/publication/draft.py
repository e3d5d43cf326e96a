"""A draft: the bundle that somebody wants in force for one tenant, and what it was based on."""

import re
from dataclasses import dataclass
from typing import Final, Self

from policy.bundle import Bundle
from policy.canonical import canonical_json, digest
from policy.decision import Layer
from policy.errors import PublicationError

# As in a policy document: it names a partition in storage, and every comparison is in lower case.
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
MAX_NOTE_CHARACTERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class InForce:
    """What a tenant runs under at this moment. `digest` is empty when nothing was ever published.

    `bundle` is None then, and also when the stored bundle cannot be read with today's catalogue: its digest is
    known all the same, so that a correction can be based on it.
    """

    digest: str = ""
    bundle: Bundle | None = None

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Return the state in which `bundle` is in force."""
        return cls(bundle.digest, bundle)

    @property
    def is_unreadable(self) -> bool:
        """Whether something is in force that cannot be read."""
        return bool(self.digest) and self.bundle is None


NOTHING_IN_FORCE: Final = InForce()


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle proposed for `tenant_id` by `author`, made when `based_on` was in force; empty when nothing was.

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "tenant_id", self.tenant_id.lower())
        reasons = []
        if not _TENANT.fullmatch(self.tenant_id):
            reasons.append(f"expected the id of one tenant, got `{self.tenant_id}`")
        if not self.author.strip():
            reasons.append("expected the name of the author, got nothing")
        if len(self.note) > MAX_NOTE_CHARACTERS:
            reasons.append(f"expected a note of at most {MAX_NOTE_CHARACTERS} characters, got {len(self.note)}")
        if reasons:
            raise PublicationError(reasons)

    @property
    def digest(self) -> str:
        """The SHA-256 over bundle, tenant, base, author and note: the draft's name."""
        named = {"author": self.author, "based_on": self.based_on, "bundle": self.bundle.digest}
        return digest({**named, "note": self.note, "tenant_id": self.tenant_id})

    def changes_global_layer(self, in_force: InForce) -> bool:
        """Whether the Global layer that applies to the tenant differs in any word from the one in force.

        Rules added, changed and removed count, and so do tests in these documents. When the bundle in force
        cannot be read nobody can say what changes, so it does.
        """
        if in_force.is_unreadable:
            return True
        return self._global_layer(self.bundle) != self._global_layer(in_force.bundle or Bundle.of(()))

    def _global_layer(self, bundle: Bundle) -> list[str]:
        here = [one for one in bundle.documents if one.layer is Layer.GLOBAL and one.tenant in ("*", self.tenant_id)]
        return sorted(canonical_json(one.authored()) for one in here)
