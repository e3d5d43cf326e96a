"""Fixtures of the conformance suites."""

from tests.conformance.storage_fixtures import azurite_connection, provisioned, request_count, storage

__all__ = ["azurite_connection", "provisioned", "request_count", "storage"]
