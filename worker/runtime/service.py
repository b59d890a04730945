"""The worker as a whole: the gateway and the consumer, from start to drained."""

from dataclasses import dataclass

from worker.runtime.consumer import Consumer
from worker.runtime.drain import Deadline, stopping_on_signal
from worker.runtime.gateway import Gateway
from worker.runtime.telemetry import Telemetry


@dataclass(frozen=True, kw_only=True)
class Service:
    """What `python -m worker` runs."""

    consumer: Consumer
    """Takes jobs."""
    gateway: Gateway
    """Answers HTTP."""
    telemetry: Telemetry
    """Tells."""
    grace_seconds: float
    """See worker.runtime.drain."""
    deadline_seconds: float
    """See worker.runtime.drain."""

    async def run(self) -> None:
        """Work until a signal, then drain and return."""
        deadline = Deadline(seconds=self.deadline_seconds)

        def stop() -> None:
            self.telemetry.info("draining", running=self.consumer.running, grace_seconds=self.grace_seconds)
            deadline.arm()
            self.consumer.stop()

        with stopping_on_signal(stop):
            port = await self.gateway.start()
            self.telemetry.info("ready", gateway_port=port)
            try:
                await self.consumer.run(grace_seconds=self.grace_seconds)
            finally:
                await self.gateway.stop()
        self.telemetry.info("drained")
