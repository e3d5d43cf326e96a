"""A user's risk in Identity Protection: dismissing it, and confirming that the account is compromised."""

from typing import ClassVar, Literal

from agent.actions.action import UserAction
from agent.model.expectation import AllOf, Expectation, FieldEquals, Gone
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# Identity Protection works on while `isProcessing` is true; how long is not documented (unverified).
_PATIENCE_SECONDS = 300

_SHOULD_NOT_DISMISS = "dismissing would also clear the risk that was there before"


class _RiskAction(UserAction):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("IdentityRiskyUser.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("IdentityRiskyUser.ReadWrite.All",)
    throttle_class: ClassVar[str] = "entra-ca"

    @property
    def _read_risk(self) -> GraphCall:
        return GraphCall(method="GET", path=f"/identityProtection/riskyUsers/{self.user_id}")

    @property
    def _dismiss(self) -> GraphCall:
        return self._post("dismiss")

    @property
    def _confirm(self) -> GraphCall:
        return self._post("confirmCompromised")

    def _post(self, action: str) -> GraphCall:
        # The call takes up to 60 users; one user a step, so that each has its own decision, check and undo.
        path = f"/identityProtection/riskyUsers/{action}"
        return GraphCall(method="POST", path=path, body={"userIds": [self.user_id]})

    def _is(self, state: str) -> Check:
        done = FieldEquals(field="isProcessing", value=False)
        expect = AllOf(of=(FieldEquals(field="riskState", value=state), done))
        return Check(call=self._read_risk, expect=expect, patience_seconds=_PATIENCE_SECONDS)


class DismissRisk(_RiskAction):
    """Declare a user's risk a false alarm; risk policies stop acting on it.

    Safe to repeat. The undo is partial and errs on the safe side: it confirms the user as compromised, which is risk
    `high` whatever the level was, and the state of each detection before is lost. Source: Graph reference,
    riskyUser-dismiss and riskyUser-confirmCompromised.
    """

    id: ClassVar[str] = "entra.risk.user.dismiss"
    title: ClassVar[str] = "Dismiss the risk of {user} as a false alarm"
    risk: ClassVar[int] = 80

    was_state: Literal["atRisk", "confirmedCompromised"]

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._dismiss,
            check=self._is("dismissed"),
            capture=self._read_risk,
            precondition=FieldEquals(field="riskState", value=self.was_state),
            undo=Undo(call=self._confirm, check=self._is("confirmedCompromised")),
        )


class ConfirmCompromised(_RiskAction):
    """Confirm that a user is compromised: the risk becomes `high`, and risk policies act on it.

    Safe to repeat. `was_state` is `unknown` when Identity Protection has no record of the user. The undo dismisses the
    risk, which is no exact return to what was, and is there only for users who were not at risk before; for the
    others it would make harmless what was not. Source: Graph reference, riskyUser-confirmCompromised.
    """

    id: ClassVar[str] = "entra.risk.user.confirm_compromised"
    title: ClassVar[str] = "Confirm that the account of {user} is compromised"
    risk: ClassVar[int] = 60
    contains: ClassVar[bool] = True

    was_state: Literal["unknown", "none", "confirmedSafe", "remediated", "dismissed", "atRisk"]

    def step(self) -> Step:
        """As `Action.step`."""
        undo = Undo(call=self._dismiss, check=self._is("dismissed"))
        risky = self.was_state == "atRisk"
        step = self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._confirm,
            check=self._is("confirmedCompromised"),
            capture=self._read_risk,
            precondition=self._was,
            undo=None if risky else undo,
        )
        return step.model_copy(update={"irreversible": _SHOULD_NOT_DISMISS}) if risky else step

    @property
    def _was(self) -> Expectation:
        return Gone() if self.was_state == "unknown" else FieldEquals(field="riskState", value=self.was_state)
