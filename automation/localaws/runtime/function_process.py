"""A function's process: started on its first invocation, kept for the next, ended where it hangs."""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.localaws.runtime.processes import LEASH, kill_tree

HOST = "automation.localaws.runtime.function_host"


class FunctionFailed(Exception):
    """The function raised, hung or ended; the text says which."""


@dataclass(frozen=True, kw_only=True)
class FunctionLaunch:
    """What to run for a function."""

    handler: str
    """module.function."""
    environment: Mapping[str, str]
    """The whole environment."""
    directory: Path
    """Where it runs."""
    log: Path
    """Takes what it prints."""


class FunctionProcess:
    """One process, one invocation at a time."""

    def __init__(self, launch: FunctionLaunch) -> None:
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        with launch.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    LEASH,
                    str(os.getpid()),
                    sys.executable,
                    "-m",
                    HOST,
                    launch.handler,
                ],
                env=dict(launch.environment),
                cwd=launch.directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                text=True,
            )

    @property
    def is_alive(self) -> bool:
        """It can be invoked."""
        return self._process.poll() is None

    def invoke(self, event: Mapping[str, Any], *, remaining_seconds: float, patience_seconds: float) -> Any:
        """Return what the handler returns; raises FunctionFailed, and ends a process that does not answer in time."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise FunctionFailed("it has no pipes")
        try:
            requests.write(json.dumps({"event": event, "remaining_seconds": remaining_seconds}) + "\n")
            requests.flush()
            ready, _, _ = select.select([answers], [], [], patience_seconds)
            line = answers.readline() if ready else ""
        except (OSError, ValueError) as fault:
            raise FunctionFailed(f"its process ended: {fault}") from fault
        if not ready:
            self.stop()
            raise FunctionFailed(f"Task timed out after {patience_seconds:.2f} seconds")
        if not line:
            raise FunctionFailed("its process ended, see its log")
        answer = json.loads(line)
        if "error" in answer:
            raise FunctionFailed(answer["error"])
        return answer["result"]

    def stop(self) -> None:
        """End it at once: between invocations nothing is under way."""
        if self.is_alive:
            kill_tree(self._process.pid)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
