"""The driver's side of the embedded AWS: a process of its own, known by its state file, its pid and its start time."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from automation.errors import Diagnostic, ExitCode

START_SECONDS = 60.0
"""Longest wait for the embedded AWS to answer."""
STOP_SECONDS = 30.0
"""Longest wait for it to end: its tasks get their stop timeout first."""
PASSPHRASE = "local"  # noqa: S105 - the embedded stack has no secret to keep: it lives and dies on this machine
"""Passphrase of stack local, matching the salt in Pulumi.local.yaml."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedStatus:
    """A running embedded AWS."""

    pid: int
    """Its process."""
    boot_id: str
    """Changes with every start: a new one means an empty cloud."""
    endpoint: str
    """http://127.0.0.1:PORT"""
    provider_port: int
    """Port of the Pulumi provider."""
    region: str
    """The region that it plays."""
    started_at: str
    """ISO 8601, UTC."""


class EmbeddedAws:
    """Starts, finds and stops the embedded AWS of one state folder."""

    def __init__(self, state_dir: Path, *, root: Path) -> None:
        """`root` is the repository: the process runs there."""
        self.state_dir = state_dir
        self._root = root

    @property
    def log_path(self) -> Path:
        """Its log."""
        return self.state_dir / "logs" / "localaws.log"

    def status(self) -> EmbeddedStatus | None:
        """Return what runs, None where nothing does: the pid must live, be that process, and answer."""
        fields = self._fields()
        if (
            fields is None
            or not _lives(fields)
            or not fields.keys() >= EmbeddedStatus.__dataclass_fields__.keys()
        ):
            return None
        status = EmbeddedStatus(
            pid=int(str(fields["pid"])),
            boot_id=str(fields["boot_id"]),
            endpoint=str(fields["endpoint"]),
            provider_port=int(str(fields["provider_port"])),
            region=str(fields["region"]),
            started_at=str(fields["started_at"]),
        )
        try:
            answer = httpx.get(f"{status.endpoint}/_localaws/health", timeout=10, trust_env=False)
        except httpx.HTTPError:
            return None
        return status if answer.status_code == httpx.codes.OK else None

    def start(self, tell: Callable[[str], None]) -> EmbeddedStatus:
        """Return the running one, starting it where there is none."""
        running = self.status()
        if running is not None:
            return running
        tell("Starting the embedded AWS")
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        pid = self._spawn()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = self.status()
            if running is not None:
                tell(f"The embedded AWS answers at {running.endpoint}")
                return running
            ended, code = os.waitpid(pid, os.WNOHANG) if pid else (0, 0)
            if ended and os.waitstatus_to_exitcode(code) != ExitCode.LOCKED:
                break
            pid = 0 if ended else pid  # locked: another command is starting it, and this one waits for that
            time.sleep(0.1)
        raise self._not_started()

    def _spawn(self) -> int:
        """Start it in a session of its own, so that no Ctrl-C reaches it; it outlives this process on purpose."""
        log = str(self.state_dir / "logs" / "start.log")
        writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "automation.localaws", "--state-dir", str(self.state_dir.absolute())],
            {**os.environ, "PYTHONPATH": str(self._root)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, writing, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def stop(self) -> bool:
        """Stop it and wait for its end; False where nothing ran."""
        fields = self._fields()
        if fields is None or not _lives(fields):
            return False
        process = psutil.Process(int(str(fields["pid"])))
        process.send_signal(signal.SIGTERM)  # by pid and start time: nothing else is ever hit
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired as late:
            raise Diagnostic(
                f"the embedded AWS (process {process.pid}) did not end within {STOP_SECONDS:.0f} s",
                why=f"see {self.log_path}",
                next_step="run the command again, or end that process yourself",
                reference="embedded-aws-stuck",
            ) from late
        return True

    def environment(self, status: EmbeddedStatus) -> dict[str, str]:
        """Return the variables that point boto, the aws CLI and pulumi at it."""
        return {
            "AWS_ENDPOINT_URL": status.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": status.region,
            "AWS_DEFAULT_REGION": status.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PULUMI_BACKEND_URL": self.backend_url,
            "PULUMI_HOME": str(self.state_dir / "pulumi-home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_PROVIDERS": f"aws:{status.provider_port}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    @property
    def backend_url(self) -> str:
        """Pulumi's state for the embedded stacks."""
        folder = self.state_dir / "pulumi-state"
        folder.mkdir(parents=True, exist_ok=True)
        return folder.as_uri()

    def is_fresh(self, status: EmbeddedStatus, environment: str) -> bool:
        """Tell whether the cloud is another than the one that a stack was last deployed on."""
        known = self._boot_path(environment)
        return known.exists() and known.read_text().strip() != status.boot_id

    def remember(self, status: EmbeddedStatus, environment: str) -> None:
        """Note which cloud a stack was deployed on."""
        self._boot_path(environment).write_text(status.boot_id)

    def forget(self, environment: str) -> None:
        """A destroyed stack is on no cloud."""
        self._boot_path(environment).unlink(missing_ok=True)

    def _boot_path(self, environment: str) -> Path:
        return self.state_dir / f"boot-{environment}.txt"

    def _fields(self) -> dict[str, object] | None:
        with suppress(OSError, ValueError):
            fields = json.loads((self.state_dir / "localaws.json").read_text())
            return fields if isinstance(fields, dict) else None
        return None

    def _not_started(self) -> Diagnostic:
        log = self.state_dir / "logs" / "start.log"
        tail = log.read_text(errors="replace").strip().splitlines()[-5:]
        return Diagnostic(
            "the embedded AWS did not start",
            why="\n".join(tail) or "it said nothing",
            next_step=f"look at {log} and {self.log_path}",
            reference="embedded-aws-not-started",
        )


def _lives(fields: dict[str, object]) -> bool:
    try:
        process = psutil.Process(int(str(fields["pid"])))
        return abs(process.create_time() - float(str(fields["created"]))) < 1.0
    except (psutil.Error, KeyError, ValueError):
        return False


def state_dir_of(root: Path) -> Path:
    """Return the state folder: $DDF_LOCAL_DIR, or .ddf/local in the repository."""
    return Path(os.environ.get("DDF_LOCAL_DIR") or root / ".ddf" / "local")


def overriding(environ: Mapping[str, str]) -> list[str]:
    """Return the variables of a shell that would lead its tools elsewhere, whatever `environment` sets."""
    names = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}
    return sorted(
        name
        for name in environ
        if name in names or name.startswith(("AWS_ENDPOINT_URL_", "PULUMI_CONFIG_PASSPHRASE_"))
    )
