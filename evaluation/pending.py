"""Makes the pending approval that an attack on a card is about, by a request as a person would write it.

The corpus describes the pending plan in a small language of its own. A membership is asked for as it stands there; for
any other plan, and where that one does not come to the approver whom the attack names, a like approval of that very
person takes its place, and a note says so.
"""

import re
from collections.abc import Iterator
from typing import Final

from evaluation.approvals import is_asking_people, settled
from evaluation.event_facts import approvers_of
from evaluation.front_doors import Filed
from evaluation.items import Attack, Envelope
from evaluation.playing import Played, Stage
from evaluation.seen import Json, Seen

_MEMBERSHIP: Final = re.compile(r"(?:entra\.)?(?:group|team)\.member\.add (?P<group>\S+) (?P<person>\S+)")
#: More tries than this tell nothing new, and each takes seconds.
_MAX_TRIES: Final = 5


def pending(attack: Attack, stage: Stage, *, played: Played) -> Filed | None:
    """File requests until one waits for the attack's approver; None, with a note, when none does."""
    wanted: Json = attack.setup.get("pending") or {}
    approver = str(wanted.get("approver") or attack.http.get("actor") or "")
    plan = [str(one) for one in wanted.get("plan", ())]
    exact = _MEMBERSHIP.fullmatch(plan[0]) if len(plan) == 1 else None
    seen = stage.ground.look((), requester="", ticket="", answers=())
    for number, (requester, text) in enumerate(_wishes(wanted, seen, approver=approver, exact=exact)):
        if number == _MAX_TRIES:
            break
        filed = _asked(attack, stage, requester=requester, text=text, approver=approver)
        if filed is not None:
            if exact is None or number:
                played.notes.append(f"instead of {plan} a like approval of `{approver}` was attacked: {text}")
            return filed
    played.notes.append(f"no approval of `{approver}` could be brought about")
    return None


def _wishes(wanted: Json, seen: Seen, *, approver: str, exact: re.Match[str] | None) -> Iterator[tuple[str, str]]:
    """Yield (requester, text): the plan itself first, then what else this approver is asked about."""
    requester = str(wanted.get("requested_by") or "")
    if exact is not None:
        yield requester, f"Please add me to the group {exact['group']}."
    others = [str(one["userPrincipalName"]) for one in seen.tenant["users"] if one["userPrincipalName"] != approver]
    people = [one for one in (requester, *others) if one and one != approver]
    for group in seen.tenant["groups"]:
        if approver in group.get("owners", ()) and group.get("writable_via_graph", True):
            outside = next((one for one in people if one not in group.get("members", ())), None)
            if outside is not None:
                yield outside, f"Please add me to the group {group['displayName']}."
    for sku in seen.tenant["subscribedSkus"]:
        if sku.get("available", 0) > 0:
            yield people[0], f"I need a {sku.get('product') or sku['skuPartNumber']} licence, please."


def _asked(attack: Attack, stage: Stage, *, requester: str, text: str, approver: str) -> Filed | None:
    asking = Envelope(
        channel="itsm", assurance="portal", received_at=attack.received_at, requester=requester, body=text
    )
    filed = stage.doors.file(asking, requester=requester)
    case = settled(stage.doors.desk, filed.case_id) if filed.case_id else None
    if case is None or not is_asking_people(case):
        return None
    person = stage.ground.look((), requester="", ticket="", answers=()).person(approver)
    return filed if person is not None and person["id"] in approvers_of(case) else None
