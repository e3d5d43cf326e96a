"""Runbooks: mail that is to be sent on, and rules of an inbox.

1. Mail is never sent on by a rule of ours, outside or inside: refused, whoever asks. Mail of somebody who left, or of
   somebody else, is content of another person: that is for the legal team.
2. To stop one's own forwarding: look up the own rules, and switch off those that send mail on.
3. A rule of the own inbox that is to stop or to go is named, or is the only one; else ask which. It is switched off
   rather than deleted where somebody else may have made it: that is evidence, and the security team hears of it.
4. A new rule, and rules of somebody else's inbox, are for people.
"""

import re
from typing import Any

from agent.planners.asks import Ask
from agent.planners.mail_phrases import FORMER, MY_MAIL, NEW_RULE, OFF, OUTSIDE, SUSPICIOUS, addresses_in
from agent.planners.runbooks.proposing import Wanted, planned
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.runbook import (
    Inquiry,
    Person,
    answer,
    background,
    hand_over,
    lacking,
    refuse,
    then_hand_over,
)
from agent.planners.sayings import quoted, say
from agent.planners.wording import folded
from agent.ports import Proposal

Rule = dict[str, Any]

_SENDS_ON = ("forwardTo", "redirectTo", "forwardAsAttachmentTo")
_NO_FORWARDING = "mail of this organisation is not sent on by a rule; a shared mailbox or an automatic reply can help"
_FOUND_STRANGE = "the requester does not know a rule of their inbox, so somebody else may have been in the mailbox"


def forwarding(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    # (2)
    if OFF.search(words) and MY_MAIL.search(words):
        return (yield from _stop_sending_on(ask, requester))
    # (1)
    is_mine = MY_MAIL.search(words) is not None
    if not is_mine and FORMER.search(words) and not OUTSIDE.search(words) and not addresses_in(ask.words):
        return hand_over("the request is about mail of somebody who left", queue="legal")
    return refuse(_NO_FORWARDING)


def _stop_sending_on(ask: Ask, requester: Person) -> Inquiry:
    (seen,) = yield (("mailbox.rules", requester.id),)
    yield background(requester)
    if seen.state != "known":
        return hand_over("the rules of the mailbox could not be read", queue="exchange")
    sending = [one for one in seen.facts["rules"] if one.get("isEnabled") and _sends_on(one)]
    if not sending:
        # Forwarding of a whole mailbox is Exchange's own setting, which Graph does not show.
        return hand_over("no rule of the requester's inbox sends mail on, so it is set in Exchange", queue="exchange")
    return planned(
        "the requester asks that their mail is no longer sent on",
        *(_switched_off(one, requester) for one in sending),
        queue="exchange",
    )


def _sends_on(rule: Rule) -> bool:
    done = rule.get("actions") or {}
    return any(done.get(name) for name in _SENDS_ON)


def inbox_rule(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    wants_off = OFF.search(words) is not None
    # (1)
    if not wants_off and (addresses_in(ask.words) or OUTSIDE.search(words)):
        return refuse(_NO_FORWARDING)
    # (4)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    if person.id != requester.id:
        return refuse("rules of an inbox are changed only for the person whose mailbox it is")
    is_strange = SUSPICIOUS.search(words) is not None
    if NEW_RULE.search(words) and not is_strange:
        return hand_over("no action of ours makes a new rule in an inbox", queue="exchange")
    # (3)
    (seen,) = yield (("mailbox.rules", requester.id),)
    yield background(requester)
    if seen.state != "known":
        return hand_over("the rules of the mailbox could not be read", queue="exchange")
    rules: list[Rule] = seen.facts["rules"]
    if not wants_off and not is_strange:
        return _listed(ask, rules)
    return _ended(ask, rules, requester=requester, is_strange=is_strange)


def _listed(ask: Ask, rules: list[Rule]) -> Proposal:
    names = ", ".join(filter(None, (quoted(one.get("displayName")) for one in rules[:20])))
    text = say("rules_seen", ask.language, rules=names) if names else say("no_rules", ask.language)
    return answer("the requester asks which rules their inbox has", text)


def _ended(ask: Ask, rules: list[Rule], *, requester: Person, is_strange: bool) -> Proposal:
    words = folded(ask.words)
    fitting = [one for one in rules if _is_named(one, words)] or (rules if len(rules) == 1 else [])
    if len(fitting) != 1 and is_strange:
        return hand_over(_FOUND_STRANGE, queue="security")
    if len(fitting) != 1:
        why = "it cannot be told which rule of the inbox is meant" if rules else "the inbox has no rules"
        doubt = lacking("details", "several" if rules else "unknown", said="the rule's name")
        return hand_over(why, queue="exchange", missing=doubt)
    rule = fitting[0]
    if is_strange or not _is_to_go(words):
        proposal = planned("the request asks to stop one inbox rule", _switched_off(rule, requester), queue="exchange")
        return then_hand_over(proposal, "security", why=_FOUND_STRANGE) if is_strange and proposal.plan else proposal
    return planned("the requester asks to delete one of their inbox rules", _deleted(rule, requester), queue="exchange")


def _is_named(rule: Rule, words: str) -> bool:
    name = folded(str(rule.get("displayName") or "")).strip()
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


_GO = ("delet", "remov", "get rid", "losch", "entfern", "weg", "supprim", "effac", "enlev", "borr", "elimin", "quit",
       "apag", "tir")  # fmt: skip


def _is_to_go(words: str) -> bool:
    return any(one in words for one in _GO)


def _switched_off(rule: Rule, owner: Person) -> Wanted:
    params = {"user_id": owner.id, "user_name": owner.name, "rule_id": rule["id"]}
    return "exo.inboxrule.disable", {**params, "rule_title": rule.get("displayName")}


def _deleted(rule: Rule, owner: Person) -> Wanted:
    was = {
        "title": rule.get("displayName"),
        "sequence": rule.get("sequence"),
        "is_enabled": rule.get("isEnabled"),
        "actions": rule.get("actions"),
        "conditions": rule.get("conditions"),
        "exceptions": rule.get("exceptions"),
    }
    return "exo.inboxrule.delete", {"user_id": owner.id, "user_name": owner.name, "rule_id": rule["id"], "was": was}
