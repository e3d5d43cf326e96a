"""The errors of the simulator: those that stop its start, and the refusals its sites answer with.

SimulatorError
  StartError             an option, port or address the simulator cannot start with
  TenantFileError        a tenant file that is not a whole `corpus-tenant/1` document
  TokenError               a bearer token or assertion that does not verify
  RefusalError                an answer other than success; each site renders its own envelope
    GraphError  EntraError  VaultError  ConnectorError  ControlError
"""

from collections.abc import Mapping


class SimulatorError(Exception):
    """Whatever the simulator itself raises."""


class StartError(SimulatorError):
    """The simulator cannot start; the message says what to change."""


class TenantFileError(SimulatorError):
    """The tenant file is wrong; the message names the key."""


class TokenError(SimulatorError):
    """A token does not verify; `reason` is one of `signature`, `audience`, `expired`, `not_yet_valid`, `claims`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class RefusalError(SimulatorError):
    """A refusal with an HTTP `status`, the service's error `code` and its message."""

    def __init__(self, status: int, code: str, *, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


class GraphError(RefusalError):
    """What Graph answers in its `{"error": {code, message, innerError}}` envelope."""


class VaultError(RefusalError):
    """What Key Vault answers in its `{"error": {code, message}}` envelope."""


class ConnectorError(RefusalError):
    """What the bot connector answers in its `{"error": {code, message}}` envelope."""


class ControlError(RefusalError):
    """What the simulator's own control site answers."""


class EntraError(RefusalError):
    """What Entra's token endpoint answers: an OAuth `error` (the `code`) and a numbered AADSTS description."""

    def __init__(self, status: int, code: str, *, aadsts: int, message: str) -> None:
        super().__init__(status, code, message=message)
        self.aadsts = aadsts
