"""Runbooks: what guards the tenant's sign-in is to change, and somebody travels.

1. Less protection for a person ("without MFA", "never expires") is refused, whoever asks and however long.
2. A Conditional Access policy that is to be off, or only to report, is refused too. To leave a person out of a policy,
   and every change that is asked for elsewhere than on IT's console, is for the security team.
3. On the console, asked by somebody who holds a directory role: find the one policy that is named and plan to enable
   it. Who has to agree is policy's business.
4. A journey needs a country, days and a reason; what is missing is asked about. Then the security team has to agree:
   a membership in a group of exceptions that ends by itself is theirs to give.
"""

from typing import Any

from agent.lookups.names import name_of
from agent.lookups.tenant import ALL
from agent.model.clarification import About
from agent.planners.asks import Ask
from agent.planners.mail_phrases import quoted_text
from agent.planners.protection_phrases import FACTOR, POLICY_OFF, POLICY_ON, REASON, place_in
from agent.planners.reading.dates import date_range
from agent.planners.runbooks.it_console import is_it
from agent.planners.runbooks.proposing import planned
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, lacking, refuse
from agent.planners.wording import folded
from agent.ports import Proposal

# A journey that is longer than this is a move, and somebody else decides about it (docs/reference-policy.md, RP-14).
_MAX_DAYS = 14


def weaker_sign_in(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    yield background(requester)
    return refuse("the protection of a sign-in is not weakened for anybody, not for a short time either")


def conditional_access(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    (_, roles, _) = yield background(requester)
    # (1) (2)
    if POLICY_OFF.search(words) or FACTOR.search(words):
        return refuse("what protects every sign-in is not switched off, and nobody is left out of it")
    if not is_it(ask, roles) or not POLICY_ON.search(words):
        return hand_over("the request asks to change what guards the tenant's sign-in", queue="security")
    # (3)
    (seen,) = yield (("ca.policies", ALL),)
    if seen.state != "known":
        return hand_over("the policies could not be looked up", queue="security")
    fitting = [one for one in seen.facts["policies"] if _is_named(one, ask.words)]
    if len(fitting) != 1:
        doubt = lacking("details", "several" if fitting else "unknown", said="the policy's name")
        return hand_over("it cannot be told which policy is meant", queue="security", missing=doubt)
    return _enabled(fitting[0])


def _is_named(policy: dict[str, Any], words: str) -> bool:
    name = folded(name_of(policy))
    given = folded(quoted_text(words))
    return bool(name) and (name == given or (not given and name in folded(words)))


def _enabled(policy: dict[str, Any]) -> Proposal:
    params = {"policy_id": policy["id"], "target_name": name_of(policy)}
    states = {"state": "enabled", "was_state": policy.get("state")}
    reason = "IT asks on the console for a policy to be enabled"
    return planned(reason, ("entra.ca.policy.state", {**params, **states}), queue="security")


def travel(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    yield background(requester)
    # (1)
    if FACTOR.search(words):
        return refuse("the protection of a sign-in is not weakened for anybody, not for a short time either")
    # (4)
    days = date_range(ask.words, today=ask.today)
    place = place_in(ask.words, words)
    reason = REASON.search(words)
    wanted: tuple[tuple[object, About, str], ...] = (
        (days, "dates", ""),
        (place, "details", "country"),
        (reason, "reason", ""),
    )
    for given, about, said in wanted:
        if not given:
            why = "a journey needs its country, its days and a reason before anybody can allow it"
            return hand_over(why, queue="security", missing=lacking(about, "missing", said=said))
    length = (days.last - days.first).days + 1 if days else 0
    over = f", longer than {_MAX_DAYS} days" if length > _MAX_DAYS else ""
    return hand_over(
        f"a journey of {length} days{over} needs an exception that the security team gives", queue="security"
    )
