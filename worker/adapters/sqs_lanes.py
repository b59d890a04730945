"""The depth of all lanes, from SQS itself."""

from collections.abc import Sequence
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.fleet_control import LaneDepth

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"


class SqsLanes:
    """A `worker.scaling_ports.Lanes`."""

    def __init__(self, *, client: Any, urls: Sequence[str]) -> None:
        """Use a botocore SQS client."""
        self._client = client
        self._urls = urls

    def depth(self) -> LaneDepth:
        """Add the lanes up; one that does not answer makes the sum worthless."""
        with reported("ask the lanes how full they are"):
            answers = [
                self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[VISIBLE, IN_FLIGHT])
                for url in self._urls
            ]
            return LaneDepth(
                visible=sum(int(answer["Attributes"][VISIBLE]) for answer in answers),
                in_flight=sum(int(answer["Attributes"][IN_FLIGHT]) for answer in answers),
            )
