"""Servers, a stand for each test, and the table of what was done and what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.worker.faults.proxy import FaultProxy
from tests.worker.faults.stand import Stand
from tests.worker.processes.conftest import cloud, elasticmq_endpoint
from tests.worker.processes.fleet import Fleet

__all__ = ["cloud", "elasticmq_endpoint"]  # the same servers for all tests of processes

ROWS = pytest.StashKey[list[dict[str, object]]]()
PASSED = pytest.StashKey[bool]()
COLUMNS = ("jobs", "results", "changed", "deliveries", "attempts", "faults", "seconds")


def note_row(request, stand: Stand, began: float) -> None:
    """Keep a line of the table."""
    stand.facts.setdefault("faults", sum(stand.proxy.applied.values()))
    stand.facts["seconds"] = round(time.monotonic() - began, 1)
    rows = request.config.stash.setdefault(ROWS, [])
    rows.append({"case": request.node.name, "held": request.node.stash.get(PASSED, False), **stand.facts})


@contextmanager
def opened_stand(cloud: str, folder, *, queues: str | None, seed: int = 20261123) -> Iterator[Stand]:
    with FaultProxy(sqs=queues or cloud, others=cloud, seed=seed) as proxy:
        stand = Stand(fleet=Fleet(endpoint=cloud, folder=folder, sqs_endpoint=queues), proxy=proxy)
        yield stand
        stand.fleet.close()


def make_stand(request, cloud: str, folder, *, queues: str | None) -> Iterator[Stand]:
    began = time.monotonic()
    with opened_stand(cloud, folder, queues=queues) as stand:
        yield stand
    note_row(request, stand, began)


@pytest.fixture(scope="module")
def lasting_stand(cloud, elasticmq_endpoint, tmp_path_factory) -> Iterator[Stand]:
    """A stand whose workers live through many faults, as a fleet's do; at the end each still drains as it should."""
    with opened_stand(cloud, tmp_path_factory.mktemp("lasting"), queues=elasticmq_endpoint) as stand:
        yield stand
        stand.assert_workers_live()


@pytest.fixture
def case_stand(request, lasting_stand) -> Iterator[Stand]:
    """The lasting stand, for one case; a worker that the case killed is its failure, not the next one's."""
    began = time.monotonic()
    lasting_stand.begin_case(f"{sum(1 for _ in request.config.stash.get(ROWS, []))}-")
    yield lasting_stand
    lasting_stand.proxy.heal()
    note_row(request, lasting_stand, began)
    dead = [process for process in lasting_stand.fleet.processes if process.poll() is not None]
    for process in dead:
        lasting_stand.fleet.processes.remove(process)
    assert not dead, "a worker died"


@pytest.fixture
def stand(request, cloud, elasticmq_endpoint, tmp_path) -> Iterator[Stand]:
    """Queues on ElasticMQ, the rest on the embedded AWS, the proxy in between."""
    yield from make_stand(request, cloud, tmp_path, queues=elasticmq_endpoint)


@pytest.fixture
def stand_on_embedded(request, cloud, tmp_path) -> Iterator[Stand]:
    """Everything on the embedded AWS."""
    yield from make_stand(request, cloud, tmp_path, queues=None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.stash[PASSED] = outcome.get_result().passed


def pytest_terminal_summary(terminalreporter, config) -> None:
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    terminalreporter.section("fault matrix")
    width = max(len(str(row["case"])) for row in rows)
    terminalreporter.write_line(f"{'case':<{width}}  held  " + "  ".join(f"{name:>10}" for name in COLUMNS))
    for row in rows:
        figures = "  ".join(f"{row.get(name, '')!s:>10}" for name in COLUMNS)
        terminalreporter.write_line(
            f"{row['case']!s:<{width}}  {'yes ' if row['held'] else 'NO  '}  {figures}"
        )
