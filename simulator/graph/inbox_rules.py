"""Rules that run on what arrives in an inbox. Source: Graph reference, resource type `messageRule`."""

from typing import Any

from simulator.directory import Resource
from simulator.estate.mailboxes import RULES, rule_id
from simulator.graph import outlook
from simulator.graph.calls import NO_CONTENT, Answer, Call
from simulator.graph.collection import Kind, checked, created, shown
from simulator.graph.outlook import invalid
from simulator.graph.schema import Schema

_WRITABLE: dict[str, type] = {
    "actions": dict,
    "conditions": dict,
    "displayName": str,
    "exceptions": dict,
    "isEnabled": bool,
    "isReadOnly": bool,
    "sequence": int,
}
_PROPERTIES = frozenset(_WRITABLE) | {"id", "hasError"}
_KIND = Kind(RULES, "messageRules", Schema("MessageRule", _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE))
_ACTION_NAMES = """
assignCategories copyToFolder delete forwardAsAttachmentTo forwardTo markAsRead markImportance moveToFolder
permanentDelete redirectTo stopProcessingRules
"""
_PREDICATE_NAMES = """
bodyContains bodyOrSubjectContains categories fromAddresses hasAttachments headerContains importance
isApprovalRequest isAutomaticForward isAutomaticReply isEncrypted isMeetingRequest isMeetingResponse
isNonDeliveryReport isPermissionControlled isReadReceipt isSigned isVoicemail messageActionFlag notSentToMe
recipientContains senderContains sensitivity sentCcMe sentOnlyToMe sentToAddresses sentToMe sentToOrCcMe
subjectContains withinSizeRange
"""
_PREDICATES = frozenset(_PREDICATE_NAMES.split())
_PARTS = {"actions": frozenset(_ACTION_NAMES.split()), "conditions": _PREDICATES, "exceptions": _PREDICATES}


def _check_folder(call: Call) -> None:
    """Graph keeps rules for the inbox only."""
    if call.parameters["folder"].lower() != "inbox":
        raise outlook.item_not_found()


_ENTRIES = outlook.Entries(_KIND, "/users/{user}/mailFolders/{folder}/messageRules", "rule", check=_check_folder)


def _create(call: Call) -> Answer:
    held, fields = _ENTRIES.held(call), _fields(call)
    if not fields.get("displayName") or not fields.get("actions"):
        raise invalid("A rule needs a display name and an action.")
    made: Resource = {
        "id": rule_id(call.ids.guid()),
        "sequence": len(held) + 1,
        "isEnabled": True,
        "hasError": False,
        "isReadOnly": False,
        "conditions": None,
        "exceptions": None,
        **fields,
    }
    return created(call, _KIND, resource=made, held=held)


def _update(call: Call) -> Answer:
    found = _writable(call)
    found |= _fields(call)
    return shown(call, found, kind=_KIND)


def _delete(call: Call) -> Answer:
    found = _writable(call)
    del _ENTRIES.held(call)[found["id"]]
    return NO_CONTENT


def _writable(call: Call) -> Resource:
    found = _ENTRIES.found(call)
    if found["isReadOnly"]:
        raise invalid("The rule is read-only and can be changed by the client that made it only.")
    return found


def _fields(call: Call) -> Resource:
    fields = checked(call.fields(), _KIND.schema)
    for name, known in _PARTS.items():
        part: dict[str, Any] = fields.get(name) or {}
        if unknown := sorted(one for one in part if one not in known and not one.startswith("@odata.")):
            raise invalid(f"The property '{unknown[0]}' does not exist on '{name}'.")
    return fields


ROUTES = _ENTRIES.routes(
    create=_create, update=_update, delete=_delete, readers=outlook.SETTINGS_READERS, writers=outlook.SETTINGS_WRITERS
)
