"""Which accounts are one human's: an administrator often has two, and must not approve with one what the other asked.

Two accounts are one human's when
1. the tenant's settings list them together (`same_person`), or
2. they have the same `employeeId`, or the same `onPremisesImmutableId`, and it is not empty.

From an account the others follow by (1), then by (2) for all of these, then by (1) again. The directory is asked who
else has the value, so a person who is not otherwise looked at is found too. Where everybody has the same number,
everybody is one human, and nobody approves anything.
"""

from agent.notes import Notes
from agent.port_values import TenantProfile

_TIES = ("employeeId", "onPremisesImmutableId")


def identity_questions(person_id: str, tenant: TenantProfile) -> list[tuple[str, str]]:
    """Return what is asked first: the account, and those that are listed with it."""
    return [("user.approver", one) for one in sorted(_listed_with({person_id}, tenant))]


def account_questions(person_id: str, notes: Notes, *, tenant: TenantProfile) -> list[tuple[str, str]]:
    """Return what is asked then: who else has the same values."""
    listed = sorted(_listed_with({person_id}, tenant))
    return [pair for one in listed for pair in _ties_of(one, notes) or ()]


def accounts_of(person_id: str, notes: Notes, *, tenant: TenantProfile) -> frozenset[str] | None:
    """Return all accounts of the human whose account this is, itself among them; None when that is not known."""
    found = _listed_with({person_id}, tenant)
    for one in sorted(found):
        ties = _ties_of(one, notes)
        if ties is None:
            return None
        for name, subject in ties:
            facts = notes.facts(name, subject)
            same = {str(record["id"]) for record in (facts or {}).get("candidates", ())}
            # An answer without the account whose value was asked for is not about that value.
            if one not in same:
                return None
            found |= same
    return _listed_with(found, tenant)


def _ties_of(account_id: str, notes: Notes) -> list[tuple[str, str]] | None:
    """Return the questions who has this account's values; None when the values are not known."""
    seen = notes.of("user.approver", account_id)
    if seen is None or seen.state == "unknown":
        return None
    if seen.state == "absent":
        return []
    if any(name not in seen.facts for name in _TIES):
        return None
    return [("user.filter", f"{name}:{seen.facts[name]}") for name in _TIES if (seen.facts[name] or "").strip()]


def _listed_with(accounts: frozenset[str] | set[str], tenant: TenantProfile) -> frozenset[str]:
    together = (one for one in tenant.same_person if not one.isdisjoint(accounts))
    return frozenset(accounts).union(*together)
