"""Later: sends the jobs that wait in the ledger for their time. First sent, then struck off: cut off between the two one is sent twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from worker.domain.errors import StoreUnavailable
from worker.domain.later import LATE_SECONDS, KeptJob, horizon
from worker.domain.parcels import parcels
from worker.scaling_ports import Later, Sender

JOBS_A_LOOK = 200
"""More of them are sent at the next looks: a look takes seconds."""
TURN_SECONDS = 60.0
"""Longer than a look: a controller that died lets the next one send after that."""


class LaterKeeper:
    """Sends what is due, one controller at a time."""

    def __init__(self, later: Later, sender: Sender) -> None:
        """Take from the one and give to the other."""
        self._later = later
        self._sender = sender
        self._name = uuid4().hex

    def look(self, now: datetime) -> str:
        """Return what is to be told of it: what went wrong, or who was sent late."""
        try:
            jobs = self._later.due(horizon(now), limit=JOBS_A_LOOK)
            if not jobs or not self._later.take_turn(self._name, now=now, seconds=TURN_SECONDS):
                return ""
            sent = self._sent(jobs, now)
        except StoreUnavailable as fault:
            return str(fault)
        refused = len(jobs) - len(sent)
        told = [f"{refused} jobs that are due were not taken by the queue"] if refused else []
        return "; ".join([*told, *_late(sent, now)])

    def _sent(self, jobs: Sequence[KeptJob], now: datetime) -> Sequence[KeptJob]:
        done: list[KeptJob] = []
        for parcel in parcels(jobs):
            taken = self._sender.send(parcel, now=now)
            for one in taken:
                self._later.forget(one)
            done += taken
        return done


def _late(sent: Sequence[KeptJob], now: datetime) -> Sequence[str]:
    seconds = [(now - one.due_at).total_seconds() for one in sent]
    late = [one for one in seconds if one > LATE_SECONDS]
    return [f"{len(late)} jobs were sent up to {max(late) / 60:.0f} min after they were due"] if late else []
