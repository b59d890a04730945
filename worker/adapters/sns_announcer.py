"""Tells people by an SNS topic."""

from typing import Any

from worker.adapters.aws_calls import reported

LONGEST_SUBJECT = 100


class SnsAnnouncer:
    """A `worker.scaling_ports.Announcer`; without a topic nobody hears, and that is no fault."""

    def __init__(self, *, client: Any, topic_arn: str) -> None:
        """Use a botocore SNS client."""
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, subject: str, text: str) -> None:
        """Publish."""
        if self._topic_arn:
            with reported("publish to the topic"):
                self._client.publish(
                    TopicArn=self._topic_arn, Subject=subject[:LONGEST_SUBJECT], Message=text
                )
