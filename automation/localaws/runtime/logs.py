"""Container logs: each process writes to a file; one thread follows the files into CloudWatch Logs, in batches."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.observed import LogDestination

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_logs.type_defs import InputLogEventTypeDef

PUMP_SECONDS = 0.5
READ_BYTES = 256 * 1024
"""Below the megabyte of PutLogEvents, with its 26 bytes for each event."""
EVENTS_PER_CALL = 2_000
LONGEST_LINE_BYTES = 64 * 1024
LARGEST_FILE_BYTES = 32 * 1024 * 1024
"""A file that has grown past this is cut to nothing; CloudWatch Logs has what it held."""

FILES_KEPT = 100

log = logging.getLogger(__name__)


def prune(directory: Path, *, keep: int = FILES_KEPT) -> None:
    """Delete all but the newest log files."""
    newest_first = sorted(directory.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[keep:]:
        path.unlink()


class LogsUnavailable(Exception):
    """The log group that the container names can't be written."""


class LogStreams(Protocol):
    """Where followed lines go."""

    def open(self, destination: LogDestination, stream: str) -> None:
        """Make the stream; raises LogsUnavailable."""
        ...

    def put(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines, stamped with now."""
        ...


class CloudWatchStreams:
    """LogStreams over boto3."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @property
    def _logs(self) -> "CloudWatchLogsClient":
        client: CloudWatchLogsClient = self._clients.get("logs")
        return client

    def open(self, destination: LogDestination, stream: str) -> None:
        """Make the stream, and the group where the definition asks for it; raises LogsUnavailable."""
        exists = self._logs.exceptions.ResourceAlreadyExistsException
        try:
            if destination.create_group:
                with contextlib.suppress(exists):
                    self._logs.create_log_group(logGroupName=destination.group)
            with contextlib.suppress(exists):
                self._logs.create_log_stream(logGroupName=destination.group, logStreamName=stream)
        except (BotoCoreError, ClientError) as fault:
            raise LogsUnavailable(
                f"ResourceInitializationError: failed to validate logger args: log group {destination.group}: {fault}"
            ) from fault

    def put(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines, stamped with now."""
        now_ms = int(time.time() * 1000)
        for start in range(0, len(lines), EVENTS_PER_CALL):
            batch = lines[start : start + EVENTS_PER_CALL]
            events: list[InputLogEventTypeDef] = [{"timestamp": now_ms, "message": line} for line in batch]
            self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@dataclass(kw_only=True)
class Follower:
    """One file and how far it has been read."""

    path: Path
    """The file."""
    group: str
    """Log group."""
    stream: str
    """Log stream."""
    offset: int = 0
    """Bytes read."""
    rest: bytes = b""
    """An unfinished last line."""
    is_finished: bool = False
    """Nobody writes to it any more."""

    def read_lines(self) -> list[str]:
        """Return whole new lines; of a finished file, the unfinished last one too."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            block = file.read(READ_BYTES)
        self.offset += len(block)
        *whole, self.rest = (self.rest + block).split(b"\n")
        is_at_end = len(block) < READ_BYTES
        if (self.is_finished and is_at_end) or len(self.rest) > LONGEST_LINE_BYTES:
            whole.append(self.rest)
            self.rest = b""
        return [line.decode(errors="replace") for line in whole if line]

    def cut_if_large(self) -> None:
        """Empty a file that has grown past its limit; its writer appends, so it goes on at the start."""
        if self.offset > LARGEST_FILE_BYTES and self.path.stat().st_size == self.offset:
            os.truncate(self.path, 0)
            self.offset = 0


class LogPump:
    """Follows files on a thread of its own."""

    def __init__(self, streams: LogStreams) -> None:
        self._streams = streams
        self._followers: dict[Path, Follower] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def start(self) -> None:
        """Begin to pump."""
        self._thread.start()

    def stop(self) -> None:
        """Pump what is there and stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def open(self, path: Path, destination: LogDestination, stream: str) -> None:
        """Make the stream and follow the file into it; raises LogsUnavailable."""
        self._streams.open(destination, stream)
        with self._lock:
            self._followers[path] = Follower(path=path, group=destination.group, stream=stream)

    def finish(self, path: Path) -> None:
        """Follow the file to its end, then no more."""
        with self._lock:
            if path in self._followers:
                self._followers[path].is_finished = True

    def _run(self) -> None:
        while not self._stopping.wait(PUMP_SECONDS):
            self._pump_all()
        self._pump_all()

    def _pump_all(self) -> None:
        with self._lock:
            followers = list(self._followers.values())
        for follower in followers:
            try:
                self._pump(follower)
            except FileNotFoundError:
                continue  # its process has not started yet
            except (BotoCoreError, ClientError, OSError) as fault:
                log.warning("log stream %s: %s", follower.stream, fault)

    def _pump(self, follower: Follower) -> None:
        was_finished = follower.is_finished
        while lines := follower.read_lines():
            self._streams.put(follower.group, follower.stream, lines)
        follower.cut_if_large()
        if was_finished:
            with self._lock:
                self._followers.pop(follower.path, None)
