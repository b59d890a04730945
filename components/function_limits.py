"""Pure: what AWS allows a Lambda function that SQS feeds."""

from worker.domain.function_width import LEAST_WIDTH

LONGEST_SECONDS = 900
START_SECONDS = 30
"""Start and clean-up, on top of the longest attempt."""
LONGEST_JOB_SECONDS = LONGEST_SECONDS - START_SECONDS
LARGEST_MEMORY_MIB = 10_240
LARGEST_BATCH = 10
"""Messages in one invocation, without a waiting time to gather them."""
SMALLEST_CONCURRENCY = LEAST_WIDTH
"""Least `maximum_concurrency` of an event source mapping."""
VISIBILITY_FACTOR = 6
"""AWS's advice: messages stay hidden six times as long as the function may run, so that throttled batches are tried again in time."""
LONGEST_VISIBILITY_SECONDS = 43_200


def visibility_seconds(function_seconds: int) -> int:
    """Visibility timeout of a queue whose messages a function takes."""
    return min(LONGEST_VISIBILITY_SECONDS, VISIBILITY_FACTOR * function_seconds)
