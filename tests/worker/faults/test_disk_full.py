"""A disk without space: work waits or goes elsewhere, and goes on when there is space again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import coded_job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CODE = "def double(n):\n    return n * 2\n"
IDS = [f"job-{number}" for number in range(3)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0711", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    for folder in list(tmp_path.parents)[:3]:
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o711)
    tmp_path.chmod(0o711)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Write until nothing more goes in."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 12)):
            pass
    return ballast


def test_jobs_that_find_the_disk_full_are_done_once_there_is_space(stand: Stand, small_disk: Path) -> None:
    stand.fleet.module = "worker"
    stand.fleet.more_env["TMPDIR"] = str(small_disk)
    stand.start_worker(
        engine="builtin",
        job_budget_seconds=1,
        visibility_timeout_seconds=20,
        maximum_attempts=8,
        sandbox="process",
    )
    stand.fleet.wait_until(lambda: "ready" in stand.fleet.events_of(0), seconds=90)
    ballast = fill(small_disk)
    stand.fleet.send([coded_job(job_id, CODE) for job_id in IDS])

    def ends() -> list[str]:
        return [line["end"] for line in stand.fleet.log_of(0) if line["event"] == "attempt ended"]

    stand.fleet.wait_until(lambda: len(ends()) >= 3, seconds=60)
    assert set(ends()) == {"sandbox_lost"}
    stand.facts["faults"] = len(ends())
    ballast.unlink()
    stand.wait_until_dry(seconds=120)
    stand.assert_conserved(IDS)
    assert [path.name for path in (small_disk / "ddf-sandbox-0").iterdir()] == []
    stand.assert_workers_live()


def test_a_worker_that_starts_with_a_full_temporary_folder_takes_another(
    stand: Stand, small_disk: Path
) -> None:
    fill(small_disk)
    stand.fleet.module = "worker"
    stand.fleet.more_env["TMPDIR"] = str(small_disk)
    stand.start_worker(engine="builtin", job_budget_seconds=1, sandbox="process")
    stand.fleet.send([coded_job(job_id, CODE) for job_id in IDS])
    stand.wait_until_dry(seconds=60)
    stand.facts["faults"] = 1
    stand.assert_conserved(IDS)
    stand.assert_workers_live()
