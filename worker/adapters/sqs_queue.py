"""One lane on SQS, by aiobotocore: pooled connections, batches of ten, every entry of every answer read."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worker.adapters.aws_errors import told_as_unavailable
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.domain.job import Lane

BATCH = 10
POLL_MARGIN_SECONDS = 10.0
"""Beyond the long poll: a receive that hangs is given up, else a worker could stand still without a word."""
TRIES = 3
RETRY_SECONDS = 0.2
LONGEST_VISIBILITY_SECONDS = 43_200
LONGEST_DELAY_SECONDS = 900
REASON_ATTRIBUTE = "ddf_reason"
SOURCE_ATTRIBUTE = "ddf_lane"


class SqsQueue:
    """A queue URL with a lane's name."""

    def __init__(
        self,
        *,
        client: Any,
        url: str,
        dead_letter_url: str,
        lane: Lane,
        visibility_timeout_seconds: int,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        """Use an aiobotocore SQS client whose read timeout is longer than the long poll."""
        self.lane = lane
        self._client = client
        self._url = url
        self._dead_letter_url = dead_letter_url
        self._visibility_timeout_seconds = visibility_timeout_seconds
        self._retry_seconds = retry_seconds

    async def receive(self, limit: int, *, wait_seconds: int) -> Sequence[Message]:
        """Take up to `limit` messages."""
        async with told_as_unavailable("receive", seconds=wait_seconds + POLL_MARGIN_SECONDS):
            answer = await self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=self._visibility_timeout_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [self._message(entry) for entry in answer.get("Messages", ())]

    async def acknowledge(self, receipts: Sequence[str]) -> Sequence[str]:
        """Delete; a refused receipt is one that the queue does not take any more."""
        return await self._in_batches("delete_message_batch", receipts, {})

    async def release(self, receipts: Sequence[str], *, delay_seconds: int) -> None:
        """Change the visibility, which keeps the receive count. A stale receipt needs no release."""
        visibility = {"VisibilityTimeout": min(delay_seconds, LONGEST_VISIBILITY_SECONDS)}
        await self._in_batches("change_message_visibility_batch", receipts, visibility)

    async def extend(self, receipts: Sequence[str], *, seconds: int) -> Sequence[str]:
        """Renew; what is refused is lost."""
        return await self._in_batches(
            "change_message_visibility_batch", receipts, {"VisibilityTimeout": seconds}
        )

    async def postpone(self, message: Message, *, delay_seconds: int) -> None:
        """Copy, then delete: cut off between the two there are two, and the second finds its job at work or done."""
        async with told_as_unavailable("postpone"):
            await self._client.send_message(
                QueueUrl=self._url,
                MessageBody=message.body,
                DelaySeconds=max(0, min(delay_seconds, LONGEST_DELAY_SECONDS)),
            )
        await self.acknowledge([message.receipt])

    async def dead_letter(self, message: Message, *, reason: str) -> None:
        """Copy, then delete: cut off between the two it comes again, which is better than lost."""
        attributes = {REASON_ATTRIBUTE: reason or "unknown", SOURCE_ATTRIBUTE: self.lane.value}
        async with told_as_unavailable("dead-letter"):
            await self._client.send_message(
                QueueUrl=self._dead_letter_url,
                MessageBody=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": _sendable(text)}
                    for name, text in attributes.items()
                },
            )
        await self.acknowledge([message.receipt])

    def _message(self, entry: Mapping[str, Any]) -> Message:
        return Message(
            message_id=entry["MessageId"],
            receipt=entry["ReceiptHandle"],
            body=entry.get("Body", ""),
            receives=int(entry.get("Attributes", {}).get("ApproximateReceiveCount", "1")),
            lane=self.lane,
        )

    async def _in_batches(
        self, operation: str, receipts: Sequence[str], fields: Mapping[str, Any]
    ) -> Sequence[str]:
        refused: list[str] = []
        for batch in _tens(list(dict.fromkeys(receipts))):
            refused += await self._batch(operation, batch, fields)
        return refused

    async def _batch(self, operation: str, batch: Sequence[str], fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the entries that are refused for good; those that may work later are tried again here.

        Ids are positions: a message that was delivered twice may stand in one batch with two receipts.
        """
        refused: list[str] = []
        for tried in range(TRIES):
            if tried:
                await asyncio.sleep(self._retry_seconds * 2**tried)
            entries = [
                {"Id": str(position), "ReceiptHandle": receipt, **fields}
                for position, receipt in enumerate(batch)
            ]
            async with told_as_unavailable(operation):
                answer = await getattr(self._client, operation)(QueueUrl=self._url, Entries=entries)
            failed = {int(entry["Id"]): entry for entry in answer.get("Failed", ())}
            refused += [batch[at] for at, entry in failed.items() if entry.get("SenderFault")]
            batch = [batch[at] for at, entry in failed.items() if not entry.get("SenderFault")]
            if not batch:
                return refused
        raise StoreUnavailable(f"{operation}: {len(batch)} entries failed {TRIES} times")


def _tens(receipts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(receipts), BATCH):
        yield receipts[start : start + BATCH]


def _sendable(text: str) -> str:
    """Return text without the characters that SQS refuses."""
    return "".join(sign if sign in "\t\n\r" or " " <= sign < "\ud800" else "?" for sign in text)
