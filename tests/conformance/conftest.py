"""Fixtures of the conformance suites."""

from tests.conformance.storage_fixtures import blobs, provisioned, request_count, storage

__all__ = ["blobs", "provisioned", "request_count", "storage"]
