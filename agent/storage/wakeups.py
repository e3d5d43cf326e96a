"""Wake-ups in Storage Queues: one queue a stage, and messages that name a case and a seq."""

import base64
import json

from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient

from agent.errors import DoesNotFitError, StorageError
from agent.storage.failures import storage_errors

# https://learn.microsoft.com/rest/api/storageservices/put-message (visibilitytimeout)
MAX_DELAY_SECONDS = 7 * 24 * 3600

# One message, as the text that it is sent as, which base64 makes a third longer than its body.
# https://learn.microsoft.com/azure/storage/queues/scalability-targets
MAX_MESSAGE_CHARACTERS = 65_536

# Messages live until they are handled: one that expired quietly would leave its case to the sweep alone.
_FOREVER = -1


class QueueWakeups:
    """ports.Wakeups on Storage Queues."""

    def __init__(self, queues: QueueServiceClient) -> None:
        self._queues = queues

    async def put(self, stage: str, case_id: str, *, seq: int, delay_seconds: int = 0) -> None:
        """See ports.Wakeups. One request.

        A delay above seven days is refused and not shortened: a stage that is woken early would run early.

        Raises:
            DoesNotFitError: the message is longer than any that a queue takes.
        """
        if not 0 <= delay_seconds <= MAX_DELAY_SECONDS:
            raise StorageError(f"expected a delay of 0 to `{MAX_DELAY_SECONDS}` seconds, got `{delay_seconds}`")
        # The host lets top-level members named like its own metadata (Id, DequeueCount ...) override it;
        # `case` and `seq` are not among them.
        text = json.dumps({"case": case_id, "seq": seq})
        _check_size(text)
        with storage_errors(f"wake stage `{stage}` for case `{case_id}`"):
            # The host decodes message text as base64 (host.json `messageEncoding`). The policy goes to the queue's
            # own client: the SDK's service client takes one too and ignores it.
            queue = self._queues.get_queue_client(stage, message_encode_policy=TextBase64EncodePolicy())
            await queue.send_message(text, visibility_timeout=delay_seconds, time_to_live=_FOREVER)


def _check_size(text: str) -> None:
    size = len(base64.b64encode(text.encode()))
    if size > MAX_MESSAGE_CHARACTERS:
        raise DoesNotFitError(f"expected a message of at most `{MAX_MESSAGE_CHARACTERS}` characters, got `{size}`")
