"""Seals working data with the tenant's own data key, so that deleting the vault deletes the data for good.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A sealed text is `v1.<key version>.<base64url of nonce and
ciphertext>`; tenant and purpose are authenticated with it, so it opens for nothing else.
"""

import base64
import os
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.errors import BrokenSealError, VaultError
from agent.vault.secrets import Secret, TenantVault
from policy.canonical import canonical_json

# A secret of 32 random bytes in base64url. A new version seals from then on; old versions still open old texts.
DATA_KEY = "remit-data-key"
KEY_BYTES = 32
NONCE_BYTES = 12

_SEALED = re.compile(r"v1\.([0-9A-Za-z-]{1,64})\.([0-9A-Za-z_-]+)")


class VaultSealer:
    """ports.Sealer over the vaults of the stack's tenants, by tenant id."""

    def __init__(self, vaults: Mapping[str, TenantVault]) -> None:
        self._vaults = dict(vaults)

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        """See ports.Sealer."""
        secret = await self._vault(tenant_id).secret(DATA_KEY)
        nonce = os.urandom(NONCE_BYTES)
        closed = AESGCM(data_key_in(secret)).encrypt(nonce, text.encode(), bound_to(tenant_id, purpose))
        return f"v1.{secret.version}.{to_text(nonce + closed)}"

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        """See ports.Sealer."""
        found = _SEALED.fullmatch(sealed)
        if found is None:
            raise BrokenSealError("expected text that was sealed as `v1`, got something else")
        version, body = found.group(1), to_bytes(found.group(2))
        secret = await self._vault(tenant_id).secret(DATA_KEY, version)
        try:
            opened = AESGCM(data_key_in(secret)).decrypt(
                body[:NONCE_BYTES], body[NONCE_BYTES:], bound_to(tenant_id, purpose)
            )
            return opened.decode()
        except (InvalidTag, ValueError):
            raise BrokenSealError(
                f"sealed text does not open for tenant `{tenant_id}` and purpose `{purpose}`"
            ) from None

    def _vault(self, tenant_id: str) -> TenantVault:
        if tenant_id not in self._vaults:
            raise VaultError(f"tenant `{tenant_id}` has no vault")
        return self._vaults[tenant_id]


def new_data_key() -> str:
    """Return a fresh data key in the form in which it is stored, for whoever sets up a vault."""
    return to_text(os.urandom(KEY_BYTES))


def data_key_in(secret: Secret) -> bytes:
    """Return the bytes of a tenant's data key.

    Raises:
        VaultError: the secret is no such key.
    """
    key = to_bytes(secret.text)
    if len(key) != KEY_BYTES:
        raise VaultError(f"expected `{KEY_BYTES}` bytes of base64url in secret `{DATA_KEY}`, got `{len(key)}`")
    return key


def bound_to(tenant_id: str, purpose: str) -> bytes:
    """Return what is authenticated with a sealed text, so that it opens for nothing else."""
    return canonical_json([tenant_id, purpose]).encode()


def to_text(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """Return the bytes of base64url with or without padding; b"" for anything that is not its one written form."""
    bare = text.rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
    return raw if to_text(raw) == bare else b""
