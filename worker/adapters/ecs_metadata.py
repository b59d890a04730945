"""What ECS tells a task of itself."""

from collections.abc import Mapping

import httpx

METADATA_VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"
ARN_VARIABLE = "ECS_TASK_ARN"
"""Set by the embedded AWS, which has no metadata endpoint."""
ANSWER_SECONDS = 2.0


async def task_arn(env: Mapping[str, str]) -> str:
    """Return the ARN of the task that this process runs in; empty where it runs in none, or nobody answers."""
    named, address = env.get(ARN_VARIABLE, ""), env.get(METADATA_VARIABLE, "")
    if named or not address:
        return named
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            answer = await client.get(f"{address}/task")
        return str(answer.raise_for_status().json()["TaskARN"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ""  # the roster then names the worker alone
