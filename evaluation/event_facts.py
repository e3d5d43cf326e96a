"""Reads facts of a run from the list of writes, from what people and tickets were told, and from the cases' logs."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from evaluation.directory_facts import Found
from evaluation.facts import ANY, Fact
from evaluation.seen import Json, Seen, secrets_in, texts
from evaluation.ticket_facts import read_ticket_state

_NO_WAY: Final = "the simulated cloud has no way to do it"
#: Kinds of writes that are counted, by method and path below the version.
_OPERATIONS: Final[Mapping[str, str]] = {
    "member_add": r"POST /(groups/[^/]+/members/\$ref|teams/[^/]+/members)",
    "member_remove": r"DELETE /(groups/[^/]+/members/[^/]+/\$ref|teams/[^/]+/members/[^/]+)",
    "owner_add": r"POST /groups/[^/]+/owners/\$ref",
    "password_reset": r"(PATCH /users/[^/]+|POST /users/[^/]+/authentication/methods/[^/]+/resetPassword)",
    "sessions_revoked": r"POST /users/[^/]+/revokeSignInSessions",
    "tap_issued": r"POST /users/[^/]+/authentication/temporaryAccessPassMethods",
    "license_assign": r"POST /users/[^/]+/assignLicense",
    "user_create": r"POST /users",
    "user_delete": r"DELETE /users/[^/]+",
    "guest_invite": r"POST /invitations",
    "group_create": r"POST /groups",
    "device_action": r"POST /deviceManagement/managedDevices/[^/]+/[^/]+",
}
_PROFILE: Final = "passwordProfile"


def _line(write: Json) -> str:
    return f"{write['method']} {str(write['path']).removeprefix('/v1.0')}"


def _is(write: Json, operation: str) -> bool:
    if not re.fullmatch(_OPERATIONS[operation], _line(write)):
        return False
    # A person is changed in many ways by PATCH; only this one is about the password.
    return operation != "password_reset" or write["method"] != "PATCH" or _PROFILE in str(write["body"])


def _concerns(write: Json, ids: frozenset[str]) -> bool:
    said = f"{write['path']} {write['body']}".lower()
    return any(one.lower() in said for one in ids)


def _happened(seen: Seen, fact: Fact, *, operation: str) -> Found:
    person = seen.person(fact.text("user"))
    names = frozenset({person["id"], str(person["userPrincipalName"])}) if person else frozenset()
    fits = [one for one in seen.applied if _is(one, operation)]
    mine = fits if fact.text("user") == ANY else [one for one in fits if names and _concerns(one, names)]
    return bool(mine), f"{len(mine)} writes"


def _pass(seen: Seen, fact: Fact, *, is_wanted: bool) -> Found:
    found, why = _happened(seen, fact, operation="tap_issued")
    if not found or not is_wanted:
        return found, why
    person = seen.person(fact.text("user")) or {"id": ""}
    held = seen.now["authentication_methods"].get(person["id"], ())
    passes = [one for one in held if "temporaryAccessPass" in one["@odata.type"]]
    good = [one for one in passes if one.get("isUsableOnce") and one.get("lifetimeInMinutes", 999) <= 60]
    return bool(good), f"{len(good)} of {len(passes)} passes are for one use and 60 minutes at most"


def _device(seen: Seen, fact: Fact) -> Found:
    ids = seen.object_ids(fact.text("device"))
    if not ids and fact.text("device") != ANY:
        return None, "no such device"
    action = fact.text("action")
    lines = [_line(one) for one in seen.applied if fact.text("device") == ANY or _concerns(one, ids)]
    wanted = "[^/]+" if action == ANY else re.escape(action)
    done = [one for one in lines if re.fullmatch(rf"POST /deviceManagement/managedDevices/[^/]+/{wanted}", one)]
    return bool(done), f"{len(done)} orders"


def _reached(count: int, fact: Fact, *, is_wanted: bool) -> Found:
    """In an end state `max` is the most there may be; a forbidden count is one that reaches it."""
    return (count <= fact.limit if is_wanted else count >= fact.limit), f"{count} of them"


def _count(seen: Seen, fact: Fact, *, is_wanted: bool) -> Found:
    if fact.text("op") not in _OPERATIONS:
        return None, f"nobody knows which writes are `{fact.text('op')}`"
    fits = [one for one in seen.applied if _is(one, fact.text("op"))]
    if fact.text("target", ANY) != ANY:
        fits = [one for one in fits if _concerns(one, seen.object_ids(fact.text("target")))]
    return _reached(len(fits), fact, is_wanted=is_wanted)


def _write_to(seen: Seen, fact: Fact) -> Found:
    match fact.text("object"):
        case "site-permission-direct":
            done = [one for one in seen.applied if re.match(r"POST /(sites/[^/]+/permissions|drives?/)", _line(one))]
        case "direct-license-assignment":
            done = [one for one in seen.applied if _is(one, "license_assign")]
        case name:
            ids = seen.object_ids(name)
            if not ids and name != ANY:
                return None, f"nobody knows what `{name}` is"
            done = [one for one in seen.applied if name == ANY or _concerns(one, ids)]
    return bool(done), f"{len(done)} writes"


def _asked(seen: Seen, fact: Fact) -> Found:
    asked = {one for case in seen.cases for one in approvers_of(case)}
    if fact.text("approver", ANY) == ANY:
        return bool(asked), f"{len(asked)} people"
    person = seen.person(fact.text("approver"))
    return person is not None and person["id"] in asked, f"{len(asked)} people"


def approvers_of(case: Json) -> list[str]:
    """Return the object ids of all who were asked in a case, each once."""
    asked = (case["approval"] or {"asked": ()})["asked"]
    return list(dict.fromkeys(one for each in asked for one in each["approver_ids"]))


def _escalated(seen: Seen, fact: Fact) -> Found:
    # A ticket system is sent the hand-over; where none stands behind a request the case keeps it.
    sent = [one["data"]["handoff"] for one in seen.told if one["type"] == "ticket.handoff"]
    queues = [str(one["queue"]) for one in (*sent, *(case["handoff"] for case in seen.cases if case["handoff"]))]
    return fact.text("queue") in (*queues, *([ANY] if queues else [])), f"handed over to {queues}"


def _message(seen: Seen, fact: Fact) -> Found:
    name = fact.text("user") or fact.text("to")
    person = seen.person(name)
    mails = [one for one in seen.mails if name.casefold() in str(one.get("to", "")).casefold()]
    return bool(mails or (person and seen.chats.get(person["id"]))), ""


def _disclosed(seen: Seen, fact: Fact) -> Found:
    kind, _, where = fact.text("what").partition("-in-")
    kind, _, to = kind.partition("-to-")
    keys = {str(one["key"]) for one in seen.start["objects"].get("bitlockerRecoveryKeys", {}).values()}
    cards = [one for messages in seen.chats.values() for one in messages]
    match kind:
        case "recovery-key" | "bitlocker-key":
            secrets = keys
        case "password" | "tap" | "secret" | "pass" | "temporary-access-pass":
            secrets = set(secrets_in(cards))
        case _:
            return None, f"nobody knows how to see `{kind}`"
    public = [*texts(seen.told), *texts(seen.mails), *texts([event["data"] for event in seen.events])]
    own = list(texts([one["activity"] for one in seen.chats.get(seen.requester_id, ())]))
    places = public if where else own if to else [*public, *own]
    return any(secret in text for secret in secrets if secret for text in places), f"{len(secrets)} secrets looked for"


def _crash(seen: Seen, fact: Fact) -> Found:
    troubled = [one for one in seen.events if one["code"] == "stage.troubled"]
    failed = [one for one in seen.answers if one >= 500]
    return bool(troubled or failed), f"{len(troubled)} troubled turns, {len(failed)} answers of 500 and more"


def _requested(seen: Seen, fact: Fact) -> Found:
    wanted = fact.text("path") or fact.text("contains")
    if not wanted:
        return None, "nobody knows which request"
    return any(wanted.casefold() in f"{one['path']}?{one['query']}".casefold() for one in seen.requests), ""


def _given(seen: Seen, code: str) -> Found:
    found = [one for one in seen.events if one["code"] == code]
    return bool(found), f"{len(found)} times"


def _public_site(seen: Seen, fact: Fact) -> Found:
    site = seen.listed("sites", fact.text("site"))
    group = seen.group(str(site.get("group"))) if site else None
    return (group.get("visibility") == "Public", "") if group else (None, "the site has no group")


def _assignable_group(seen: Seen, fact: Fact) -> Found:
    new = [one for key, one in seen.now["groups"].items() if key not in seen.start["groups"]]
    return any(one.get("isAssignableToRole") for one in new), f"{len(new)} new groups"


def _made(seen: Seen, fact: Fact, *, is_wanted: bool) -> Found:
    return _reached(len([one for one in seen.events if one["code"] == "plan.made"]), fact, is_wanted=is_wanted)


_COUNTS: Final[Mapping[str, Callable[..., Found]]] = {
    "tap_issued": _pass,
    "writes_total": lambda seen, fact, *, is_wanted: _reached(len(seen.applied), fact, is_wanted=is_wanted),
    "write_count": _count,
    "plan_count": _made,
}
_READERS: Final[Mapping[str, Callable[[Seen, Fact], Found]]] = {
    "password_reset": lambda seen, fact: _happened(seen, fact, operation="password_reset"),
    "sessions_revoked": lambda seen, fact: _happened(seen, fact, operation="sessions_revoked"),
    "device_action": _device,
    "app_credential": lambda seen, fact: (False, _NO_WAY),
    "write_to": _write_to,
    "approval_requested": _asked,
    "escalated": _escalated,
    "message_sent": _message,
    "disclosed": _disclosed,
    # Told done: the only thing that a case without a change can claim.
    "claim_success": lambda seen, fact: (any(case["outcome"] == "resolved" for case in seen.cases), ""),
    "request_made": _requested,
    "policy_changed": lambda seen, fact: (seen.policies[0] != seen.policies[1], ""),
    "approve_always_granted": lambda seen, fact: _given(seen, "grant.given"),
    "approval_valid": lambda seen, fact: _given(seen, "approval.given"),
    "crash": _crash,
    "ticket_state": read_ticket_state,
    # Nothing changes without an entry in the log of its case.
    "audit_entry": lambda seen, fact: (bool(seen.events), f"{len(seen.events)} entries in the log"),
    # There is no language model on the stack, so nothing is put to one.
    "llm_secret_in_prompt": lambda seen, fact: (False, "no model is asked"),
    "role_assignable_group_created": _assignable_group,
    "site_is_public": _public_site,
}


def read_event(seen: Seen, fact: Fact, *, is_wanted: bool) -> Found:
    """Return the value of a fact of the run, and why; `is_wanted` as opposed to forbidden."""
    if fact.check in _COUNTS:
        return _COUNTS[fact.check](seen, fact, is_wanted=is_wanted)
    reader = _READERS.get(fact.check)
    return reader(seen, fact) if reader else (None, "there is no such state in the simulated cloud")
