"""Fixtures of the storage tests."""

from tests.conformance.storage_fixtures import blobs, payloads, provisioned, request_count, storage

__all__ = ["blobs", "payloads", "provisioned", "request_count", "storage"]
