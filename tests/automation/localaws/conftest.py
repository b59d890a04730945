"""The embedded AWS within the test process, and stock moto in one of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.automation.localaws.clouds import Cloud


@pytest.fixture(scope="session")
def embedded() -> Iterator[Cloud]:
    apply_patches()
    server = MotoServer()
    server.start()
    yield Cloud(endpoint=server.endpoint)
    server.stop()


@pytest.fixture(scope="session")
def stock() -> Iterator[Cloud]:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield Cloud(endpoint=f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("stock moto does not answer")
