"""Two clouds to ask the same question: the embedded AWS, and moto as it comes."""

import dataclasses
import functools
import json
import uuid
from typing import Any

import boto3
from botocore.config import Config


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cloud:
    """Something that answers AWS calls on the loopback."""

    endpoint: str

    def client(self, service: str) -> Any:
        """Return a client, the same one each time."""
        return _client(self.endpoint, service)

    def queue(self, **attributes: object) -> str:
        """Return the URL of a new queue with a name of its own."""
        suffix = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        texts = {
            name: json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in attributes.items()
        }
        url: str = self.client("sqs").create_queue(QueueName=unique("q") + suffix, Attributes=texts)[
            "QueueUrl"
        ]
        return url

    def queue_arn(self, url: str) -> str:
        """Return a queue's ARN."""
        arn: str = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        return arn

    def receive(self, url: str, limit: int = 10, **options: object) -> list[dict[str, Any]]:
        """Receive with everything that can be asked for."""
        answer = self.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=limit,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
            **options,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


@functools.cache
def _client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=100, retries={"total_max_attempts": 1}),
    )
