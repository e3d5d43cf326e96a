"""Permits for tests, minted without the gate: what is under test is what the sender does with one."""

from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from policy import Decision, Verdict
from tests.agent.graph.stub_graph import TENANT

ADD_MEMBER = GraphCall(
    method="POST",
    path="/groups/g-1/members/$ref",
    body={"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/u-1"},
)
SET_PASSWORD = GraphCall(
    method="PATCH",
    path="/users/u-1",
    body={"passwordProfile": {"forceChangePasswordNextSignIn": True}},
    secret_at=("passwordProfile", "password"),
)


def permit_for(call: GraphCall, *, tenant_id: str = TENANT) -> Permit:
    """Return a permit for `call`."""
    decision = Decision(verdict=Verdict.ALLOW, requirements=frozenset(), layers=(), bundle_digest="b" * 64)
    return Permit(
        tenant_id=tenant_id,
        case_id="c" * 32,
        step_index=0,
        call=call,
        decision=decision,
        approver_ids=(),
        is_rollback=False,
        mint=MINT,
    )
