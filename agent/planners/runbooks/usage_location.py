"""Where an account is used: Graph gives no licence to one that does not say so.

1. As of colleagues who work at the same place and have the licence already, where they all agree; or else where the
   organisation is.
2. Where neither is known nothing is written: the country decides what Microsoft may sell and by which law.
"""

from collections.abc import Generator

from agent.actions import parse_step
from agent.lookups.tenant import TENANT
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.runbooks.runbook import Person, Question
from agent.planners.wording import folded

LocationFound = Generator[tuple[Question, ...], tuple[Observation, ...], tuple[Step, ...]]


def location_first(person: Person, sku_id: str) -> LocationFound:
    """Return the step that says where the person's account is used, or none when that cannot be told."""
    (org, holders) = yield (("tenant.org", TENANT), ("sku.holders", sku_id))
    # (1)
    place = folded(str(person.facts.get("officeLocation") or "")).strip()
    near = [one for one in holders.facts.get("holders", []) if place and _place(one) == place]
    countries = {one.get("usageLocation") for one in near} - {None} or {org.facts.get("countryLetterCode")}
    country = countries.pop() if len(countries) == 1 else None
    # (2)
    if not (isinstance(country, str) and len(country) == 2 and country.isascii() and country.isupper()):
        return ()
    change = {"field": "usageLocation", "to": country, "was": None}
    params = {"user_id": person.id, "user_name": person.name, "changes": [change]}
    return (parse_step("entra.user.profile.update", params),)


def _place(holder: dict[str, object]) -> str:
    return folded(str(holder.get("officeLocation") or "")).strip()
