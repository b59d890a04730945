"""Pure: StackOutputs, the typed names that the program exports and the driver reads back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from worker.domain.job import Lane


@dataclass(frozen=True, kw_only=True)
class StackOutputs:
    """Outputs of a deployed stack. The exported name is the field in PascalCase (`queue_url` -> `QueueUrl`)."""

    environment: str
    """Stack name."""
    region: str
    """AWS region."""
    account_id: str
    """AWS account."""
    compute_type: str
    """ecs-fargate, ec2-gpu or lambda."""
    instances: int
    """Workers that a start brings up."""
    auto_stop_minutes: int
    """Idle minutes after which the fleet stops; 0 never."""
    cluster_name: str
    """ECS cluster; empty for lambda, which has none."""
    service_name: str
    """ECS service, or Lambda function."""
    task_definition_arn: str
    """The revision that this deployment made, of the task definition or of the function; health compares it with what runs."""
    queue_url: str
    """Normal lane."""
    queue_url_high: str
    """High lane."""
    queue_url_low: str
    """Low lane."""
    dead_letter_queue_url: str
    """Dead-letter queue."""
    results_bucket: str
    """S3 bucket."""
    ledger_table: str
    """DynamoDB table."""
    repository_url: str
    """ECR repository of the worker's image."""
    log_group_name: str
    """Log group of the workers."""
    service_endpoints: tuple[str, ...]
    """Addresses that answer /health and /api/*."""
    model: str
    """Model or engine that the workers use."""

    @property
    def lane_urls(self) -> Mapping[Lane, str]:
        """The queues of the lanes."""
        return {Lane.HIGH: self.queue_url_high, Lane.NORMAL: self.queue_url, Lane.LOW: self.queue_url_low}

    @classmethod
    def from_exports(cls, exports: Mapping[str, Any]) -> "StackOutputs":
        """Read exports; raises ValueError naming every one that is missing."""
        missing = [output_name(field.name) for field in fields(cls) if output_name(field.name) not in exports]
        if missing:
            raise ValueError(f"the stack lacks the outputs {', '.join(missing)}")
        values = {field.name: exports[output_name(field.name)] for field in fields(cls)}
        values["instances"] = int(values["instances"])
        values["auto_stop_minutes"] = int(values["auto_stop_minutes"])
        values["service_endpoints"] = tuple(values["service_endpoints"])
        return cls(**values)


def output_name(field_name: str) -> str:
    """Exported name of a field: PascalCase."""
    return "".join(word.capitalize() for word in field_name.split("_"))
