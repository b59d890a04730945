"""Builds, runs and ends Ollama, pinned by tools/ollama/go.mod; the binary is kept in the product's cache."""

import hashlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from filelock import FileLock

from automation.toolchain.build import NO_DEBUGGING
from automation.toolchain.go_compiler import GARBAGE_PERCENT, GoCompilers
from automation.toolchain.locate import default_cache_dir
from automation.toolchain.pins import read_pins
from tests.ollama.tiny_model import write_tiny_model

MODULE_DIR = Path(__file__).resolve().parents[2] / "tools" / "ollama"
VERSION = "v0.6.5"
BUILD_SECONDS = 2400
UNOPTIMISED = {"CGO_CFLAGS": "-O0 -g0", "CGO_CXXFLAGS": "-O0 -g0", "GOGC": GARBAGE_PERCENT}
"""Of the build's time most goes into making fast what a model of a few kilobytes never needs."""
START_SECONDS = 60


def ollama_binary() -> Path:
    """Return the binary, building it once (four minutes on two cores, half an hour on ones that others use too)."""
    folder = default_cache_dir(os.environ) / "ollama" / VERSION
    binary = folder / "ollama"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "build.lock"):
        if not binary.exists():
            half = folder / "ollama.half"
            compilers = GoCompilers(
                cache_dir=default_cache_dir(os.environ), pins=read_pins(), environ=os.environ
            )
            subprocess.run(
                [
                    str(compilers.find(print)),
                    "build",
                    "-trimpath",
                    "-ldflags",
                    "-s -w",
                    f"-gcflags=all={NO_DEBUGGING}",
                    "-o",
                    str(half),
                    "github.com/ollama/ollama",
                ],
                cwd=MODULE_DIR,
                env={**os.environ, **UNOPTIMISED},
                check=True,
                timeout=BUILD_SECONDS,
            )
            half.rename(binary)
    return binary


@dataclass(frozen=True, kw_only=True)
class OllamaServer:
    """A server that runs, with the process that runs its model below it."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait(30)

    def kill_runner(self) -> None:
        """End the process that runs the model, as a kernel that is out of memory does."""
        for pid in self._runners():
            os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Have server and model stand still."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def _runners(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        found = [int(pid) for task in tasks for pid in task.read_text().split()]
        assert found, "no model is loaded"
        return found


@contextmanager
def ollama_server(folder: Path, *, model: str) -> Iterator[OllamaServer]:
    """Serve the tiny model under any name."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_MODELS": str(folder / "models"),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "OLLAMA_KEEP_ALIVE": "5m",
    }
    with (folder / "ollama.log").open("wb") as log:
        process = subprocess.Popen(
            [str(ollama_binary()), "serve"], env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(url, process)
            _create(url, folder, model)
            yield OllamaServer(url=url, process=process)
        finally:
            with suppress(ProcessLookupError):  # its runner outlives a server that was killed
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/api/version", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("Ollama did not start")


def _create(url: str, folder: Path, model: str) -> None:
    path = folder / "tiny.gguf"
    write_tiny_model(path)
    digest = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    httpx.post(f"{url}/api/blobs/{digest}", content=path.read_bytes(), trust_env=False).raise_for_status()
    body = {
        "model": model,
        "files": {"tiny.gguf": digest},
        "template": "{{ .Prompt }}",
        "parameters": {
            "num_thread": 1
        },  # so small a model only waits for its other threads, on a busy host for long
        "stream": False,
    }
    httpx.post(f"{url}/api/create", json=body, timeout=60, trust_env=False).raise_for_status()
