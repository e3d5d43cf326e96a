"""A whole local stack tidies its payloads by its timer."""

from azure.storage.blob import BlobServiceClient

from agent.storage.payloads import CONTAINER, digest_of, version_of
from devhost.desk import Desk
from devhost.journey import play, read_journey
from devhost.stack import LocalStack
from tests.journeys.stacks import SAMPLES
from tests.journeys.test_sealed_log import seal


def test_the_timer_removes_what_a_worker_that_died_put_for_a_case_that_has_moved_on(
    stack: LocalStack, desk: Desk
) -> None:
    (story,) = (SAMPLES / "journeys").glob("*-refused.yaml")
    told = play(read_journey(story), desk, watch=lambda _case_id, _case: None)
    raw = b"put right before a worker died"
    with BlobServiceClient.from_connection_string(stack.storage) as blobs:
        left, other = (
            blobs.get_blob_client(CONTAINER, f"{case_id}/{digest_of(raw)}") for case_id in (told.case["id"], "0" * 32)
        )
        for one in (left, other):
            one.upload_blob(raw, metadata={"replaces": version_of("an earlier version")})
        assert not seal(stack)["failed"]
        assert not left.exists()
        # Of a case that is not there yet nobody knows who is about to make it.
        assert other.exists()
        other.delete_blob()
