"""Runbooks: shared mailboxes, which Graph cannot write, and mail that did not arrive.

1. Rights on a shared mailbox, sending as somebody, and turning one kind of mailbox into another are for the Exchange
   team, who ask the owner of the mailbox. Nothing is ever claimed to be done.
2. Mail of the requester is traced over the last ten days: what came for their address, and what they sent to an
   address that they name. Only sender, recipient, day and fate are told, never a subject.
3. Mail of others is not traced for anybody. What the trace does not show is for the Exchange team.
"""

from datetime import date, timedelta
from typing import Any

from agent.lookups.quoting import is_address
from agent.planners.asks import Ask
from agent.planners.mail_phrases import addresses_in
from agent.planners.question_phrases import OF_ONESELF
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, refuse
from agent.planners.sayings import moment_in, quoted, say
from agent.planners.wording import folded

_MAX_LINES = 5


def shared_mailbox(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    yield background(requester)
    named = addresses_in(ask.words)
    which = f" ({', '.join(named[:3])})" if named else ""
    why = f"rights on a shared mailbox{which} are set in Exchange, and the owner of the mailbox has to agree first"
    return hand_over(why, queue="exchange")


def mail_trace(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    own = requester.facts.get("mail") or requester.facts.get("userPrincipalName")
    if not isinstance(own, str) or not is_address(own) or ask.today == date.min:
        return hand_over("the requester has no address whose mail could be traced", queue="exchange")
    # (3)
    if ask.person and not OF_ONESELF.search(folded(ask.words)):
        return refuse("mail is traced only for the person who sent it or to whom it was sent")
    others = [one for one in addresses_in(ask.words) if one.casefold() != own.casefold()]
    # (2)
    subjects = tuple(f"{address}/{_span(ask.today)}" for address in (own, *others[:2]))
    seen = yield tuple(("mail.trace", subject) for subject in subjects)
    if seen[0].state != "known":
        return hand_over("the way of the mail could not be traced", queue="exchange")
    found = [one for each in seen if each.state == "known" for one in each.facts["messages"]]
    fitting = [one for one in found if _is_theirs(one, own) and (not others or _touches(one, others))]
    if not fitting or not others:
        return hand_over("the trace of the requester's mail does not show what became of it", queue="exchange")
    newest = sorted(fitting, key=lambda one: str(one.get("receivedDateTime")), reverse=True)[:_MAX_LINES]
    lines = "; ".join(_line(one, ask) for one in newest)
    return answer("the requester asks what became of their own mail", say("mail_seen", ask.language, lines=lines))


def _span(today: date) -> str:
    return f"{today - timedelta(days=9)}T00:00:00Z/{today}T23:59:59Z"


def _is_theirs(message: dict[str, Any], own: str) -> bool:
    ends = (message.get("senderAddress"), message.get("recipientAddress"))
    return any(str(one or "").casefold() == own.casefold() for one in ends)


def _touches(message: dict[str, Any], others: list[str]) -> bool:
    ends = {str(message.get(name) or "").casefold() for name in ("senderAddress", "recipientAddress")}
    return bool(ends & {one.casefold() for one in others})


def _line(message: dict[str, Any], ask: Ask) -> str:
    return say(
        "mail_line",
        ask.language,
        day=moment_in(message.get("receivedDateTime"), ask.language),
        sender=quoted(message.get("senderAddress")),
        recipient=quoted(message.get("recipientAddress")),
        status=quoted(message.get("status")),
    )
