"""Writing properties of a user account, with what they were before as the way back."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated

from pydantic import JsonValue, StringConstraints

from agent.actions.action import UserAction
from agent.model.expectation import AllOf, Expectation, FieldEquals
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# One line of any script. Control, format and direction characters would make it read differently from what it is.
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1024, pattern=r"^[^\p{C}]+$")]

# A sign-in name: 64 characters, the at sign, 48 characters (Entra, "Prepare for directory synchronization"). The
# name of a guest is longer and has `#EXT#` in it.
SignInName = Annotated[
    str, StringConstraints(strict=True, max_length=192, pattern=r"^[A-Za-z0-9'._!#^~-]{1,128}@[A-Za-z0-9.-]{3,64}$")
]


def shows(values: Mapping[str, JsonValue]) -> Expectation:
    """Return the expectation that an answer has exactly these values under these names."""
    fields = tuple(FieldEquals(field=name, value=value) for name, value in values.items())
    return fields[0] if len(fields) == 1 else AllOf(of=fields)


class PropertiesAction(UserAction):
    """One PATCH of a user. Sending it again changes nothing more.

    The undo writes the old values, so the tenant must still show exactly those before anything is sent. Null
    clears a property; of users synchronised from on-premises Graph refuses most properties with 400.
    """

    @abstractmethod
    def _values(self) -> dict[str, JsonValue]:
        """Return what is written."""

    @abstractmethod
    def _was(self) -> dict[str, JsonValue]:
        """Return what was there, under the same names."""

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._patch(self._values()),
            check=self._shown(self._values()),
            capture=self._read(*self._values()),
            precondition=shows(self._was()),
            undo=Undo(call=self._patch(self._was()), check=self._shown(self._was())),
        )

    def _patch(self, values: Mapping[str, JsonValue]) -> GraphCall:
        return GraphCall(method="PATCH", path=self._path, body=dict(values))

    def _shown(self, values: Mapping[str, JsonValue]) -> Check:
        return Check(call=self._read(*values), expect=shows(values))
