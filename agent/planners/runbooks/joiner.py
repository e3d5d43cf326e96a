"""Runbook: somebody starts at the company and needs an account.

1. HR asks, or the new colleague's manager, who has reports already or a title to lead by. Whoever else asks is told no
   before anything is asked back; where all is said, policy tells them.
2. Read full name, start, department, manager and place. What is missing is asked for, by name.
3. Find the manager, and look up risk and roles of the requester.
4. Make the sign-in name as the requester's own is made: given and family name in plain letters. One that is taken gets
   a number, unless it is somebody of the same name: then a person looks.
5. Find the licence, if one is named. Without a free seat the account is made all the same, and procurement goes on.
6. Plan the account, its manager and its licence, approved as one. The first password goes to the manager, or to the
   one who asks, because the newcomer cannot be reached yet. The account can be used from the approval on.
"""

from collections.abc import Generator
from typing import Any

from agent.actions import UnknownActionError, parse_step
from agent.lookups.tenant import ALL, TENANT, seats_left
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.exact import named_products
from agent.planners.newcomer_phrases import Newcomer, lacks, newcomer_in
from agent.planners.products import part_numbers
from agent.planners.runbooks.licence import one_sku
from agent.planners.runbooks.profile import manager_step
from agent.planners.runbooks.relations import is_lead, works_in_hr
from agent.planners.runbooks.resolving import find_person
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import (
    Inquiry,
    Person,
    Question,
    background,
    hand_over,
    lacking,
    plan_of,
    refuse,
    then_hand_over,
)
from agent.planners.sign_in_names import sign_in_name
from agent.planners.wording import folded, same_words
from agent.ports import Proposal

_MAX_NUMBER = 4
_NOT_ENTITLED = "a new account is asked for by HR or by the new colleague's manager"


def joiner(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    *seen, reports = yield (*background(requester), ("user.direct_reports", requester.id))
    if problem := at_risk(*seen):
        return problem
    leads = bool(reports.facts.get("reports")) or is_lead(requester)
    found = newcomer_in(ask.words, today=ask.today)
    is_mine = found.manager == "me"
    entitled = works_in_hr(requester) or (leads and (is_mine or not found.manager))
    if is_mine and not entitled:
        return refuse(_NOT_ENTITLED)
    # (2)
    if missing := lacks(found):
        said = ", ".join(missing)
        asked = lacking("details", "missing", said=said)
        return (
            hand_over(f"of the new colleague is missing: {said}", queue="hr", missing=asked)
            if entitled
            else refuse(_NOT_ENTITLED)
        )
    # (3)
    manager = requester
    if not is_mine:
        other = yield from find_person(found.manager)
        if isinstance(other, Proposal):
            return other if entitled else refuse(_NOT_ENTITLED)
        manager = other
    if manager.id == requester.id and not (leads or works_in_hr(requester)):
        return refuse(_NOT_ENTITLED)
    if not manager.enabled:
        return hand_over("the manager who is named has no account in use", queue="hr")
    return (yield from _set_up(found, requester, manager=manager, words=ask.words))


def _set_up(found: Newcomer, requester: Person, *, manager: Person, words: str) -> Inquiry:
    # (4)
    upn = yield from _free_name(found, requester)
    if isinstance(upn, Proposal):
        return upn
    (org, skus) = yield (("tenant.org", TENANT), ("tenant.skus", ALL))
    country = _country(found, (manager, requester), org=org)
    try:
        created = _creation(found, upn=upn, country=country, receiver=manager)
    except UnknownActionError:
        missing = lacking("details", "unknown", said="name")
        return hand_over("the directory does not take what is said of the new colleague", queue="hr", missing=missing)
    assert created.creates is not None, "an account that is created can be gone on with"
    person = Person(id=created.creates.stand_in, name=found.called, enabled=True, facts={})
    steps = (created, manager_step(person, manager, was=""))
    # (5)
    licensed = _licence(words, person, skus=skus)
    if isinstance(licensed, Proposal) and licensed.handover_to != "procurement":
        return licensed
    # (6)
    why = f"a new colleague starts on {found.start}; the account can be used from the approval on"
    if isinstance(licensed, Proposal):
        return then_hand_over(plan_of(why, steps), "procurement", why=licensed.why)
    return plan_of(why, (*steps, *licensed))


NameFound = Generator[tuple[Question, ...], tuple[Observation, ...], str | Proposal]


def _free_name(found: Newcomer, requester: Person) -> NameFound:
    _, _, domain = str(requester.facts.get("userPrincipalName") or "").partition("@")
    local = sign_in_name(found.given, found.family)
    if not domain or "#" in domain or not local:
        return hand_over("no sign-in name can be made of this name", queue="identity")
    for number in range(1, _MAX_NUMBER + 1):
        upn = f"{local}{'' if number == 1 else number}@{domain}"
        taken, kept = yield (("user.filter", f"userPrincipalName:{upn}"), ("user.filter", f"mail:{upn}"))
        if taken.state == "unknown" or kept.state == "unknown":
            return hand_over("whether the sign-in name is free could not be learned", queue="identity")
        people = [*taken.facts.get("candidates", ()), *kept.facts.get("candidates", ())]
        if not people:
            return upn
        if any(same_words(str(one.get("displayName")), found.called) for one in people):
            return hand_over("somebody of this very name has an account already", queue="hr")
    return hand_over("no free sign-in name was found", queue="identity")


def _creation(found: Newcomer, *, upn: str, country: str | None, receiver: Person) -> Step:
    return parse_step(
        "entra.user.create",
        {
            "upn": upn,
            "called": found.called,
            "nickname": upn.partition("@")[0],
            "given": found.given,
            "family": found.family,
            "department": found.department,
            "job": found.job or None,
            "office": found.location,
            "country": country,
            "receiver_id": receiver.id,
            "user_name": receiver.name,
        },
    )


def _country(found: Newcomer, colleagues: tuple[Person, ...], *, org: Observation) -> str | None:
    """Return where the account is used: as of a colleague at the same place, or else where the organisation is."""
    for one in colleagues:
        place = folded(str(one.facts.get("officeLocation") or ""))
        country = one.facts.get("usageLocation")
        if place and place == folded(found.location) and isinstance(country, str):
            return country
    country = org.facts.get("countryLetterCode")
    return country if isinstance(country, str) and len(country) == 2 else None


def _licence(words: str, person: Person, *, skus: Observation) -> tuple[Step, ...] | Proposal:
    named = named_products(folded(words))
    if not named:
        return ()
    sku = one_sku(skus, part_numbers(named[0]), name=named[0])
    if isinstance(sku, Proposal):
        return sku
    if not seats_left(sku):
        return hand_over("every licence of the kind asked for is in use", queue="procurement")
    return (_assigned(sku, person),)


def _assigned(sku: dict[str, Any], person: Person) -> Step:
    whose = {"user_id": person.id, "user_name": person.name}
    given = {"sku_id": sku["skuId"], "sku_name": sku["skuPartNumber"], "disabled_plans": []}
    return parse_step("entra.license.assign", {**whose, **given})
