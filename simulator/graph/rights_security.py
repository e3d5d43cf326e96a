"""What a caller's directory roles allow in Conditional Access, Identity Protection, Defender and service health.

Delegated calls need a role beside the permission; an application's own calls do not. Source: Graph reference, the
roles that the pages of each operation list; for Defender and service health, Entra's list of built-in roles.
"""

from collections.abc import Callable

from simulator import roles
from simulator.graph.calls import Call, denied

_CONDITIONAL_ACCESS = "Conditional Access Administrator"
_GLOBAL = frozenset({roles.GLOBAL_ADMINISTRATOR})
_READERS = frozenset({roles.SECURITY_READER, roles.GLOBAL_READER})
_POLICY_KEEPERS = frozenset({_CONDITIONAL_ACCESS, roles.SECURITY_ADMINISTRATOR}) | _GLOBAL
_RISK_KEEPERS = frozenset({roles.SECURITY_ADMINISTRATOR}) | _GLOBAL
_INCIDENT_KEEPERS = frozenset({roles.SECURITY_ADMINISTRATOR, roles.SECURITY_OPERATOR}) | _GLOBAL
# Roles that give nobody a look into the admin centre.
_WITHOUT_HEALTH = frozenset({roles.DIRECTORY_READERS, roles.DIRECTORY_WRITERS, roles.GUEST_INVITER})


def _holders_of(wanted: frozenset[str]) -> Callable[[Call], None]:
    def right(call: Call) -> None:
        if not call.caller.app_only and not call.directory.roles_of(call.caller.object_id) & wanted:
            raise denied()

    return right


def read_health(call: Call) -> None:
    """An administrator of something.

    Raises:
        GraphError: (403) a user without such a role.
    """
    if not call.caller.app_only and not call.directory.roles_of(call.caller.object_id) - _WITHOUT_HEALTH:
        raise denied()


# Each refuses with 403 a user who holds none of the roles.
read_policies = _holders_of(_POLICY_KEEPERS | _READERS)
change_policies = _holders_of(_POLICY_KEEPERS)
read_risk = _holders_of(_RISK_KEEPERS | _READERS | {roles.SECURITY_OPERATOR})
change_risk = _holders_of(_RISK_KEEPERS)
read_incidents = _holders_of(_INCIDENT_KEEPERS | _READERS)
change_incidents = _holders_of(_INCIDENT_KEEPERS)
