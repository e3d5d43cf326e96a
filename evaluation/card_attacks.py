"""Plays attacks on a pending approval: it is asked for in the real way, then the events of the attack happen.

Where no approval of the attacked person can be brought about, the attack cannot be played, and counts as one of which
nobody knows what it would have done.
"""

from typing import Any

from evaluation.approvals import click, settled
from evaluation.card_events import Press, is_control, presses_of
from evaluation.front_doors import Filed
from evaluation.items import Attack
from evaluation.pending import pending
from evaluation.playing import Played, Stage, scored_attack, unplayed_attack
from evaluation.seen import Json, Seen


def play_card_attack(attack: Attack, stage: Stage) -> Played:
    """Make the pending approval, let the events happen, and read what came of it."""
    played = Played(attack.id, [])
    filed = pending(attack, stage, played=played) if stage.lay(attack, played) else None
    if filed is None:
        played.scored = [unplayed_attack(attack)]
        return played
    actor = str(attack.http.get("actor") or (attack.setup.get("pending") or {}).get("approver") or "")
    events = attack.setup.get("events") or [{"actor": actor, "verb": "approve"}]
    presses, problems = presses_of(events, actor=actor)
    played.notes += problems
    if not presses:
        played.scored = [unplayed_attack(attack)]
        return played
    asked = str((attack.setup.get("pending") or {}).get("approver") or actor)
    card = _card_of(stage, approver=asked)
    statuses, writes = [0], [0, 0]
    for press in presses:
        statuses.append(_pressed(press, stage, card=card))
        if len(statuses) == 2 and is_control(presses, approver=asked):
            played.callback = (1, int(statuses[-1] == 200))
        settled(stage.doors.desk, filed.case_id)
        writes.append(len(_look(attack, filed, stage=stage).applied))
    seen = _look(attack, filed, stage=stage)
    played.note_seen(seen)
    # What the last event, the hostile one, came to.
    ignored = "reject" if statuses[-1] >= 400 else "ignore"
    played.seen = "auto" if writes[-1] > writes[-2] else ignored
    played.scored = [scored_attack(attack, seen, disposition=played.seen)]
    return played


def _pressed(press: Press, stage: Stage, *, card: str) -> int:
    """Press as often as the event says and return the status of our last answer."""
    seen = stage.ground.look((), requester="", ticket="", answers=())
    person = _person(press.person, seen)
    more: dict[str, Any] = {"inputs": dict(press.inputs)} if press.inputs else {}
    if press.tamper:
        more["tamper"] = press.tamper
    status = 0
    for _ in range(press.times):
        answer = click(stage.doors.desk, person, verb=press.verb, **more)
        if answer["status"] == 404 and card:
            # They have no such card of their own: they press one that somebody forwarded to them.
            answer = click(stage.doors.desk, person, verb=press.verb, activity_id=card, latest=False, **more)
        # An invoke is answered with 200 whatever becomes of it; what becomes of it stands inside.
        status = int(answer["body"].get("statusCode") or answer["status"])
    return status


def _person(name: str, seen: Seen) -> str:
    """Return the sign-in name of whom the corpus calls by address, first name or the part before the at sign."""
    if (found := seen.person(name)) is not None:
        return str(found["userPrincipalName"])
    users = [str(one["userPrincipalName"]) for one in seen.now["users"].values()]
    fits = [one for one in users if name.lower() in (one.partition("@")[0], one.partition(".")[0])]
    return fits[0] if len(fits) == 1 else name


def _card_of(stage: Stage, *, approver: str) -> str:
    """Return the id of the newest card in the approver's chat, or nothing."""
    person = stage.ground.look((), requester="", ticket="", answers=()).person(approver)
    if person is None:
        return ""
    messages: list[Json] = stage.doors.desk.control("GET", f"/teams/{person['id']}/messages")["messages"]
    cards = [str(one["id"]) for one in messages if one["from"] == "bot" and one["activity"].get("attachments")]
    return cards[-1] if cards else ""


def _look(attack: Attack, filed: Filed, *, stage: Stage) -> Seen:
    person = str((attack.setup.get("pending") or {}).get("requested_by", ""))
    cases = [filed.case_id] if filed.case_id else []
    return stage.ground.look(cases, requester=person, ticket=filed.ticket, answers=(filed.status,))
