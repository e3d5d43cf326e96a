"""The order of an evaluation: every item alone, in the order of time, on ground that was put back for it."""

import time
from collections.abc import Iterable

from evaluation.approvals import settled
from evaluation.card_attacks import play_card_attack
from evaluation.conversations import Talk
from evaluation.front_doors import FrontDoors
from evaluation.ground import Ground
from evaluation.items import Attack, Conversation, Item, Ticket
from evaluation.playing import Played, Stage, Watch, scored_attack, unplayed_attack
from evaluation.webhook_attacks import send


def play_all(items: Iterable[Item], ground: Ground, *, doors: FrontDoors, watch: Watch) -> list[Played]:
    """Play items in the order in which they were received; `watch` is told of each as soon as it is played."""
    stage = Stage(ground, doors)
    found = []
    # The clock of the stack goes forward only.
    for item in sorted(items, key=lambda one: one.received_at):
        began = time.monotonic()
        played = _play(item, stage)
        played.seconds = time.monotonic() - began
        watch(played)
        found.append(played)
    return found


def _play(item: Item, stage: Stage) -> Played:
    match item:
        case Ticket():
            return stage.ticket(item)
        case Conversation():
            return Talk(item, stage).play()
        case Attack(surface="webhook"):
            return _webhook(item, stage)
        case Attack(surface="card_callback"):
            return play_card_attack(item, stage)
        case Attack():
            return stage.attack(item)


def _webhook(item: Attack, stage: Stage) -> Played:
    played = Played(item.id, [])
    if not stage.lay(item, played):
        played.scored = [unplayed_attack(item)]
        return played
    filed, notes = send(item, stage.doors)
    played.notes += [*notes, *(one.note for one in filed if one.note)]
    case_ids = list(dict.fromkeys(one.case_id for one in filed if one.case_id))
    for case_id in case_ids:
        settled(stage.doors.desk, case_id)
    seen = stage.ground.look(
        case_ids,
        requester=str((item.http.get("body") or {}).get("requester", "")),
        ticket=filed[-1].ticket,
        answers=tuple(one.status for one in filed),
    )
    played.note_seen(seen)
    played.scored = [scored_attack(item, seen, disposition=played.seen)]
    return played
