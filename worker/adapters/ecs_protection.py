"""Scale-in protection of this task, by the ECS API.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

Trouble = Callable[[str], None]
"""Hears why it did not work."""


class EcsProtection:
    """A `worker.ports.Protection` for one task."""

    def __init__(self, *, client: Any, task_arn: str, on_trouble: Trouble) -> None:
        """Use an aiobotocore ECS client; the ARN names the cluster: …:task/CLUSTER/ID."""
        self._client = client
        self._task_arn = task_arn
        self._cluster = task_arn.rpartition(":")[2].split("/")[1]
        self._on_trouble = on_trouble

    async def protect(self, *, minutes: int) -> None:
        """Ask for it until so many minutes from now, 1 to 2880."""
        await self._update(protectionEnabled=True, expiresInMinutes=minutes)

    async def unprotect(self) -> None:
        """Give it up."""
        await self._update(protectionEnabled=False)

    async def _update(self, **wanted: object) -> None:
        try:
            answer = await self._client.update_task_protection(
                cluster=self._cluster, tasks=[self._task_arn], **wanted
            )
        except (ClientError, BotoCoreError) as error:
            self._on_trouble(f"{type(error).__name__}: {error}")
            return
        for failure in answer.get("failures", ()):
            self._on_trouble(str(failure.get("reason", "refused")))
