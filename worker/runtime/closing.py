"""The worker's part of asking before taking away, see worker.domain.closing: it closes when it is asked, and opens when it is not.

A worker begins closed: it receives only after it has reported to the roster and read what is asked since. Where the ledger can't be read it
stays as it is: nobody could open an attempt of a job then.
"""

from typing import Protocol

from worker.domain.closing import LEASE_SECONDS
from worker.domain.errors import StoreUnavailable
from worker.ports import Clock, Protection, Roster


class Door(Protocol):
    """Takes work, or does not."""

    @property
    def is_empty(self) -> bool:
        """No work is here, and none can come through a receive that is under way."""

    def open(self) -> None:
        """Take work."""

    def close(self) -> None:
        """Begin no receive; what those under way bring is done."""


class ScaleIn:
    """What is known of scale-in in the whole fleet; told to whoever gives up the task's protection."""

    def __init__(self) -> None:
        """Nothing is known."""
        self.is_near = False
        """Some worker is asked to close: the number may be lowered at any time, and everybody else needs protection."""


class Closing:
    """Follows what is asked of one worker."""

    def __init__(
        self,
        *,
        worker_id: str,
        door: Door,
        roster: Roster,
        protection: Protection | None,
        scale_in: ScaleIn,
        clock: Clock,
    ) -> None:
        """Begin closed; without a protection there is none to give up."""
        self._worker_id = worker_id
        self._door = door
        self._roster = roster
        self._protection = protection
        self._scale_in = scale_in
        self._clock = clock
        self._is_new = True
        self._number: int | None = None
        self._read_at = 0.0
        self._spent: int | None = None
        self.answer: int | None = None
        """Number of the ask that is answered: nothing is here, and nothing comes."""
        door.close()

    @property
    def is_asked(self) -> bool:
        """It is to take no more work."""
        return self._number is not None

    async def look(self) -> None:
        """Read what is asked, and do so; raises StoreUnavailable where it can't be read: then only a lease may end."""
        try:
            ask = await self._roster.ask()
        except StoreUnavailable:
            if self._is_overdue():
                self._open()
            raise
        self._scale_in.is_near = ask.is_standing
        number = ask.number_for(self._worker_id, is_new=self._is_new)
        if number is None or number == self._spent:
            self._open()
            return
        if number != self._number:
            self._number, self._read_at = number, self._clock.monotonic()
        if self._is_overdue():
            self._open()
        else:
            await self._close(number)

    def _is_overdue(self) -> bool:
        return self._number is not None and self._clock.monotonic() - self._read_at >= LEASE_SECONDS

    def _open(self) -> None:
        if self._number is not None:
            self._spent = self._number
        self._number = self.answer = None
        self._is_new = False
        self._door.open()

    async def _close(self, number: int) -> None:
        self._door.close()
        if not self._door.is_empty:
            self.answer = None
        elif self.answer != number:
            if self._protection is not None:
                await self._protection.unprotect()  # else the platform would have to choose another one
            self.answer = number
