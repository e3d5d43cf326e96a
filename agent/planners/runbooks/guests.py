"""Runbook: somebody from outside is to come in as a guest, or a guest is to go.

To let one in:
1. A guest invites nobody, and with an open risk of the requester nobody comes in.
2. The address and the group, team or site are needed; whichever is missing is asked for.
3. Who has the address already is put into the group; somebody new is invited first, in the same plan, so that people
   see the whole. Which domains are welcome, and who is asked, is policy's business.

To let one go:
4. Find the one guest by address or name; a member of the tenant is none.
5. Out of a group when one is named, or else the account itself. Whether the requester owns the group or answers for the
   guest, policy sees.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agent.actions import UnknownActionError, parse_step
from agent.lookups.name_search import any_of
from agent.lookups.names import name_of
from agent.lookups.tenant import TENANT
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.entities.people import ADDRESS, mentions, terms_for_people
from agent.planners.runbooks.group_access import guest_refused, unwritable
from agent.planners.runbooks.named import PersonFound
from agent.planners.runbooks.places import GroupsMeant, groups_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, person_of, plan_of
from agent.planners.wording import folded
from agent.ports import Proposal

Group = dict[str, Any]

_MAX_GUESTS: Final = 5
# Somebody wants the account gone, not only its access to one place. On folded text.
_ACCOUNT: Final = re.compile(
    r"\b(?:account|guest user|konto|gast\w*konto|gastbenutzer|compte|utilisateur invite|cuenta|usuario invitado|conta"
    r"|utilizador convidado)\b"
)


def guest_invite(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, 1 to 3."""
    # (1)
    if problem := guest_refused(requester):
        return problem
    if problem := at_risk(*(yield background(requester))):
        return problem
    # (2)
    addresses = tuple(dict.fromkeys(one.casefold() for one in ADDRESS.findall(f"{ask.person} {ask.words}")))
    if not addresses:
        why = "the request does not give the address of the guest"
        return hand_over(why, missing=lacking("address", "missing"))
    if len(addresses) > _MAX_GUESTS:
        return hand_over(f"the request is about {len(addresses)} guests, more than {_MAX_GUESTS}")
    groups = yield from _places(ask, requester)
    if isinstance(groups, Proposal):
        return groups
    # (3)
    (tenant,) = yield (("tenant.org", TENANT),)
    known = yield tuple(("user.get", one) for one in addresses)
    if lost := next((one for one in (tenant, *known) if one.state == "unknown"), None):
        return hand_over(f"it could not be learned who is there already ({lost.problem})")
    return (yield from _let_in(dict(zip(addresses, known, strict=True)), groups, tenant=name_of(tenant.facts)))


def _places(ask: Ask, requester: Person) -> GroupsMeant:
    """Return the writable groups for which a guest comes; names in an address name no group."""
    plain = replace(ask, words=ADDRESS.sub(" ", ask.words), thing="" if "@" in ask.thing else ask.thing)
    groups = yield from groups_meant(plain, requester, kind="team")
    if isinstance(groups, Proposal):
        return groups
    yield tuple(("group.owners", str(group["id"])) for group in groups)
    return next(filter(None, map(unwritable, groups)), None) or groups


def _let_in(known: Mapping[str, Observation], groups: Sequence[Group], *, tenant: str) -> Inquiry:
    there = [(person_of(seen), group) for seen in known.values() if seen.state == "known" for group in groups]
    seen = yield tuple(("group.member", f"{group['id']}/{who.id}") for who, group in there)
    if lost := next((one for one in seen if one.state != "known"), None):
        return hand_over(f"it could not be learned who is in the group ({lost.problem or lost.state})")
    outside = [pair for pair, one in zip(there, seen, strict=True) if not one.facts["is_member"]]
    steps = [_joins(group, who.id, name=who.name) for who, group in outside]
    for address in (address for address, seen in known.items() if seen.state == "absent"):
        try:
            invited = _invitation(address, groups[0], tenant=tenant)
        except UnknownActionError:
            why = "the address of the guest cannot be one"
            return hand_over(why, missing=lacking("address", "unknown", said=address))
        assert invited.creates is not None, "an invitation makes an account"
        name = str(invited.params["called"])
        steps += [invited, *(_joins(group, invited.creates.stand_in, name=name) for group in groups)]
    if not steps:
        return answer(
            "the guest is in the group already", "Whom you want to invite is there already. Nothing was changed."
        )
    return plan_of("the request asks to let somebody from outside into a group", tuple(steps))


def _invitation(address: str, group: Group, *, tenant: str) -> Step:
    # What people see until the guest gives a name of their own; the address stands in the title.
    called = " ".join(part.capitalize() for part in re.split(r"[._+-]+", address.partition("@")[0]) if part) or address
    params = {"mail": address, "called": called, "group_id": group["id"], "target_name": tenant}
    return parse_step("entra.guest.invite", params)


def _joins(group: Group, user_id: str, *, name: str) -> Step:
    params = {"group_id": group["id"], "group_name": name_of(group), "user_id": user_id, "user_name": name}
    return parse_step("entra.group.member.add", params)


def guest_remove(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above, 4 and 5."""
    if problem := guest_refused(requester):
        return problem
    yield background(requester)
    # (4)
    guest = yield from _guest(ask)
    if isinstance(guest, Proposal):
        return guest
    # (5)
    if _ACCOUNT.search(folded(ask.words)):
        return _deleted(guest)
    said = words_without(ask.words, guest)
    groups = yield from _places(replace(ask, words=said, thing="" if guest.name in ask.thing else ask.thing), requester)
    if isinstance(groups, Proposal):
        is_unsaid = groups.missing is not None and groups.missing.doubt != "several"
        return _deleted(guest) if is_unsaid and not ask.thing else groups
    seen = yield tuple(("group.member", f"{group['id']}/{guest.id}") for group in groups)
    if lost := next((one for one in seen if one.state != "known"), None):
        return hand_over(f"it could not be learned who is in the group ({lost.problem or lost.state})")
    inside = [group for group, one in zip(groups, seen, strict=True) if one.facts["is_member"]]
    if not inside:
        return hand_over("the guest is not in the group that the request names")
    return plan_of("the request asks to take a guest out of a group", tuple(_leaves(group, guest) for group in inside))


def words_without(words: str, guest: Person) -> str:
    """Return the words without the guest's address and names, which name no group."""
    plain = ADDRESS.sub(" ", words)
    names = [name for field in ("displayName", "givenName", "surname") if (name := str(guest.facts.get(field) or ""))]
    for name in names:
        plain = re.sub(rf"\b{re.escape(name)}\b", " ", plain, flags=re.IGNORECASE)
    return plain


def _guest(ask: Ask) -> PersonFound:
    text = f"{ask.person} {ask.words}"
    if address := next(iter(ADDRESS.findall(text)), ""):
        (seen,) = yield (("user.get", address),)
        if seen.state == "absent":
            why = "nobody in the directory has the address in the request"
            return hand_over(why, missing=lacking("person", "unknown", said=address))
        return _only_guest(seen)
    if not (subject := any_of(terms_for_people(text))):
        return hand_over("the request does not say which guest", missing=lacking("person", "missing"))
    (found,) = yield (("user.search", subject),)
    if found.state == "unknown" or not found.facts.get("complete", True):
        return hand_over("the guest in the request could not be looked up")
    guests = [one for one in found.facts.get("candidates", []) if one.get("userType") == "Guest"]
    named = {str(one["id"]) for mention in mentions(text, guests) for one in mention.people}
    if len(named) != 1:
        doubt = lacking("person", "several" if named else "unknown")
        return hand_over(f"the request names {len(named)} guests that the directory knows", missing=doubt)
    (seen,) = yield (("user.get", named.pop()),)
    return _only_guest(seen)


def _only_guest(seen: Observation) -> Person | Proposal:
    if seen.state != "known":
        return hand_over(f"the guest could not be looked up ({seen.problem or seen.state})")
    if seen.facts.get("userType") != "Guest":
        return hand_over("whom the request calls a guest is a member of the tenant", queue="identity")
    return person_of(seen)


def _deleted(guest: Person) -> Proposal:
    step = parse_step("entra.user.delete", {"user_id": guest.id, "user_name": guest.name})
    return plan_of("the request asks to delete the account of a guest", (step,))


def _leaves(group: Group, guest: Person) -> Step:
    params = {"group_id": group["id"], "group_name": name_of(group), "user_id": guest.id, "user_name": guest.name}
    return parse_step("entra.group.member.remove", params)
