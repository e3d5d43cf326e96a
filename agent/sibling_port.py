"""What a case asks of the other cases of its request, where the request has several wishes."""

from typing import Protocol

from agent.model.service_request import ServiceRequest


class Siblings(Protocol):
    """The other cases of a request; the loop binds it to its store."""

    async def all_resolved(self, request: ServiceRequest) -> bool:
        """Whether every other case of the request has ended well.

        Raises:
            StorageError: they cannot be read now.
        """


class NoSiblings:
    """Stands in until the loop binds its store: of a case that nobody can look up nobody says that it ended well."""

    async def all_resolved(self, request: ServiceRequest) -> bool:
        """Return True only where there are no others."""
        return request.parts < 2
