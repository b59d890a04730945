"""Pure: messages of jobs as SQS takes them together, each to show when its job may start."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from worker.domain.job import Lane
from worker.domain.later import delay_seconds

MESSAGES_A_REQUEST = 10
"""SQS takes ten messages in one request…"""
BYTES_A_REQUEST = 1_000_000
"""…and 1 MiB together, attributes and envelope included."""


class Sendable(Protocol):
    """A job with its message."""

    @property
    def lane(self) -> Lane:
        """Where it is sent."""

    @property
    def body(self) -> str:
        """Its message."""

    @property
    def due_at(self) -> datetime | None:
        """When it may start, UTC; None is at once."""


One = TypeVar("One", bound=Sendable)


def parcels(messages: Sequence[One]) -> Iterator[Sequence[One]]:
    """Put together what goes in one request: of one lane, the high one first, and no more than SQS takes."""
    for lane in Lane:
        group: list[One] = []
        size = 0
        for one in (message for message in messages if message.lane is lane):
            length = len(one.body.encode())
            if group and (len(group) == MESSAGES_A_REQUEST or size + length > BYTES_A_REQUEST):
                yield group
                group, size = [], 0
            group.append(one)
            size += length
        if group:
            yield group


def entries_of(parcel: Sequence[Sendable], now: datetime) -> list[dict[str, Any]]:
    """Return the entries of a parcel's request, each by its place."""
    return [
        {"Id": str(index), "MessageBody": one.body, "DelaySeconds": delay_seconds(one.due_at, now)}
        for index, one in enumerate(parcel)
    ]


def taken_of(parcel: Sequence[One], answer: Mapping[str, Any]) -> list[One]:
    """Return those that SQS took."""
    return [parcel[int(one["Id"])] for one in answer.get("Successful", ())]
