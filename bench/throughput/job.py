"""What every worker of this benchmark is told, and how it tells of a job: one byte for its start, one for its end.

A byte appended to a file costs two microseconds, is the same for every peer, and counts over processes and threads.
Nothing but the standard library is imported, so that each peer loads only its own.
"""

import os
from dataclasses import dataclass
from pathlib import Path

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker is given; it travels in the environment."""

    endpoint: str
    """The SQS server."""
    queue: str
    """Name of the queue; ours takes it as the prefix of its three lanes."""
    folder: Path
    """Where the files `started` and `finished` grow."""
    concurrency: int
    """Jobs at once, where the worker is no pool of a size that its command line says."""
    visibility_seconds: int
    """Visibility timeout."""

    def to_env(self) -> dict[str, str]:
        return {
            "BENCH_ENDPOINT": self.endpoint,
            "BENCH_QUEUE": self.queue,
            "BENCH_FOLDER": str(self.folder),
            "BENCH_CONCURRENCY": str(self.concurrency),
            "BENCH_VISIBILITY": str(self.visibility_seconds),
        }

    @classmethod
    def from_env(cls) -> "Task":
        return cls(
            endpoint=os.environ["BENCH_ENDPOINT"],
            queue=os.environ["BENCH_QUEUE"],
            folder=Path(os.environ["BENCH_FOLDER"]),
            concurrency=int(os.environ["BENCH_CONCURRENCY"]),
            visibility_seconds=int(os.environ["BENCH_VISIBILITY"]),
        )


class Record:
    """Tells of starts and ends."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._started = os.open(folder / "started", flags)
        self._finished = os.open(folder / "finished", flags)

    def started(self) -> None:
        os.write(self._started, b".")

    def finished(self) -> None:
        os.write(self._finished, b".")
