"""The local stack on which a corpus is played: the reference policy of its tenant, and a mailbox beside the portal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.actions import CATALOGUE
from devhost.reference_policy import rewrite_documents
from devhost.stack import LocalStack, Plan
from devhost.tenant_settings import SOURCE_ID, read_tenant

ROOT: Final = Path(__file__).resolve().parents[1]
#: The ticket system as people reach it signed in, and as it turns mails into tickets: anybody may write those.
SOURCES: Final = {"portal": SOURCE_ID, "email": "service-desk-mail"}


class EvaluationStack(LocalStack):
    """A local stack with a source for tickets that were mails."""

    def __init__(self, tenant: Path, state: Path, *, progress: Callable[[str], None]) -> None:
        policies = rewrite_documents(read_tenant(tenant), state / "policy", catalogue=frozenset(CATALOGUE))
        super().__init__(Plan(root=ROOT, state=state, tenant=tenant, policies=policies), progress=progress)

    @property
    def settings(self) -> dict[str, str]:
        """The function app's settings with one more source."""
        found = super().settings
        (portal,) = json.loads(found["REMIT_SOURCES"])
        mail = {**portal, "id": SOURCES["email"], "assurance": "email"}
        return {**found, "REMIT_SOURCES": json.dumps([portal, mail])}
