"""The agent's errors in one tree, named by who must act on them."""

from agent.model.activity_event import ActivityEvent
from agent.model.control import Control


class RemitError(Exception):
    """Any error of ours. Messages hold ids and reasons, never contents, tokens or secrets."""


class SettingsError(RemitError):
    """The operator must correct a setting before the stack can start."""


class NotAuthorizedError(RemitError):
    """The gate refuses: a step may not run now. `needs_people` is True when a human could still open it.

    `sign_in_of` are those in whose name the step may run, when only their own token is missing.
    """

    def __init__(self, reason: str, *, needs_people: bool = False, sign_in_of: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.needs_people = needs_people
        self.sign_in_of = sign_in_of


class AlreadySupersededError(RemitError):
    """Another worker saved the case first; this one must stop without a trace."""


class WithheldError(RemitError):
    """Somebody paused or stopped this work, so a permitted write was not begun; `control` is that order."""

    def __init__(self, control: Control) -> None:
        super().__init__(control.sentence)
        self.control = control


class OrderRefusedError(RemitError):
    """A person's order to pause, resume, modify or stop cannot be followed; the message says what to do instead."""


class BadRequestError(RemitError):
    """A caller sent something that is not accepted. `status` is the HTTP status that says so."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class PortError(RemitError):
    """Something outside did not do its part; the turn is retried or the case handed over.

    `events` are the log entries of what the turn did all the same.
    """

    events: tuple[ActivityEvent, ...] = ()


class DirectoryError(PortError):
    """Graph did not answer a read, or a write certainly did not leave."""

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class SignInNeededError(DirectoryError):
    """A person's own token cannot be had any more, and only their next sign-in helps; nothing left."""


class TripwireError(DirectoryError):
    """A request that no permit covers was stopped before it left: a fault of ours, and no reason to try again."""


class ThrottledError(DirectoryError):
    """Graph answers no more look-ups for the moment: nothing is known and nothing decided; the turn is tried again.

    `events` are the log entries of the look-ups that this turn made all the same.
    """

    def __init__(self, reason: str, *, retry_after_seconds: float, events: tuple[ActivityEvent, ...]) -> None:
        super().__init__(reason, retry_after_seconds=retry_after_seconds)
        self.events = events


class ChangedMeanwhileError(RemitError):
    """What a step would change is not as it was when the step was planned; nothing was sent."""


class WriteUnknownError(PortError):
    """A write may have reached Graph but its answer was lost: read before doing anything else."""


class RepeatedWriteError(WriteUnknownError):
    """A second request under one permit was stopped; of the first, only its sender knows how it ended."""


class ControlsUnknownError(PortError):
    """Whether the tenant or the stack is paused or stopped cannot be read, so nothing is written until it can."""


class StorageError(PortError):
    """Table or queue storage did not do what was asked."""


class DoesNotFitError(StorageError):
    """What should be stored is too large or cannot be written as text; trying again cannot help."""


class DamagedError(StorageError):
    """What is stored is not what was put there; trying again cannot help, storing it anew can."""


class KeyUnavailableError(StorageError):
    """The tenant's key cannot be had, so its cases cannot be read or saved; they wait, and nothing of them is lost."""

    def __init__(self, reason: str, *, tenant_id: str) -> None:
        super().__init__(reason)
        self.tenant_id = tenant_id


class PolicyUnavailableError(PortError):
    """The tenant has no usable published policy: nothing may be done."""


class VaultError(PortError):
    """The tenant's Key Vault did not give what was asked, or sealed text does not open."""


class BrokenSealError(VaultError):
    """The vault gave its key, and the sealed text does not open with it: it was altered, or sealed for another."""


class AbsentSecretError(VaultError):
    """The tenant's Key Vault says that it has no such secret."""


class ChannelError(PortError):
    """A person or ticket system could not be reached."""


class NotShowableError(ChannelError):
    """A plan cannot be shown exactly where it would be approved; trying again cannot help."""
