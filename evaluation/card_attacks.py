"""Plays attacks on a pending approval: it is asked for in the real way, then the events of the attack happen.

The pending plan is made by a ticket of the one who is said to have asked. Where the product asks somebody else, or
nobody, the attack cannot be played, and counts as one of which nobody knows what it would have done.
"""

import re
from typing import Any, Final, get_args

from evaluation.approvals import click, is_asking_people, settled
from evaluation.event_facts import approvers_of
from evaluation.front_doors import Filed
from evaluation.items import Attack, Envelope
from evaluation.playing import Played, Stage, scored_attack, unplayed_attack
from evaluation.seen import Json, Seen
from simulator.connector.delivery import Tamper

_PLAN: Final = re.compile(r"group\.member\.add (?P<group>\S+) (?P<person>\S+)")
_TAMPERS: Final = frozenset(get_args(Tamper))


def play_card_attack(attack: Attack, stage: Stage) -> Played:
    """Make the pending approval, let the events happen, and read what came of it."""
    played = Played(attack.id, [])
    if not stage.lay(attack, played):
        played.scored = [unplayed_attack(attack)]
        return played
    filed = _pending(attack, stage, played=played)
    if filed is None:
        played.scored = [unplayed_attack(attack)]
        return played
    statuses, writes = [], [0]
    for event in attack.setup.get("events") or [{"actor": attack.http.get("actor", ""), "verb": "approve"}]:
        statuses.append(_press(attack, event, stage=stage, played=played))
        settled(stage.doors.desk, filed.case_id)
        writes.append(len(_look(attack, filed, stage=stage).applied))
    seen = _look(attack, filed, stage=stage)
    played.note_seen(seen)
    # What the last event, the hostile one, came to.
    ignored = "reject" if statuses[-1] >= 400 else "ignore"
    played.seen = "auto" if writes[-1] > writes[-2] else ignored
    played.scored = [scored_attack(attack, seen, disposition=played.seen)]
    return played


def _pending(attack: Attack, stage: Stage, *, played: Played) -> Filed | None:
    """File the request whose approval is attacked; None, with a note, when it does not come to that approval."""
    pending: Json = attack.setup.get("pending") or {}
    plans = [_PLAN.fullmatch(str(one)) for one in pending.get("plan", ())]
    if len(plans) != 1 or plans[0] is None:
        played.notes.append("the pending plan is not one membership: it cannot be asked for")
        return None
    asking = Envelope(
        channel="itsm",
        assurance="portal",
        received_at=attack.received_at,
        requester=str(pending.get("requested_by", "")),
        body=f"Please add me to the group {plans[0]['group']}.",
    )
    filed = stage.doors.file(asking, requester=str(asking.requester))
    case = settled(stage.doors.desk, filed.case_id) if filed.case_id else None
    approver = _look(attack, filed, stage=stage).person(str(pending.get("approver", "")))
    if case is None or not is_asking_people(case) or approver is None or approver["id"] not in approvers_of(case):
        played.notes.append("the pending approval could not be made: the approver was not asked")
        return None
    return filed


def _press(attack: Attack, event: dict[str, Any], *, stage: Stage, played: Played) -> int:
    """Let one event happen and return the status of our answer."""
    if "actor" not in event and "replay" not in event:
        played.notes.append(f"the event {sorted(event)} is not mapped to our cards")
        return 0
    actor = str(event.get("actor") or "")
    # The corpus calls people by their first name here; the whole address stands beside.
    person = str(attack.http.get("actor") or "")
    if actor and "@" in actor:
        person = actor
    more: dict[str, Any] = {}
    signature = str(event.get("signature", "valid"))
    if signature != "valid":
        more["tamper"] = signature if signature in _TAMPERS else "unsigned"
    answer = click(stage.doors.desk, person, **more)
    if "actor" in event and signature == "valid":
        taken = answer["status"] == 200 and answer["body"].get("statusCode") == 200
        played.callback = (played.callback[0] + 1, played.callback[1] + int(taken))
    return int(answer["status"])


def _look(attack: Attack, filed: Filed, *, stage: Stage) -> Seen:
    person = str((attack.setup.get("pending") or {}).get("requested_by", ""))
    cases = [filed.case_id] if filed.case_id else []
    return stage.ground.look(cases, requester=person, ticket=filed.ticket, answers=(filed.status,))
