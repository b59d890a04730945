"""The life of the embedded AWS: lock, patches, server, provider, agent, then wait for a signal and undo it all."""

import contextlib
import functools
import json
import logging
import logging.handlers
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psutil
from filelock import FileLock, Timeout

from automation.errors import ExitCode
from automation.localaws.inside import oldest_age_seconds, record_health
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.patches.invocations import ASKED
from automation.localaws.patches.sqs import queue_report
from automation.localaws.provider import ProviderServer
from automation.localaws.runtime.agent import Agent, AgentOptions
from automation.localaws.state_file import LOCK_FILE, STATE_FILE, StateFile, remove_state_file
from automation.localaws.warm import warm

REGION = "us-east-1"
LOG_BYTES = 5_000_000
LOG_FILES = 3

log = logging.getLogger(__name__)


def run(*, state_dir: Path, port: int) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    (state_dir / "logs" / "tasks").mkdir(parents=True, exist_ok=True)
    try:
        with (
            FileLock(state_dir / LOCK_FILE).acquire(timeout=0),
            _logging_to(state_dir / "logs" / "localaws.log"),
        ):
            return _serve(state_dir, port)
    except Timeout:
        sys.stderr.write(f"another embedded AWS is running on {state_dir}\n")
        return ExitCode.LOCKED
    except OSError as fault:
        sys.stderr.write(f"the embedded AWS can't start: {fault}\n")
        return ExitCode.FAILED


def _serve(state_dir: Path, port: int) -> int:
    asked_to_stop = _stop_on_signals()
    boot_id = uuid.uuid4().hex
    (state_dir / STATE_FILE).unlink(missing_ok=True)  # of one that was killed: we hold the lock
    apply_patches()
    routes = {
        "/_localaws/health": _json_view(lambda: {"status": "ok", "boot_id": boot_id}),
        "/_localaws/queues": _json_view(queue_report),
    }
    with contextlib.ExitStack() as stack:
        server = MotoServer(port=port, routes=routes)
        stack.callback(server.stop)
        server.start()
        provider_port = _start_provider(stack, server)
        _start_agent(stack, server, state_dir)
        stack.callback(remove_state_file, state_dir, boot_id)
        StateFile(
            pid=os.getpid(),
            created=psutil.Process().create_time(),
            boot_id=boot_id,
            endpoint=server.endpoint,
            provider_port=provider_port,
            region=REGION,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ).write(state_dir)
        log.info("answering at %s, provider on port %d, boot %s", server.endpoint, provider_port, boot_id)
        threading.Thread(target=warm, args=(REGION,), name="warm", daemon=True).start()
        asked_to_stop.wait()
        log.info("stopping")
    return ExitCode.OK


def _start_provider(stack: contextlib.ExitStack, server: MotoServer) -> int:
    provider = ProviderServer(endpoint=server.endpoint, region=REGION)
    provider_port = provider.start()
    stack.callback(provider.stop)
    return provider_port


def _start_agent(stack: contextlib.ExitStack, server: MotoServer, state_dir: Path) -> None:
    options = AgentOptions(
        oldest_age_seconds=functools.partial(oldest_age_seconds, REGION),
        report_health=functools.partial(record_health, REGION),
        take_asked=ASKED.take,
    )
    agent = Agent(endpoint=server.endpoint, region=REGION, state_dir=state_dir, options=options)
    server.mount("/_localaws/tasks", agent.tasks_view)
    server.mount("/_aws/execute-api/", agent.front_door)
    agent.start()
    stack.callback(agent.stop)


def _json_view(report: Callable[[], object]) -> WSGIApplication:
    def view(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = json.dumps(report()).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return view


def _stop_on_signals() -> threading.Event:
    asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return asked


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
