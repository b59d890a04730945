"""Image: where the images of a task come from: the worker's own repository and, for Ollama, that of the model."""

import pulumi
from pulumi_aws import ecr

from components.fleet_component import FleetComponent, StackContext
from components.naming import OLLAMA_PART, WORKER_PART, model_tag
from components.permissions import image_expiry

KEPT_IMAGES = 20
UNTAGGED_DAYS = 7


class Image(FleetComponent):
    """ECR repositories; the model is baked into an image of its own, tagged with its name (docs/decisions/0007)."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build one repository, or two where an Ollama sidecar is needed."""
        super().__init__(name, context)
        worker = self._build_repository(WORKER_PART)
        self.worker_repository = worker.name
        self.repository_url = worker.repository_url
        self.worker_image = pulumi.Output.format("{0}:{1}", worker.repository_url, context.config.image_tag)
        self.ollama_image: pulumi.Output[str] | None = None
        arns = [worker.arn]
        if context.config.engine != "builtin":
            ollama = self._build_repository(OLLAMA_PART)
            self.ollama_image = pulumi.Output.format(
                "{0}:{1}", ollama.repository_url, model_tag(context.config.model)
            )
            arns.append(ollama.arn)
        self.repository_arns = pulumi.Output.all(*arns)
        self.finish({"repository_url": self.repository_url})

    def _build_repository(self, part: str) -> ecr.Repository:
        is_protected = self._context.config.protect
        repository = ecr.Repository(
            self.child_name(part),
            name=self._context.names.part(part),
            image_tag_mutability="IMMUTABLE" if is_protected else "MUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            force_delete=not is_protected,
            tags=self.tags(part),
            opts=self.child(),
        )
        ecr.LifecyclePolicy(
            self.child_name(f"{part}-expiry"),
            repository=repository.name,
            policy=pulumi.Output.json_dumps(image_expiry(keep=KEPT_IMAGES, untagged_days=UNTAGGED_DAYS)),
            opts=self.child(),
        )
        return repository
