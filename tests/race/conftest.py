"""Fixtures of the race tests."""

from tests.conformance.storage_fixtures import provisioned, request_count, storage

__all__ = ["provisioned", "request_count", "storage"]
