"""Alarms: what somebody must hear about, at ten cents a month each."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, sns

from components.fleet_component import FleetComponent, StackContext
from components.job_queue import JobQueue
from components.topic_subscriptions import subscribe

METRIC_PERIOD_SECONDS = 60
"""SQS publishes each minute."""
LATE_FACTOR = 2
"""A lane is late when its oldest message has waited this many times the promised time."""


@dataclass(frozen=True, kw_only=True)
class QueueAlarm:
    """When one metric of one queue is too high."""

    part: str
    """Part of the alarm's name."""
    queue_name: pulumi.Output[str]
    """Queue."""
    metric: str
    """Metric of the namespace AWS/SQS."""
    threshold: int
    """The highest value that is fine."""
    minutes: int
    """Minutes in a row that are not."""
    text: str
    """What it means and what to do."""


class Alarms(FleetComponent):
    """A topic, and an alarm for each queue that tells it."""

    def __init__(self, name: str, context: StackContext, queue: JobQueue) -> None:
        """Build the topic, subscribe whom the stack names, then watch the queues."""
        super().__init__(name, context)
        # Not encrypted with the AWS-managed key: CloudWatch may not use that, and alarms would vanish unheard.
        topic = sns.Topic(
            self.child_name("topic"),
            name=context.names.part("alarms"),
            tags=self.tags("alarms"),
            opts=self.child(),
        )
        mail, webhook = context.config.alarm_email, context.config.alarm_webhook
        subscribe(self, topic.arn, part="mail", protocol="email", endpoint=mail)
        subscribe(self, topic.arn, part="webhook", protocol="https", endpoint=webhook)
        for alarm in self._queue_alarms(queue):
            self._build_alarm(alarm, topic.arn)
        self.topic_arn = topic.arn
        self.finish({"topic_arn": topic.arn})

    def _queue_alarms(self, queue: JobQueue) -> list[QueueAlarm]:
        limit_seconds = LATE_FACTOR * self._context.config.slo_seconds
        poison = QueueAlarm(
            part="poison",
            queue_name=queue.dead_letter_name,
            metric="ApproximateNumberOfMessagesVisible",
            threshold=0,
            minutes=1,
            text="Messages in the dead-letter queue: list them, mend the cause, redrive them",
        )
        late = [
            QueueAlarm(
                part=f"late-{lane.value}",
                queue_name=name,
                metric="ApproximateAgeOfOldestMessage",
                threshold=limit_seconds,
                minutes=3,
                text=f"The oldest job of lane {lane.value} waits for more than {limit_seconds} s: look at status and health",
            )
            for lane, name in queue.lane_names.items()
        ]
        return [poison, *late]

    def _build_alarm(self, alarm: QueueAlarm, topic_arn: pulumi.Output[str]) -> None:
        cloudwatch.MetricAlarm(
            self.child_name(alarm.part),
            name=self._context.names.part(alarm.part),
            alarm_description=alarm.text,
            namespace="AWS/SQS",
            metric_name=alarm.metric,
            dimensions={"QueueName": alarm.queue_name},
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            period=METRIC_PERIOD_SECONDS,
            evaluation_periods=alarm.minutes,
            treat_missing_data="notBreaching",  # a queue that nobody touches for hours publishes nothing
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=self.tags(alarm.part),
            opts=self.child(),
        )
