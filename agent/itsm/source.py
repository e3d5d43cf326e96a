"""One configured ticket system: which tenant it speaks for, how far it is trusted, and its way back."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.errors import SettingsError
from agent.model.service_request import Assurance

_SOURCE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# The sources of what comes by chat and from the console's page; no ticket system may be taken for one of them.
CHAT_SOURCE = "teams"
OWN_SOURCES = frozenset({CHAT_SOURCE, "slack", "console"})
# Names of secrets as Key Vault allows them (1 to 127 letters, digits and dashes).
_SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """A ticket system as the operator configured it. Nothing in a webhook's body can change any of this.

    `id` is the last segment of the webhook's address. `secret_name` and `reply_secret_name` are names in the
    tenant's vault, never the secrets. `reply_url` is `https://...` or empty for a source without a way back;
    `{id}` in its path stands for the ticket's id.

    Raises:
        SettingsError: a field is malformed.
    """

    id: str
    tenant_id: str
    assurance: Assurance
    secret_name: str
    reply_url: str = ""
    reply_secret_name: str = ""

    def __post_init__(self) -> None:
        if not _SOURCE_ID.fullmatch(self.id):
            raise SettingsError(f"expected a source id of lower-case letters, digits and dashes, got `{self.id}`")
        if self.id in OWN_SOURCES:
            raise SettingsError(f"expected another source id than `{self.id}`, which is our own: rename the source")
        if not self.tenant_id:
            raise SettingsError(f"source `{self.id}` names no tenant: set its tenant id")
        if not _SECRET_NAME.fullmatch(self.secret_name):
            raise SettingsError(f"source `{self.id}` needs the vault name of its webhook secret")
        if self.reply_url:
            self._check_way_back()

    def _check_way_back(self) -> None:
        if not _SECRET_NAME.fullmatch(self.reply_secret_name):
            raise SettingsError(f"source `{self.id}` has a reply address and needs the vault name of its secret")
        try:
            parts = urlsplit(self.reply_url)
            parts.port  # noqa: B018 - reading it is what refuses a port that is not a number.
        except ValueError:
            raise SettingsError(f"the reply address of source `{self.id}` is not a URL") from None
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or "{" in parts.netloc:
            raise SettingsError(f"the reply address of source `{self.id}` must be https with a fixed host")
        if parts.query or parts.fragment:
            raise SettingsError(f"the reply address of source `{self.id}` must have no query and no fragment")
