"""Sends the messages of jobs whose time has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.job import Lane
from worker.domain.later import KeptJob
from worker.domain.parcels import entries_of, taken_of


class SqsSender:
    """A `worker.scaling_ports.Sender`."""

    def __init__(self, *, client: Any, urls: Mapping[Lane, str]) -> None:
        """Use a botocore SQS client."""
        self._client = client
        self._urls = urls

    def send(self, parcel: Sequence[KeptJob], *, now: datetime) -> Sequence[KeptJob]:
        """Send a parcel in one request; return those that SQS took."""
        with reported("send jobs that are due"):
            answer = self._client.send_message_batch(
                QueueUrl=self._urls[parcel[0].lane], Entries=entries_of(parcel, now)
            )
            return taken_of(parcel, answer)
