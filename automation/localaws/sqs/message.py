"""What a queue keeps: the envelope as it was sent, and the entry that travels through the states of its life."""

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from automation.localaws.sqs.faults import SqsFault


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message as its sender gave it; never changes."""

    message_id: str
    """Stays the same when the message goes to the dead-letter queue."""
    body: str
    """The text."""
    attributes: Mapping[str, Mapping[str, Any]]
    """Message attributes as on the wire: binary values are base64."""
    system_attributes: Mapping[str, Mapping[str, Any]]
    """AWSTraceHeader, if anything."""
    sent_milliseconds: int
    """When it was sent, since the epoch."""
    group_id: str | None = None
    """A FIFO group, or the tenant of a fair queue."""
    deduplication_id: str | None = None
    """FIFO only."""
    sequence_number: str | None = None
    """FIFO only: grows within the queue."""
    dead_letter_source_arn: str | None = None
    """The queue from which redrive brought it here."""

    @cached_property
    def body_md5(self) -> str:
        """The digest that clients may check."""
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()

    @cached_property
    def attributes_md5(self) -> str:
        """The digest of all message attributes."""
        return md5_of_attributes(self.attributes)


class Life(Enum):
    """Where an entry is; every change happens under its mailbox's lock."""

    READY = "ready"
    DELAYED = "delayed"
    IN_FLIGHT = "in flight"
    GONE = "gone"


class Entry:
    """One message within one mailbox."""

    __slots__ = ("envelope", "first_received_milliseconds", "life", "receive_count", "timer")

    def __init__(self, envelope: Envelope, *, receive_count: int = 0) -> None:
        self.envelope = envelope
        self.life = Life.READY
        self.receive_count = receive_count
        self.first_received_milliseconds: int | None = None
        self.timer = 0
        """The only timer that may still move this entry: older ones in the heap are void."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """What one receive hands out: a picture, so that later changes of the entry don't show in it."""

    envelope: Envelope
    """The message."""
    receipt_handle: str
    """Proof of this receive; the next receive makes it stale."""
    receive_count: int
    """This receive included."""
    first_received_milliseconds: int
    """Of the first receive ever."""


def encode_handle(mailbox_id: str, message_id: str, receive_count: int) -> str:
    """Return an opaque receipt handle that needs no index to be understood."""
    return base64.urlsafe_b64encode(f"{mailbox_id}:{message_id}:{receive_count}".encode()).decode()


def decode_handle(mailbox_id: str, handle: str) -> tuple[str, int]:
    """Return message id and receive count; a handle of another queue or of nobody is refused."""
    try:
        owner, message_id, receive_count = base64.urlsafe_b64decode(handle.encode()).decode().split(":")
        if owner == mailbox_id:
            return message_id, int(receive_count)
    except (binascii.Error, ValueError):
        pass
    raise SqsFault("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the digest that the SQS developer guide defines: names in order, each part with its length before it."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        data_type = str(attributes[name]["DataType"])
        binary = data_type.startswith("Binary")
        value = (
            base64.b64decode(attributes[name].get("BinaryValue", ""))
            if binary
            else str(attributes[name].get("StringValue", "")).encode()
        )
        for part in (name.encode(), data_type.encode()):
            digest.update(struct.pack("!I", len(part)) + part)
        digest.update((b"\x02" if binary else b"\x01") + struct.pack("!I", len(value)) + value)
    return digest.hexdigest()
