"""Runbook: somebody leaves the company.

1. Bad behaviour is no leaving: a report of it is for HR. So is one's own leaving.
2. Find the person, and look up risk, roles and manager. Whoever is neither HR nor the manager is not asked for more:
   policy refuses them. An account mastered on-premises is blocked there.
3. Look up the groups and licences of the person.
4. Plan all at once: block the sign-in, end the sessions, take the groups and the licences that were given directly.
   Nothing is ever deleted. A day in the future is told to whoever approves, who approves on that day: nothing waits.
5. Where the mailbox, or a list of Exchange, is to be seen to, the Exchange team goes on.
"""

import re
from datetime import date

from agent.actions import parse_step
from agent.model.plan import Step
from agent.planners.asks import Ask
from agent.planners.reading.dates import day_named
from agent.planners.runbooks.holdings import Held, held_by, left
from agent.planners.runbooks.relations import is_synced, works_in_hr
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.runbook import Inquiry, Person, hand_over, lacking, plan_of, refuse, then_hand_over
from agent.planners.runbooks.sessions import ended
from agent.planners.wording import folded
from agent.ports import Proposal

# Matched on folded text.
_LEAVES = re.compile(
    r"\bleav(?:e|es|ing|er)\b|\bleft\b|\blast (?:working )?day\b|\boffboard\w*|\bresign\w*|\bgone\b|\bterminat\w*"
    r"|\bcontract\b|\bno longer\b|\bretire\w*|\bdismiss\w*|\bquit\b|\bfired\b|\bex-|\bformer\b|\bdepart\w*"
    r"|\bverlasst\b|\bverlassen\b|\baustritt\w*|\bausgeschieden\b|\bscheidet\b|\bgekundigt\b|\bkundig\w+"
    r"|\bletzte\w* (?:arbeits)?tag|\bvertrag\b|\bnicht mehr\b|\bgeht in\b|\behemalig\w*|\brente\b|\bentlassen\b"
    r"|\bquitte\b|\bdepart\b|\bpart\b|\bparti\w*\b|\bdemission\w*|\bdernier jour\b|\bfin de contrat\b|\bsortie\b"
    r"|\bne fait plus\b|\bne travaille plus\b|\bancien\w*|\bretraite\b|\blicenci\w+"
    r"|\bse va\b|\bse fue\b|\bbaja\b|\bultimo dia\b|\bdimit\w+|\bdeja la\b|\bsalida\b|\bya no\b|\bcontrato\b"
    r"|\bjubila\w*|\bdespid\w+|\bdespedid\w+|\bantigu[oa]\b"
    r"|\bsai\b|\bsaiu\b|\bsaida\b|\bdemiti\w+|\bdemissao\b|\bdeslig\w+|\bja nao\b|\breforma\w*|\baposent\w*"
    r"|\bex-?colega\b"
)
_MAILBOX = re.compile(
    r"\bmailbox\b|\be-?mails?\b|\binbox\b|\bpostfach\w*|\bmails?\b|\bboite\b|\bmessagerie\b|\bbuzon\b|\bcorreos?\b|\bcaixa\b"
    r"|\bforward\w*|\bautomatic reply\b"
)


def leaver(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    # (1)
    if not _LEAVES.search(words):
        return hand_over("somebody is to be blocked, and nothing says that they leave", queue="hr")
    # (2)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal) or person.id == requester.id:
        return (yield from _unnamed(person, requester))
    if is_synced(person):
        return hand_over("the account is mastered on-premises and is blocked there", queue="identity")
    # (3)
    held = yield from held_by(person)
    if isinstance(held, Proposal):
        return held
    # (4)
    planned = plan_of(_why(ask), _steps(person, held))
    # (5)
    if held.elsewhere or _MAILBOX.search(words):
        why = "the mailbox of somebody who leaves, and lists that only Exchange can change, are still to be seen to"
        return then_hand_over(planned, "exchange", why=why)
    return planned


def _unnamed(found: Person | Proposal, requester: Person) -> Inquiry:
    """Whoever may ask is asked who it is; a peer is told no, whomever they mean."""
    (reports,) = yield (("user.direct_reports", requester.id),)
    if not works_in_hr(requester) and not reports.facts.get("reports"):
        return refuse("that somebody leaves is said by HR or by their manager")
    if isinstance(found, Proposal):
        return found
    return hand_over("nobody is named who leaves", queue="hr", missing=lacking("person", "missing"))


def _steps(person: Person, held: Held) -> tuple[Step, ...]:
    whose = {"user_id": person.id, "user_name": person.name}
    blocked = (parse_step("entra.user.disable", whose),) if person.enabled else ()
    return (*blocked, ended(person), *left(held.groups, person), *held.licences)


def _why(ask: Ask) -> str:
    day = day_named(ask.words, today=ask.today) if ask.today > date.min else None
    if day is None or day <= ask.today:
        return "somebody leaves, as HR or the manager says"
    return f"somebody leaves, with {day.isoformat()} named; it takes effect when it is approved, so approve on that day"
