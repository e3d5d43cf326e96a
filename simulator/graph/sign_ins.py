"""The sign-in log: interactive sign-ins of users, newest first."""

from simulator.directory import Resource
from simulator.graph import listing, rights
from simulator.graph.calls import Answer, Call, Route, any_of
from simulator.graph.collection import Kind, everything
from simulator.graph.schema import EQUAL, ORDERED, TEXT, plain

_SIGN_IN = plain(
    "SignIn",
    """
    id appDisplayName appId appliedConditionalAccessPolicies clientAppUsed conditionalAccessStatus correlationId
    createdDateTime deviceDetail ipAddress isInteractive location resourceDisplayName resourceId riskDetail
    riskEventTypes_v2 riskLevelAggregated riskLevelDuringSignIn riskState status userDisplayName userId
    userPrincipalName
    """,
    filters={
        **dict.fromkeys(("id", "appId", "userId", "correlationId", "conditionalAccessStatus", "riskState"), EQUAL),
        **dict.fromkeys(("clientAppUsed", "status/errorCode"), EQUAL),
        **dict.fromkeys(("appDisplayName", "ipAddress", "userDisplayName", "userPrincipalName"), TEXT),
        "createdDateTime": ORDERED,
    },
    sortable=("createdDateTime",),
    advanced=False,
)
SIGN_INS = Kind("signIns", "auditLogs/signIns", _SIGN_IN)
# Graph reference, signIn: what a policy did to a sign-in is shown to those who may read policies.
_POLICY_READERS = any_of("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess")


def _list(call: Call) -> Answer:
    names = listing.selected(call, _SIGN_IN)
    newest_first = sorted(everything(call, SIGN_INS).values(), key=lambda one: one["createdDateTime"], reverse=True)
    kept = listing.chosen(call, newest_first, schema=_SIGN_IN)
    sees_policies = bool(_POLICY_READERS & call.caller.permissions)

    def show(one: Resource) -> Resource:
        hidden: Resource = {} if sees_policies else {"appliedConditionalAccessPolicies": []}
        return listing.shown({**one, **hidden}, names, schema=_SIGN_IN)

    return listing.paged(call, kept, show=show, of=SIGN_INS.of)


ROUTES = (
    Route(
        "GET",
        "/auditLogs/signIns",
        _list,
        (any_of("AuditLog.Read.All"),),
        right=rights.read_audits,
        options=frozenset({"$select", "$filter", "$top", "$skiptoken", "$orderby"}),
    ),
)
