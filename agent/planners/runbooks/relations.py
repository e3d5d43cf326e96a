"""How people stand to each other, as far as a runbook asks the right questions and finds the right team by it.

Nothing here grants anything: whether somebody may have something done is said by policy, from its own look-ups.
"""

import re
from typing import Final

from agent.model.observation import Observation
from agent.planners.runbooks.runbook import Person
from agent.planners.wording import folded

# Usual names of the department that hires people. Which department it is in a tenant, its policy says.
_HR_NAMES: Final = frozenset(
    {
        *(
            "hr",
            "human resources",
            "people",
            "people operations",
            "people and culture",
            "people & culture",
            "personnel",
        ),
        *("personal", "personalabteilung", "personalwesen", "rh", "drh", "ressources humaines", "rrhh"),
        *("recursos humanos", "gestao de pessoas", "talent", "talent and culture"),
    }
)


# The beginnings of titles of people who lead others, in five languages; whoever assists them does not.
_LEADS: Final = re.compile(
    r"^(?:(?:senior|deputy|acting|interim|stellv\w*|co-?) )?(?:head(?: of|,)|team ?lead(?:er)?\b|lead(?:er)? of|chief\b"
    r"|director\b|supervisor\b|fore(?:man|woman)\b|(?:department|team|site|plant|shift|ward|store|office|operations"
    r"|general|regional) (?:manager|lead|supervisor)\b|managing director|\w*leiter(?:in)?\b|(?:\w+)?leitung\b"
    r"|chef(?:fe)? (?:de|du|d')|responsable (?:de|du|d'|des)|directeur\b|directrice\b|jef[ea] de|directora\b"
    r"|encargad[oa]\b"
    r"|coordinadora? de|gestora? d[eao]|diretora?\b|coordenadora? d[eao]|chefe d[eao])"
)


def is_administrator(person: Person, seen: tuple[Observation, ...]) -> bool:
    """Whether these look-ups show that the person holds a directory role, or could through a group."""
    mine = [one for one in seen if one.subject == person.id]
    return any(one.facts.get("roles") or one.facts.get("role_assignable") for one in mine)


def works_in_hr(person: Person) -> bool:
    """Whether the person's department bears a usual name of HR."""
    return folded(str(person.facts.get("department") or "")).strip() in _HR_NAMES


def is_lead(person: Person) -> bool:
    """Whether the person's title, which HR sets, is that of somebody who leads others."""
    return _LEADS.search(folded(str(person.facts.get("jobTitle") or ""))) is not None


def manages(requester: Person, manager: Observation) -> bool:
    """Whether the answer of `user.manager` about somebody names the requester."""
    return manager.state == "known" and manager.facts.get("id") == requester.id


def answers_for(requester: Person, manager: Observation) -> bool:
    """Whether the requester is the manager of the person whom the answer is about, or works in HR."""
    return manages(requester, manager) or works_in_hr(requester)


def is_synced(person: Person) -> bool:
    """Whether the account is mastered on-premises, where what is written here would be overwritten."""
    return person.facts.get("onPremisesSyncEnabled") is True
