"""Delivery: a message in our hands, and Disposition: what its handler decided about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from worker.domain.attempt import EndReason, MessageFate
from worker.domain.exchange import Message
from worker.ports import Queue


@dataclass(kw_only=True, eq=False)
class Delivery:
    """A message that we hold. It changes: heartbeats renew it, a redelivery brings a newer receipt, a drain interrupts it."""

    message: Message
    """The envelope as first received."""
    queue: Queue
    """Where it came from."""
    receipt: str
    """The newest handle: an older one may no longer delete."""
    held_since: float
    """When the hold was last renewed, on the monotonic clock."""
    interruption: EndReason | None = None
    """Why its work must end early (lease_lost, drained); set before the work is cancelled."""
    interrupt: Callable[[], object] | None = None
    """Cancels the work under way; None while it waits for a slot."""

    def end_early(self, reason: EndReason) -> None:
        """Interrupt the work, or keep it from starting; the first reason stands."""
        if self.interruption is None:
            self.interruption = reason
            if self.interrupt is not None:
                self.interrupt()


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What a handler wants done with the message."""

    fate: MessageFate
    """Acknowledge, retry, release or leave."""
    delay_seconds: int = 0
    """Before a retry."""
    dead_letter_reason: str = ""
    """Where not empty, the message goes to the dead-letter queue with it, whatever the fate says."""


Handler = Callable[[Delivery], Awaitable[Disposition]]
"""Does the work of one delivery. It catches its own failures; a cancellation means that `interruption` is set."""
