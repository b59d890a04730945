"""The embedded AWS in a process of its own, a fleet for each test."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.worker.processes.fleet import ROOT, Fleet


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.worker.processes.cloud"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        process.kill()


@pytest.fixture
def fleet(cloud, tmp_path) -> Iterator[Fleet]:
    made = Fleet(endpoint=cloud, folder=tmp_path)
    yield made
    made.close()
