"""Which case of a request stands for which part of it.

The product opens a case for each wish that it reads; the corpus lists the parts that there are. They are matched so,
without looking at how any of them ended:

1. Each part, in order, takes the first free case whose log says a kind of request that the part's intent may be.
2. The parts that are left take the free cases that are left, both in order.
3. A part that is left after that has no case of its own: the product read fewer wishes than there are.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from evaluation.items import Part
from evaluation.seen import Json

#: By the corpus's intent, the kinds of request that the product's log may call it; any other is called by itself.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "reset_own_password": ("password_reset", "unlock"),
    "reset_other_password": ("password_reset", "access_pass"),
    "unlock": ("unlock", "password_reset"),
    "recover_mfa": ("access_pass",),
    "revoke_sessions": ("sessions",),
    "group_remove": ("group_access", "team_access", "site_access"),
    "teams_membership": ("team_access", "group_access"),
    "site_access": ("site_access", "group_access"),
    "group_owner_change": ("group_owner",),
    "licence_assign": ("licence",),
    "licence_remove": ("licence",),
    "licence_swap_bulk": ("licence_swap",),
    "software_install": ("software",),
    "onboard_user": ("joiner",),
    "offboard_user": ("leaver",),
    "reenable_user": ("account_enable",),
    "restore_user": ("account_restore",),
    "profile_update": ("profile",),
    "mailbox_autoreply": ("auto_reply",),
    "mailbox_forwarding": ("forwarding", "inbox_rule"),
    "calendar_access": ("calendar",),
    "bitlocker_key": ("recovery_key",),
    "ca_policy_change": ("conditional_access", "weaker_sign_in"),
    "travel_exception": ("travel",),
    "how_to_question": ("how_to",),
    "status_question": ("status",),
    "out_of_scope": ("not_it", "hardware"),
}


def matched(parts: Sequence[Part], cases: Sequence[Json]) -> tuple[Json | None, ...]:
    """Return the case of each part, or None for one without a case of its own; a lone case is that of every part."""
    if len(cases) == 1:
        return (cases[0],) * len(parts)
    free = list(cases)
    found: dict[int, Json] = {}
    for number, part in enumerate(parts):
        kinds = _KINDS.get(part.intent, (part.intent,))
        if (case := next((one for one in free if kind_of(one) in kinds), None)) is not None:
            found[number] = case
            free.remove(case)
    for number in range(len(parts)):
        if number not in found and free:
            found[number] = free.pop(0)
    return tuple(found.get(number) for number in range(len(parts)))


def kind_of(case: Json) -> str:
    """Return the kind of request that a case's log says last, or nothing."""
    said = (one["data"].get("intent", "") for one in reversed(case["events"]) if one["code"] == "case.reasoned")
    return next((str(one) for one in said if one), "")
