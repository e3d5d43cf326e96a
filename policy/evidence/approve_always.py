"""Approve Always: from one question that a person answers to a standing grant for cases like it, or to a refusal.

What a grant could never do, it is not written for. So nobody believes to have settled what will be asked again.
"""

from datetime import datetime

from policy.decision import Decision, Verdict
from policy.errors import DocumentError, Problem
from policy.evidence.grant import StandingGrant, certainly_holds, parse_grant
from policy.evidence.question import Question
from policy.grammar import nearest
from policy.predicate import Block
from policy.request import AuthorizationRequest


def grant_for(
    decision: Decision,
    question: Question,
    *,
    grant_id: str,
    granted_by: str,
    discharges: str,
    when: Block,
    expires: datetime,
    max_uses: int,
) -> StandingGrant:
    """Return the grant of the person `granted_by` for the resolver `discharges`, in force from `question.now`.

    It covers the one action that was asked about, within `when`, and is pinned to the rules that ask today.

    Raises:
        DocumentError: with every reason why there can be no such grant: nobody asks this resolver, or with
            `standing: never`; this person may not answer for it; the pattern does not cover the very request
            that is asked about; the record is not valid (as `parse_grant`).
    """
    source = f"new grant#{grant_id}"
    # A question that does not say what is asked about has no facts, so no pattern covers it.
    request = question.request or AuthorizationRequest("")
    problems = [
        *_not_grantable(decision, discharges, source=source),
        *_not_fitting(question, granted_by=granted_by, discharges=discharges, source=source),
        *_not_covering(when, request, source=source),
    ]
    if problems:
        raise DocumentError(problems)
    record = {
        "id": grant_id,
        "tenant_id": question.tenant_id,
        "actions": [request.action],
        "when": when.authored(),
        "discharges": discharges,
        "rules": [{"id": rule.id, "digest": rule.digest} for rule in sorted(question.asked_by[discharges])],
        "granted_by": granted_by,
        "not_before": question.now,
        "expires": expires,
        "max_uses": max_uses,
        "revoked": False,
    }
    return parse_grant(record, source="new grant", catalogue=frozenset({request.action}))


def _not_grantable(decision: Decision, resolver: str, *, source: str) -> list[Problem]:
    if decision.verdict is not Verdict.APPROVAL:
        return [Problem(source, "", "", f"expected a decision that asks for approval, got `{decision.verdict.name}`")]
    asked = {one.resolver: one for one in decision.requirements}
    if resolver not in asked:
        names = ", ".join(f"`{name}`" for name in sorted(asked))
        return [Problem(source, "", "discharges", f"expected {names}, got `{resolver}`{nearest(resolver, asked)}")]
    if asked[resolver].standing != "allowed":
        why = f"policy asks `{resolver}` with `standing: never`; it is asked each time"
        return [Problem(source, "", "discharges", why)]
    return []


def _not_fitting(question: Question, *, granted_by: str, discharges: str, source: str) -> list[Problem]:
    problems = []
    if not question.may_answer(granted_by, resolver=discharges):
        why = f"expected somebody who may answer for `{discharges}`, got `{granted_by}`"
        problems.append(Problem(source, "", "granted_by", why))
    if not question.asked_by.get(discharges):
        why = f"expected the rules that ask `{discharges}`, got none; decide again and look them up"
        problems.append(Problem(source, "", "rules", why))
    return problems


def _not_covering(when: Block, request: AuthorizationRequest, *, source: str) -> list[Problem]:
    if certainly_holds(when, request):
        return []
    why = "expected a pattern that covers the very request it is given for, got one that does not or cannot be told"
    return [Problem(source, "", "when", why)]
