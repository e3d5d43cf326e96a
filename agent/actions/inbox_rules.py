"""Inbox rules, by which somebody who got into a mailbox hides mail or sends it elsewhere: off, or deleted."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from agent.actions.mailboxes import ExchangeKey, MailboxAction
from agent.actions.parameters import BOUND
from agent.lookups.quoting import segment
from agent.model.expectation import AllOf, FieldEquals, ItemHas, ListHolds
from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo
from policy.canonical import canonical_json

# More than this of one rule is for a person to put back.
_MAX_CHARS = 8_000


def _is_small(parts: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(canonical_json(parts)) > _MAX_CHARS:
        raise ValueError(f"expected at most {_MAX_CHARS} characters of a rule")
    return parts


# What the owner, or the intruder, called the rule; one line without controls.
RuleTitle = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]
RuleParts = Annotated[dict[str, JsonValue], AfterValidator(_is_small)]


class WasRule(Frozen):
    """A rule as `mailbox.rules` shows it, less its id. A part that Graph does not show is None."""

    title: RuleTitle
    sequence: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    is_enabled: Annotated[bool, Field(strict=True)]
    actions: RuleParts
    conditions: RuleParts | None = None
    exceptions: RuleParts | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The rule as Graph takes it."""
        given = {
            "displayName": self.title,
            "sequence": self.sequence,
            "isEnabled": self.is_enabled,
            "actions": self.actions,
            "conditions": self.conditions,
            "exceptions": self.exceptions,
        }
        return {name: value for name, value in given.items() if value is not None}


class _RuleAction(MailboxAction):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("MailboxSettings.ReadWrite",)
    application_permissions: ClassVar[tuple[str, ...]] = ("MailboxSettings.ReadWrite",)

    rule_id: Annotated[ExchangeKey, BOUND]

    @property
    def _rules(self) -> str:
        # Exchange runs rules on what arrives in the inbox, and Graph keeps them nowhere else.
        return f"{self._path}/mailFolders/inbox/messageRules"

    @property
    def _rule(self) -> str:
        return f"{self._rules}/{segment(self.rule_id)}"

    @property
    def _one(self) -> GraphCall:
        return GraphCall(method="GET", path=self._rule)

    @property
    def _list(self) -> GraphCall:
        return GraphCall(method="GET", path=self._rules)


class DisableInboxRule(_RuleAction):
    """Switch an inbox rule off and leave it as evidence. Doing it twice changes nothing.

    Rules that Outlook on a computer made may be read-only for Graph, and then nothing is sent. `rule_title` is what
    the rule is called, and must be. Source: Graph reference, messagerule-update.
    """

    id: ClassVar[str] = "exo.inboxrule.disable"
    title: ClassVar[str] = "Switch off the inbox rule “{rule}” of {user}"
    risk: ClassVar[int] = 28
    contains: ClassVar[bool] = True

    rule_title: Annotated[RuleTitle, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._titled(rule=self.rule_title),
            **self._owner,
            call=self._switch(enabled=False),
            check=self._is(enabled=False),
            capture=self._one,
            precondition=_all_equal({"displayName": self.rule_title, "isEnabled": True, "isReadOnly": False}),
            undo=Undo(call=self._switch(enabled=True), check=self._is(enabled=True)),
        )

    def _switch(self, *, enabled: bool) -> GraphCall:
        return GraphCall(method="PATCH", path=self._rule, body={"isEnabled": enabled})

    def _is(self, *, enabled: bool) -> Check:
        return Check(call=self._one, expect=FieldEquals(field="isEnabled", value=enabled))


class DeleteInboxRule(_RuleAction):
    """Delete an inbox rule. A second time is answered with 404. To switch it off keeps it as evidence.

    The undo makes an equal rule with a new id; other rules that had the same place in the order may run before it.
    Source: Graph reference, messagerule-delete and mailfolder-post-messagerules.
    """

    id: ClassVar[str] = "exo.inboxrule.delete"
    title: ClassVar[str] = "Delete the inbox rule “{rule}” of {user}"
    risk: ClassVar[int] = 52
    removes_by_id: ClassVar[bool] = True
    contains: ClassVar[bool] = True

    was: WasRule

    def step(self) -> Step:
        """As `Action.step`."""
        gone = ListHolds(field="value", key="id", value=self.rule_id, present=False)
        back = ItemHas(
            field="value", key="displayName", value=self.was.title, within="actions", wanted=self.was.actions
        )
        return self._built(
            title=self._titled(rule=self.was.title),
            **self._owner,
            call=GraphCall(method="DELETE", path=self._rule),
            check=Check(call=self._list, expect=gone),
            capture=self._one,
            precondition=_all_equal({**self.was.body, "isReadOnly": False}),
            undo=Undo(
                call=GraphCall(method="POST", path=self._rules, body=self.was.body),
                check=Check(call=self._list, expect=back),
            ),
        )


def _all_equal(wanted: dict[str, Any]) -> AllOf:
    return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in wanted.items()))
