"""Reads the locks of a backend that keeps them as files: who holds a stack, and whether that process still lives.

Pulumi's `cancel` deletes every lock blindly; we look at owner, host, pid and age first.
"""

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import Diagnostic
from components.naming import PROJECT

S3_SCHEME = "s3"


class Liveness(StrEnum):
    """What is known of the process that took a lock."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class StackLock:
    """One lock."""

    place: str
    """File or object that it is."""
    owner: str
    """User name."""
    host: str
    """Machine."""
    pid: int
    """Process of the Pulumi CLI."""
    since: str
    """ISO 8601 in UTC; as Pulumi wrote it where that is no time."""
    remove: Callable[[], object]
    """Takes it away; one that is gone already is fine."""

    @property
    def liveness(self) -> Liveness:
        """Tell whether its process still works; of another machine nobody knows, and it is never called gone."""
        if self.host != platform.node():
            return Liveness.UNKNOWN
        try:
            process = psutil.Process(self.pid)
            is_over = "pulumi" not in process.name() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return Liveness.GONE
        return Liveness.GONE if is_over else Liveness.ALIVE

    @property
    def is_stale(self) -> bool:
        """It was taken on this machine by a process that is gone."""
        return self.liveness is Liveness.GONE

    def age_seconds(self, now: datetime | None = None) -> float | None:
        """Age, None where the time can't be read; a clock that is ahead makes it 0."""
        try:
            taken = datetime.fromisoformat(self.since).replace(tzinfo=UTC)
        except ValueError:
            return None
        return max(((now or datetime.now(UTC)) - taken).total_seconds(), 0.0)

    def describe(self) -> str:
        """Say who holds it."""
        return f"held by {self.owner} on {self.host}, process {self.pid}, since {self.since}"


def locks_of(backend_url: str, environment: str) -> tuple[StackLock, ...]:
    """Return the locks of a stack in a folder or an S3 bucket; none for other backends, which tell by themselves."""
    parts = urlsplit(backend_url)
    tail = f".pulumi/locks/organization/{PROJECT}/{environment}"
    if parts.scheme == "file":
        folder = Path(unquote(parts.path)) / tail
        found = (_in_folder(path) for path in sorted(folder.glob("*.json")))
        return tuple(lock for lock in found if lock is not None)
    if parts.scheme == S3_SCHEME:
        return _in_bucket(backend_url, tail)
    return ()


def keeps_locks_as_files(backend_url: str) -> bool:
    """Tell whether `locks_of` can see the locks of this backend."""
    return urlsplit(backend_url).scheme in {"file", S3_SCHEME}


def mend_side_files(backend_url: str, environment: str) -> tuple[Path, ...]:
    """Remove the attributes beside a stack's state that a killed Pulumi left empty; return what was removed.

    Pulumi's file store replaces the state itself at once, but writes the file of its attributes (content type, digest) in place. Killed
    between the two it leaves an empty one, and every command after it ends with "failed to load checkpoint: EOF". Without
    that file the state is read as it is. Only for a stack that nobody holds.
    """
    if not backend_url.startswith("file://"):
        return ()
    folder = Path(unquote(urlsplit(backend_url).path)) / ".pulumi" / "stacks" / PROJECT
    empty = [path for path in sorted(folder.glob(f"{environment}.json*.attrs")) if not path.stat().st_size]
    for path in empty:
        path.unlink(missing_ok=True)
    return tuple(empty)


def _in_folder(path: Path) -> StackLock | None:
    try:
        return _parse(path.read_text(), str(path), lambda: path.unlink(missing_ok=True))
    except OSError:
        return None


def _in_bucket(backend_url: str, tail: str) -> tuple[StackLock, ...]:
    import boto3  # noqa: PLC0415 - slow to load, and only needed where the state lies in S3
    from botocore.config import Config  # noqa: PLC0415 - likewise

    parts = urlsplit(backend_url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    bucket, prefix = parts.netloc, f"{unquote(parts.path).strip('/')}/{tail}/".lstrip("/")
    is_by_path = options.get("s3ForcePathStyle") == "true"
    try:
        client = boto3.Session(profile_name=options.get("profile")).client(
            S3_SCHEME,
            region_name=options.get("region"),
            endpoint_url=_endpoint(options),
            config=Config(s3={"addressing_style": "path"}) if is_by_path else Config(),
        )
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [str(entry["Key"]) for page in pages for entry in page.get("Contents", [])]
        texts = {key: client.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}
    except (ClientError, BotoCoreError) as fault:
        raise Diagnostic(
            f"the locks in {bucket} can't be read",
            why=str(fault),
            next_step="check the credentials and PULUMI_BACKEND_URL; then run the command again",
            reference="locks-unreadable",
        ) from fault

    def removal_of(key: str) -> Callable[[], object]:
        return lambda: client.delete_object(Bucket=bucket, Key=key)

    found = (_parse(text, f"s3://{bucket}/{key}", removal_of(key)) for key, text in texts.items())
    return tuple(lock for lock in found if lock is not None)


def _endpoint(options: Mapping[str, str]) -> str | None:
    """Return the address that a backend's URL names; Pulumi takes it without a scheme, too."""
    given = options.get("endpoint")
    if not given or "://" in given:
        return given
    return f"{'http' if options.get('disableSSL') == 'true' else 'https'}://{given}"


def _parse(text: str, place: str, remove: Callable[[], object]) -> StackLock | None:
    try:
        fields = json.loads(text)
        return StackLock(
            place=place,
            owner=str(fields.get("username", "?")),
            host=str(fields.get("hostname", "?")),
            pid=int(fields.get("pid", 0)),
            since=_in_utc(str(fields.get("timestamp", "?"))),
            remove=remove,
        )
    except (ValueError, AttributeError, TypeError):
        return None


def _in_utc(stamp: str) -> str:
    try:
        taken = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp[:19]
    return taken.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
