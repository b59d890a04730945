"""Who holds a stack, and whether that process still lives."""

import json
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automation.driver.locks import Liveness, StackLock, keeps_locks_as_files, locks_of, mend_side_files
from components.naming import PROJECT


def write_lock(backend: Path, *, pid: int, host: str) -> Path:
    folder = backend / ".pulumi" / "locks" / "organization" / PROJECT / "local"
    folder.mkdir(parents=True)
    path = folder / "one.json"
    path.write_text(
        json.dumps({"pid": pid, "username": "ada", "hostname": host, "timestamp": "2026-11-22T21:00:00.1Z"})
    )
    return path


def only_lock(backend: Path) -> StackLock:
    locks = locks_of(backend.as_uri(), "local")
    assert len(locks) == 1
    return locks[0]


def test_a_lock_of_a_process_that_is_gone_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=2**22 + 5, host=platform.node())
    assert only_lock(tmp_path).is_stale


def test_a_lock_whose_pid_now_belongs_to_something_else_is_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=os.getpid(), host=platform.node())  # lives, but is no pulumi
    assert only_lock(tmp_path).is_stale


@pytest.mark.slow
def test_a_lock_of_a_process_that_was_killed_but_not_buried_is_stale(tmp_path: Path) -> None:
    script = tmp_path / "pulumi"
    script.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(script), "60"])
    write_lock(tmp_path, pid=process.pid, host=platform.node())
    assert not only_lock(tmp_path).is_stale
    process.kill()
    deadline = time.monotonic() + 60
    while not only_lock(tmp_path).is_stale and time.monotonic() < deadline:
        time.sleep(0.01)
    assert only_lock(tmp_path).is_stale  # nobody has waited for it yet: a zombie
    process.wait()


def test_a_lock_of_another_machine_is_never_called_stale(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=2**22 + 5, host="elsewhere")
    assert not only_lock(tmp_path).is_stale


def test_a_lock_tells_owner_host_process_and_time(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=77, host="build-7")
    assert only_lock(tmp_path).describe() == "held by ada on build-7, process 77, since 2026-11-22T21:00:00"


def test_a_broken_lock_file_is_passed_over(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=1, host="x").write_text("{")
    assert locks_of(tmp_path.as_uri(), "local") == ()


def test_of_another_machine_nobody_knows_whether_it_works(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=os.getpid(), host="elsewhere")
    assert only_lock(tmp_path).liveness is Liveness.UNKNOWN


def test_a_time_in_another_zone_is_told_in_utc_and_gives_the_age(tmp_path: Path) -> None:
    path = write_lock(tmp_path, pid=1, host="x")
    path.write_text(path.read_text().replace("21:00:00.1Z", "23:00:00.123456789+02:00"))
    lock = only_lock(tmp_path)
    assert lock.since == "2026-11-22T21:00:00"
    assert lock.age_seconds(datetime(2026, 11, 22, 22, tzinfo=UTC)) == 3600


def test_a_clock_that_is_ahead_makes_no_negative_age(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=1, host="x")
    assert only_lock(tmp_path).age_seconds(datetime(2020, 1, 1, tzinfo=UTC)) == 0


def test_a_time_that_nobody_can_read_gives_no_age(tmp_path: Path) -> None:
    path = write_lock(tmp_path, pid=1, host="x")
    path.write_text(path.read_text().replace("2026-11-22T21:00:00.1Z", "yesterday"))
    assert only_lock(tmp_path).age_seconds() is None


def test_removing_a_lock_twice_is_fine(tmp_path: Path) -> None:
    path = write_lock(tmp_path, pid=1, host="x")
    lock = only_lock(tmp_path)
    lock.remove()
    lock.remove()
    assert not path.exists()


def test_backends_whose_locks_can_be_seen(tmp_path: Path) -> None:
    seen = [
        url
        for url in (tmp_path.as_uri(), "s3://bucket", "gs://b", "", "https://x")
        if keeps_locks_as_files(url)
    ]
    assert seen == [tmp_path.as_uri(), "s3://bucket"]


@pytest.mark.parametrize("backend", ["gs://bucket", "", "https://api.pulumi.com"])
def test_other_backends_have_no_lock_files(backend: str) -> None:
    assert locks_of(backend, "local") == ()


def test_attributes_that_a_killed_pulumi_left_empty_are_removed_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "stacks" / PROJECT
    folder.mkdir(parents=True)
    files = {
        "local.json": "{}",
        "local.json.attrs": "",
        "local.json.bak": "",
        "local.json.bak.attrs": '{"user.content_type": "text/plain"}',
        "dev.json.attrs": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    assert mend_side_files(tmp_path.as_uri(), "local") == (folder / "local.json.attrs",)
    assert {path.name for path in folder.iterdir()} == set(files) - {"local.json.attrs"}


def test_other_backends_have_no_side_files(tmp_path: Path) -> None:
    assert mend_side_files("s3://bucket", "local") == ()
    assert mend_side_files(tmp_path.as_uri(), "local") == ()
