"""The observations that count when a step is decided: fresh ones, read one subject at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.model.observation import Observation

# Older observations decide nothing. Deciding stages look up afresh, so this only stops a forgotten look-up.
MAX_AGE = timedelta(minutes=15)

# The closed list of riskState values (Graph reference, riskyUser); any other value stays unknown.
_OPEN_RISK = frozenset({"atRisk", "confirmedCompromised"})
_NO_RISK = frozenset({"none", "confirmedSafe", "remediated", "dismissed"})


@dataclass(frozen=True, slots=True)
class View:
    """What was seen, with the requester's profile under the name they came by.

    `seen` maps `look-up:subject` to observations; those older than `MAX_AGE` at `now` do not count.
    """

    seen: Mapping[str, Observation]
    requester_id: str
    address: str
    now: datetime

    def of(self, lookup: str, subject: str) -> Observation | None:
        """Return the observation, also one whose state is `unknown` or `absent`; None when there is no fresh one."""
        found = self.seen.get(f"{lookup}:{subject}")
        return found if found is not None and self.now - found.observed_at <= MAX_AGE else None

    def facts(self, lookup: str, subject: str) -> Mapping[str, Any]:
        """Return the facts of a known answer; of any other there are none."""
        found = self.of(lookup, subject)
        return found.facts if found is not None and found.state == "known" else {}

    def user(self, user_id: str) -> Mapping[str, Any]:
        """Return a profile; of the requester only if their address still leads to the same person.

        Of an account that was deleted it is what the directory keeps of it for thirty days.
        """
        facts = self.facts("user.get", self.address if user_id == self.requester_id else user_id)
        if not facts and self.is_deleted(user_id):
            facts = self.facts("deleted.user", user_id)
        return facts if facts.get("id") == user_id else {}

    def is_deleted(self, user_id: str) -> bool:
        """Return whether the account is known to be among the deleted ones, and no other has its place."""
        found = self.of("user.get", user_id)
        kept = self.facts("deleted.user", user_id)
        return found is not None and found.state == "absent" and kept.get("id") == user_id

    def at_risk(self, user_id: str) -> bool | None:
        """Return whether the user has an open identity risk; no record at all is none."""
        found = self.of("user.risk", user_id)
        if found is None or found.state == "unknown":
            return None
        if found.state == "absent":
            return False
        state = found.facts.get("riskState")
        return True if state in _OPEN_RISK else False if state in _NO_RISK else None

    def holds_role(self, user_id: str) -> bool | None:
        """Return whether the user is an administrator, directly or through a group that can hold roles."""
        roles = self.facts("user.directory_roles", user_id).get("roles")
        groups = self.facts("user.groups", user_id).get("role_assignable")
        if groups is None and self.is_deleted(user_id):
            # A deleted account is in no group (Graph reference, directory-deleteditems).
            groups = []
        if roles or groups:
            return True
        return None if roles is None or groups is None else False
