"""Observability: log groups that forget."""

from pulumi_aws import cloudwatch

from components.fleet_component import FleetComponent, StackContext


class Observability(FleetComponent):
    """One log group for the workers, one for the front door."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build both with the stack's retention."""
        super().__init__(name, context)
        workers = self._build_group("worker")
        front_door = self._build_group("ingress")
        self.worker_log_group = workers.name
        self.worker_log_group_arn = workers.arn
        self.front_door_log_group_arn = front_door.arn
        self.finish({"worker_log_group": self.worker_log_group})

    def _build_group(self, part: str) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            self.child_name(part),
            name=self._context.names.log_group(part),
            retention_in_days=self._context.config.log_retention_days,
            tags={**self.tags(part), "Name": self._context.names.log_group(part)},
            opts=self.child(),
        )
