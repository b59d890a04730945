"""Finding, starting and stopping the embedded AWS."""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from filelock import FileLock

from automation.driver.embedded import EmbeddedAws, overriding

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def embedded(tmp_path: Path):
    cloud = EmbeddedAws(tmp_path, root=ROOT)
    yield cloud
    cloud.stop()


def test_nothing_runs_where_there_is_no_state_file(tmp_path: Path) -> None:
    cloud = EmbeddedAws(tmp_path, root=ROOT)
    assert cloud.status() is None
    assert not cloud.stop()


def test_a_state_file_of_a_process_that_is_gone_or_another_is_not_believed(tmp_path: Path) -> None:
    cloud = EmbeddedAws(tmp_path, root=ROOT)
    fields = {
        "pid": os.getpid(),
        "created": 1.0,
        "boot_id": "b",
        "endpoint": "http://127.0.0.1:1",
        "provider_port": 1,
    }
    for broken in (json.dumps(fields), json.dumps({**fields, "pid": 2**22 + 3}), "{", "[]", "{}"):
        (tmp_path / "localaws.json").write_text(broken)
        assert cloud.status() is None
        assert not cloud.stop()


@pytest.mark.slow
def test_it_starts_answers_on_loopback_leads_every_tool_there_and_stops(embedded: EmbeddedAws) -> None:
    told: list[str] = []
    status = embedded.start(told.append)
    assert told
    assert status.endpoint.startswith("http://127.0.0.1:")
    assert (
        httpx.get(f"{status.endpoint}/_localaws/health", trust_env=False).json()["boot_id"] == status.boot_id
    )
    assert embedded.start(told.append) == status  # a second start finds the first
    env = embedded.environment(status)
    assert env["AWS_ENDPOINT_URL"] == status.endpoint
    assert env["PULUMI_DEBUG_PROVIDERS"] == f"aws:{status.provider_port}"
    assert env["PULUMI_BACKEND_URL"].startswith("file://")
    assert embedded.stop()
    assert embedded.status() is None


@pytest.mark.slow
def test_a_cloud_that_died_and_came_back_is_known_to_be_another(embedded: EmbeddedAws) -> None:
    first = embedded.start(lambda _text: None)
    embedded.remember(first, "local")
    assert not embedded.is_fresh(first, "local")
    os.kill(first.pid, signal.SIGKILL)
    wait_gone(first.pid)
    second = embedded.start(lambda _text: None)
    assert second.boot_id != first.boot_id
    assert embedded.is_fresh(second, "local")
    embedded.forget("local")
    assert not embedded.is_fresh(second, "local")


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    pytest.fail("it did not go away")


def test_a_state_file_that_lacks_facts_is_not_believed(tmp_path: Path) -> None:
    fields = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    (tmp_path / "localaws.json").write_text(json.dumps(fields))
    assert EmbeddedAws(tmp_path, root=ROOT).status() is None


@pytest.mark.slow
def test_one_who_finds_another_starting_waits_for_it(embedded: EmbeddedAws, tmp_path: Path) -> None:
    told: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        with FileLock(tmp_path / "localaws.lock"):
            late = pool.submit(embedded.start, told.append)
            wait_for(lambda: "another" in read(tmp_path / "logs" / "start.log"))
            time.sleep(0.5)
            assert not late.done()
        first = EmbeddedAws(tmp_path, root=ROOT).start(told.append)
        assert late.result(timeout=60).pid == first.pid


def test_what_would_lead_a_shell_elsewhere_is_named() -> None:
    environ = {"AWS_PROFILE": "a", "AWS_ENDPOINT_URL_SQS": "b", "AWS_ENDPOINT_URL": "c", "HOME": "d"}
    assert overriding(environ) == ["AWS_ENDPOINT_URL_SQS", "AWS_PROFILE"]


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
