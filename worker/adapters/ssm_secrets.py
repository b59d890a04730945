"""The webhook's secret from SSM's parameter store, remembered for a moment, so that a new one is taken up without a deployment."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from worker.adapters.aws_calls import reported

REMEMBERED = timedelta(minutes=5)


class SsmSecrets:
    """A `worker.ingress_ports.Secrets`."""

    def __init__(self, *, client: Any, parameter: str, now: Callable[[], datetime]) -> None:
        """Use a botocore SSM client; an empty name means that no webhooks are taken."""
        self._client = client
        self._parameter = parameter
        self._now = now
        self._held: tuple[datetime, tuple[str, ...]] | None = None

    def webhook_secrets(self) -> Sequence[str]:
        """Read the parameter: one secret, or two by a comma."""
        if not self._parameter:
            return ()
        now = self._now()
        if self._held is not None and now - self._held[0] < REMEMBERED:
            return self._held[1]
        with reported("read the webhook's secret"):
            answer = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
            value = str(answer["Parameter"]["Value"])
        secrets = tuple(secret.strip() for secret in value.split(",") if secret.strip())
        self._held = (now, secrets)
        return secrets
