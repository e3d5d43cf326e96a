"""Seals what a browser keeps for us between two requests, with a key made from the tenant's data key.

AES-256-GCM with a random 96-bit nonce, under a key of its own (HKDF, RFC 5869): what is sealed for a browser never
opens as working data of a case, and the other way round. Tenant and purpose are authenticated with it.

Unlike `VaultSealer` it opens with the current version of the data key only, and the text names none: anybody can send
a cookie, and nobody may make us ask the vault for versions that do not exist. After a rotation people sign in again.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agent.errors import BrokenSealError, VaultError
from agent.vault.sealer import DATA_KEY, KEY_BYTES, NONCE_BYTES, bound_to, data_key_in, to_bytes, to_text
from agent.vault.secrets import TenantVault

_INFO = b"remit console cookie v1"


class CookieSealer:
    """ports.Sealer over the vaults of the stack's tenants, for short-lived text that comes back from outside."""

    def __init__(self, vaults: Mapping[str, TenantVault]) -> None:
        self._vaults = dict(vaults)

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        """See ports.Sealer. The sealed text is base64url without padding, so it needs no escaping in a cookie."""
        nonce = os.urandom(NONCE_BYTES)
        closed = (await self._cipher(tenant_id)).encrypt(nonce, text.encode(), bound_to(tenant_id, purpose))
        return to_text(nonce + closed)

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        """See ports.Sealer."""
        cipher, body = await self._cipher(tenant_id), to_bytes(sealed)
        # There is one way to write a sealed text.
        if to_text(body) != sealed:
            body = b""
        try:
            opened = cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound_to(tenant_id, purpose))
            return opened.decode()
        except (InvalidTag, ValueError):
            raise BrokenSealError(
                f"sealed text does not open for tenant `{tenant_id}` and purpose `{purpose}`"
            ) from None

    async def _cipher(self, tenant_id: str) -> AESGCM:
        if tenant_id not in self._vaults:
            raise VaultError(f"tenant `{tenant_id}` has no vault")
        data_key = data_key_in(await self._vaults[tenant_id].secret(DATA_KEY))
        return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_INFO).derive(data_key))
