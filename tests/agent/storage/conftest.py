"""Fixtures of the storage tests."""

from tests.conformance.storage_fixtures import azurite_connection, provisioned, request_count, storage

__all__ = ["azurite_connection", "provisioned", "request_count", "storage"]
