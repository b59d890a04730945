"""Builds and runs Ollama, pinned by tools/ollama/go.mod; the binary is kept in the product's cache."""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock

from automation.toolchain.go_compiler import GoCompilers
from automation.toolchain.locate import default_cache_dir
from automation.toolchain.pins import read_pins
from tests.ollama.tiny_model import write_tiny_model

MODULE_DIR = Path(__file__).resolve().parents[2] / "tools" / "ollama"
VERSION = "v0.6.5"
BUILD_SECONDS = 1500
START_SECONDS = 60


def ollama_binary() -> Path:
    """Return the binary, building it once (about four minutes on two cores)."""
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
                    "-o",
                    str(half),
                    "github.com/ollama/ollama",
                ],
                cwd=MODULE_DIR,
                check=True,
                timeout=BUILD_SECONDS,
            )
            half.rename(binary)
    return binary


@contextmanager
def ollama_server(folder: Path, *, port: int, model: str) -> Iterator[str]:
    """Serve the tiny model under any name; yields the URL."""
    url = f"http://127.0.0.1:{port}"
    env = {
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_MODELS": str(folder / "models"),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "OLLAMA_KEEP_ALIVE": "5m",
    }
    with (folder / "ollama.log").open("wb") as log:
        process = subprocess.Popen([str(ollama_binary()), "serve"], env=env, stdout=log, stderr=log)
        try:
            _wait(url, process)
            _create(url, folder, model)
            yield url
        finally:
            process.terminate()
            process.wait(30)


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
    body = {"model": model, "files": {"tiny.gguf": digest}, "template": "{{ .Prompt }}", "stream": False}
    httpx.post(f"{url}/api/create", json=body, timeout=60, trust_env=False).raise_for_status()
