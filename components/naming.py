"""Pure: names and tags from (project, stack, part). Nothing else in the product spells a resource name."""

from dataclasses import dataclass

PROJECT = "deployer-ddf-mod-llm-models"
"""Pulumi project, tag value and first part of every name on AWS."""

WORKER_PART = "worker"
OLLAMA_PART = "ollama"
DEAD_LETTER_PART = "dlq"
CONTROLLER_PART = "controller"
"""The function that sets the fleet's size."""
SPENDING_PART = "spending"
"""The function that keeps a fleet of functions within its budget."""
RESCUE_START_PART = "rescue-start"
RESCUE_STOP_PART = "rescue-stop"
"""The alarms that set it where that function is dead."""
IMAGE_BUILDER_PART = "image-builder"
"""The CodeBuild project that makes the images, and its role."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names on AWS for one stack."""

    environment: str
    """Stack name: local, dev, staging or prod."""

    @property
    def prefix(self) -> str:
        """What every name starts with."""
        return f"{PROJECT}-{self.environment}"

    @property
    def cluster(self) -> str:
        """ECS cluster: the bare prefix."""
        return self.prefix

    @property
    def service(self) -> str:
        """ECS service, unique within its cluster."""
        return PROJECT

    @property
    def queue(self) -> str:
        """SQS queue of the normal lane."""
        return self.part("queue")

    def lane_queue(self, lane: str) -> str:
        """SQS queue of a lane; the normal one has no suffix."""
        return self.queue if lane == "normal" else f"{self.queue}-{lane}"

    @property
    def dead_letter_queue(self) -> str:
        """SQS dead-letter queue of all lanes."""
        return f"{self.queue}-{DEAD_LETTER_PART}"

    def results_bucket(self, account_id: str) -> str:
        """S3 bucket of results: bucket names are global, so the account id ends it (63 characters at most)."""
        return f"{self.part('results')}-{account_id}"

    @property
    def ledger(self) -> str:
        """DynamoDB table."""
        return self.part("ledger")

    def part(self, part: str) -> str:
        """Name of any other part."""
        return f"{self.prefix}-{part}"

    def short(self, part: str) -> str:
        """Name of what AWS gives 32 characters at most: balancers and target groups."""
        return f"ddf-{self.environment}-{part}"

    def log_group(self, part: str) -> str:
        """CloudWatch log group."""
        return f"/{PROJECT}/{self.environment}/{part}"

    def tags(self) -> dict[str, str]:
        """Tags on everything taggable; the leftover scan looks for the first two."""
        return {"Project": PROJECT, "Environment": self.environment, "ManagedBy": "pulumi"}


def model_tag(model: str) -> str:
    """Image tag of a model, or of several: tags know neither ':' nor '/' nor ','."""
    return model.translate({ord(":"): "-", ord("/"): "-", ord(","): "_"})
