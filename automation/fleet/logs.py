"""Reads the workers' logs from CloudWatch Logs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs

_POLL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line."""

    at_milliseconds: int
    """Epoch milliseconds."""
    stream: str
    """Log stream: one a task."""
    text: str
    """The line."""


def log_lines(
    access: AwsAccess, outputs: StackOutputs, *, since_seconds: float, follow: bool
) -> Iterator[LogLine]:
    """Yield lines in time order; with `follow`, go on until interrupted."""
    start = int((time.time() - since_seconds) * 1000)
    seen: set[str] = set()
    while True:
        pages = (
            access.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=outputs.log_group_name, startTime=start)
        )
        events = [event for page in pages for event in page["events"] if event["eventId"] not in seen]
        for event in sorted(events, key=lambda one: int(one["timestamp"])):
            seen.add(event["eventId"])
            yield LogLine(
                at_milliseconds=event["timestamp"], stream=event["logStreamName"], text=event["message"]
            )
        if not follow:
            return
        time.sleep(_POLL_SECONDS)
