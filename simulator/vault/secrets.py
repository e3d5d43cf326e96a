"""The secrets of one vault: versions, soft deletion and who may touch them."""

from typing import Any

from simulator.errors import VaultError
from simulator.ids import Ids

# Key Vault keeps deleted secrets for 7 to 90 days; 90 is the default.
_RECOVERABLE_DAYS = 90
_DAY_SECONDS = 86_400
Bundle = dict[str, Any]


class Vault:
    """One vault. `readers` are the (tenant id, object id) pairs that hold a role on it.

    A version is `{version, value, contentType, tags, created, updated, enabled}`; times are unix seconds.
    """

    def __init__(self, tenant_id: str, *, readers: set[tuple[str, str]]) -> None:
        self.tenant_id = tenant_id
        self.readers = readers
        self._secrets: dict[str, list[Bundle]] = {}
        self._deleted: dict[str, Bundle] = {}

    def names(self) -> list[str]:
        """The names of the live secrets, sorted."""
        return sorted(self._secrets)

    def put(self, name: str, body: Bundle, *, ids: Ids, now: int) -> Bundle:
        """Add a version and return it.

        Raises:
            VaultError: (400) no value; (409) a deleted secret of that name still waits to be purged.
        """
        if not isinstance(body.get("value"), str):
            raise VaultError(400, "BadParameter", message="Property value is required.")
        if name in self._deleted:
            message = f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused."
            raise VaultError(409, "Conflict", message=message)
        version = {
            "version": ids.hex(),
            "value": body["value"],
            "contentType": body.get("contentType"),
            "tags": body.get("tags") or {},
            "created": now,
            "updated": now,
            "enabled": (body.get("attributes") or {}).get("enabled", True),
        }
        self._secrets.setdefault(name, []).append(version)
        return version

    def get(self, name: str, version: str) -> Bundle:
        """The named version, the latest for an empty `version`.

        Raises:
            VaultError: (404) no such secret or version; (403) it is disabled.
        """
        found = next((one for one in self.versions(name) if version in ("", one["version"])), None)
        if found is None:
            raise _not_found(name, version)
        if not found["enabled"]:
            raise VaultError(403, "Forbidden", message="Operation get is not allowed on a disabled secret.")
        return found

    def versions(self, name: str) -> list[Bundle]:
        """Every version, newest first.

        Raises:
            VaultError: (404) no such secret.
        """
        if name not in self._secrets:
            raise _not_found(name, "")
        return self._secrets[name][::-1]

    def delete(self, name: str, *, now: int) -> Bundle:
        """Move a secret to the deleted ones; returns `{versions, deleted, purge}` with unix times."""
        versions = self.versions(name)
        del self._secrets[name]
        self._deleted[name] = {
            "versions": versions[::-1],
            "deleted": now,
            "purge": now + _RECOVERABLE_DAYS * _DAY_SECONDS,
        }
        return self._deleted[name]

    def deleted(self, name: str) -> Bundle:
        """The deleted secret of that name.

        Raises:
            VaultError: (404) none is waiting.
        """
        if name not in self._deleted:
            raise VaultError(404, "SecretNotFound", message=f"Deleted Secret not found: {name}")
        return self._deleted[name]

    def purge(self, name: str) -> None:
        """Forget a deleted secret for good."""
        self.deleted(name)
        del self._deleted[name]

    def dump(self) -> Bundle:
        """Every secret in clear: this is a saved simulation, not a log."""
        return {"secrets": self._secrets, "deleted": self._deleted}

    def load(self, document: Bundle) -> None:
        """Take over what `dump` gave."""
        self._secrets, self._deleted = dict(document["secrets"]), dict(document["deleted"])


def _not_found(name: str, version: str) -> VaultError:
    shown = f"{name}/{version}" if version else name
    message = f"A secret with (name/id) {shown} was not found in this key vault."
    return VaultError(404, "SecretNotFound", message=message)
