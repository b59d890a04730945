"""The embedded AWS in a process of its own, a fleet for each test."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.contracts.conftest import elasticmq_endpoint
from tests.worker.processes.fleet import ROOT, Fleet

__all__ = ["elasticmq_endpoint"]  # the same server for both kinds of tests


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.worker.processes.cloud"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        process.kill()


@pytest.fixture(params=["embedded AWS", "ElasticMQ"])
def idle_fleet(request, cloud, tmp_path) -> Iterator[Fleet]:
    """A fleet on each of the queue servers: what a stop leaves behind depends on the server."""
    queues = request.getfixturevalue("elasticmq_endpoint") if request.param == "ElasticMQ" else None
    made = Fleet(endpoint=cloud, folder=tmp_path, sqs_endpoint=queues)
    yield made
    made.close()


@pytest.fixture
def fleet(cloud, tmp_path) -> Iterator[Fleet]:
    made = Fleet(endpoint=cloud, folder=tmp_path)
    yield made
    made.close()
