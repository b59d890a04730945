"""JobQueue: three lanes and the dead-letter queue behind all of them."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import sqs

from components.fleet_component import FleetComponent, StackContext
from components.permissions import redrive, redrive_allowance, tls_only
from worker.domain.job import Lane

LONG_POLL_SECONDS = 20
LANE_RETENTION_SECONDS = 4 * 86_400
DEAD_LETTER_RETENTION_SECONDS = 14 * 86_400
"""As long as SQS allows, and longer than a lane's: a message keeps its age when it is set aside."""


class JobQueue(FleetComponent):
    """Queues with encryption by SQS, TLS only, redrive after so many receives."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build the dead-letter queue first, then the lanes, then tell the former who may use it."""
        super().__init__(name, context, holds_data=True)
        names = context.names
        dead_letters = self._build_queue("dlq", names.dead_letter_queue, DEAD_LETTER_RETENTION_SECONDS, None)
        policy = pulumi.Output.json_dumps(
            dead_letters.arn.apply(
                lambda arn: redrive(dead_letter_arn=arn, maximum_receives=context.config.maximum_receives)
            )
        )
        lanes = {
            lane: self._build_queue(lane.value, names.lane_queue(lane.value), LANE_RETENTION_SECONDS, policy)
            for lane in Lane
        }
        sqs.RedriveAllowPolicy(
            self.child_name("dlq-sources"),
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                pulumi.Output.all(*(queue.arn for queue in lanes.values())).apply(redrive_allowance)
            ),
            opts=self.child(),
        )
        self.lane_urls: Mapping[Lane, pulumi.Output[str]] = {lane: queue.url for lane, queue in lanes.items()}
        self.lane_names: Mapping[Lane, pulumi.Output[str]] = {
            lane: queue.name for lane, queue in lanes.items()
        }
        self.arns: Mapping[Lane, pulumi.Output[str]] = {lane: queue.arn for lane, queue in lanes.items()}
        self.lane_arns = pulumi.Output.all(*(queue.arn for queue in lanes.values()))
        self.dead_letter_url = dead_letters.url
        self.dead_letter_arn = dead_letters.arn
        self.dead_letter_name = dead_letters.name
        self.finish({"dead_letter_url": dead_letters.url, "url": self.lane_urls[Lane.NORMAL]})

    def _build_queue(
        self, part: str, physical_name: str, retention_seconds: int, redrive_policy: pulumi.Output[str] | None
    ) -> sqs.Queue:
        queue = sqs.Queue(
            self.child_name(part),
            name=physical_name,
            message_retention_seconds=retention_seconds,
            visibility_timeout_seconds=self._context.config.lane_visibility_seconds,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            redrive_policy=redrive_policy,
            sqs_managed_sse_enabled=True,
            tags={**self.tags(part), "Name": physical_name},
            opts=self.child(),
        )
        sqs.QueuePolicy(
            self.child_name(f"{part}-policy"),
            queue_url=queue.url,
            policy=pulumi.Output.json_dumps(
                queue.arn.apply(lambda arn: tls_only(service="sqs", resource_arns=[arn]))
            ),
            opts=self.child(),
        )
        return queue
