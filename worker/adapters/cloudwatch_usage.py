"""Lambda's own count of a function's time, as CloudWatch keeps it."""

from datetime import UTC, datetime
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.budget import FunctionTime, month_start

PERIOD_SECONDS = 3600
"""A month has 744 hours, one answer holds 1,440 points; points of minutes are gone after 15 days."""


class CloudWatchUsage:
    """A `worker.scaling_ports.Usage`."""

    def __init__(self, *, client: Any, function: str) -> None:
        """Use a botocore CloudWatch client."""
        self._client = client
        self._function = function

    def month(self, now: datetime) -> FunctionTime:
        """Add up the hours of the month, all versions together; an invocation counts when it has ended, failed ones too."""
        with reported("read how long the function worked"):
            points = self._client.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName="Duration",
                Dimensions=[{"Name": "FunctionName", "Value": self._function}],
                StartTime=month_start(now),
                EndTime=now,
                Period=PERIOD_SECONDS,
                Statistics=["Sum"],
            )["Datapoints"]
            starts = [point["Timestamp"].astimezone(UTC) for point in points]
            return FunctionTime(
                seconds=sum(float(point["Sum"]) for point in points) / 1000.0,
                since=min(starts, default=None),
            )
