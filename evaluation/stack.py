"""The local stack on which a corpus is played: the reference policy of its tenant, and a mailbox beside the portal.

Its processes go by the evaluation's clock, but for Azurite, which goes by the machine's.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from agent.actions import CATALOGUE
from devhost.reference_policy import rewrite_documents
from devhost.stack import LocalStack, Plan
from devhost.tenant_settings import SOURCE_ID, read_tenant
from evaluation.clock import Clock

ROOT: Final = Path(__file__).resolve().parents[1]
#: The ticket system as people reach it signed in, and as it turns mails into tickets: anybody may write those.
SOURCES: Final = {"portal": SOURCE_ID, "email": "service-desk-mail"}


class EvaluationStack(LocalStack):
    """A local stack with a source for tickets that were mails. `begins_at` is when its time begins."""

    def __init__(
        self, tenant: Path, state: Path, *, clock: Clock, begins_at: datetime, progress: Callable[[str], None]
    ) -> None:
        policies = rewrite_documents(read_tenant(tenant), state / "policy", catalogue=frozenset(CATALOGUE))
        super().__init__(Plan(root=ROOT, state=state, tenant=tenant, policies=policies), progress=progress)
        self._clock = clock
        self._begins_at = begins_at

    def wait_for(self, moment: datetime) -> None:
        """Bring every process, and this one, to `moment`, or leave them where it has passed.

        Raises:
            EvaluationError: a process does not follow the clock.
        """
        self._clock.wait_for(moment, followed_by=[one.pid for one in self._processes])

    @property
    def settings(self) -> dict[str, str]:
        """The function app's settings with one more source."""
        found = super().settings
        (portal,) = json.loads(found["REMIT_SOURCES"])
        mail = {**portal, "id": SOURCES["email"], "assurance": "email"}
        return {**found, "REMIT_SOURCES": json.dumps([portal, mail])}

    def _launch(
        self, name: str, command: list[str], *, environment: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        said = super()._launch(name, command, environment={**(environment or {}), **self._clock.environment})
        if name == "simulator":
            # The TLS library judges its certificates by the machine's time, so they are made before time moves.
            self._clock.start_at(self._begins_at)
        return said
