"""The key of one case: it encrypts what the case knows, and with it all of that is gone when the case closes.

Each case has a key of its own, 32 random bytes that are stored only wrapped: sealed with the tenant's data key
(`ports.Sealer`), bound to tenant and case. AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; a case is
saved some hundred times, far below the 2^32 encryptions that the standard allows under one key.
"""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.errors import BrokenSealError, DamagedError, KeyUnavailableError, VaultError
from agent.ports import Sealer
from agent.storage.rows import compressed, decompressed
from policy.canonical import canonical_json

KEY_BYTES = 32
NONCE_BYTES = 12

Bound = Sequence[str | int]


@dataclass(frozen=True, slots=True, repr=False)
class CaseKey:
    """A case's key in the clear, for the length of one call, and `wrapped`, as it is stored."""

    wrapped: str
    raw: bytes

    def seal(self, text: str, *, bound_to: Bound) -> bytes:
        """Return `text` compressed and encrypted: the nonce, then ciphertext and tag.

        `bound_to` is authenticated with it; what is sealed opens for exactly the same values and for nothing else.

        Raises:
            DoesNotFitError: the text is larger than any that is ever read.
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.raw).encrypt(nonce, compressed(text), _bytes_of(bound_to))

    def open(self, sealed: bytes, *, bound_to: Bound) -> str | None:
        """Return the text that `seal` was given, or None if it was sealed for something else or altered since."""
        try:
            plain = AESGCM(self.raw).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bytes_of(bound_to))
        except (InvalidTag, ValueError):
            return None
        return decompressed(plain)


class CaseKeys:
    """Makes, wraps and unwraps the keys of cases. It keeps none: the tenant's key is remembered by its vault alone."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def new(self, tenant_id: str, case_id: str) -> CaseKey:
        """Return a fresh key for a case.

        Raises:
            KeyUnavailableError: the tenant's data key cannot be had.
        """
        raw = os.urandom(KEY_BYTES)
        text = base64.b64encode(raw).decode()
        try:
            wrapped = await self._sealer.seal(tenant_id, purpose=_purpose(case_id), text=text)
        except VaultError as error:
            raise _unavailable(tenant_id, case_id, error=error) from None
        return CaseKey(wrapped, raw)

    async def opened(self, tenant_id: str, case_id: str, *, wrapped: str) -> CaseKey:
        """Return the key that `new` wrapped for this tenant and case.

        Raises:
            KeyUnavailableError: the tenant's data key cannot be had.
            DamagedError: it did not wrap this key, or wrapped it for somebody else.
        """
        try:
            text = await self._sealer.open(tenant_id, purpose=_purpose(case_id), sealed=wrapped)
        except BrokenSealError as error:
            # It is this case's alone: the tenant's key is there, and its other cases go on.
            raise DamagedError(
                f"the key of case `{case_id}` of tenant `{tenant_id}` cannot be opened: {error}"
            ) from None
        except VaultError as error:
            raise _unavailable(tenant_id, case_id, error=error) from None
        return CaseKey(wrapped, base64.b64decode(text))


def _purpose(case_id: str) -> str:
    return f"case/{case_id}/key"


def _unavailable(tenant_id: str, case_id: str, *, error: VaultError) -> KeyUnavailableError:
    place = f"the key of case `{case_id}` of tenant `{tenant_id}`"
    return KeyUnavailableError(f"{place} cannot be had: {error}", tenant_id=tenant_id)


def _bytes_of(bound_to: Bound) -> bytes:
    return canonical_json(list(bound_to)).encode()
