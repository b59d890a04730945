"""Runs that end badly leave the next run of their user alone."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxEnd, SandboxRequest
from worker.sandboxes.process import ProcessSandbox
from worker.sandboxes.slots import Slots, has_processes, kill_everything_of
from worker.sandboxes.uninterrupted import uninterrupted

pytestmark = pytest.mark.slow
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ProcessSandbox]:
    tmp_path.chmod(0o711)
    made = ProcessSandbox()
    yield made
    made.close()


def python(code: str, *, wall_seconds: float = 20) -> SandboxRequest:
    return SandboxRequest(
        argv=("{python}", "-I", "-S", "-c", code),
        limits=Limits(wall_seconds=wall_seconds, cpu_seconds=20),
    )


@needs_root
async def test_a_run_that_is_cancelled_at_any_point_leaves_the_next_one_alone(
    sandbox: ProcessSandbox,
) -> None:
    for number in range(12):
        run = asyncio.ensure_future(sandbox.run(python("import time; time.sleep(30)")))
        await asyncio.sleep(0.012 * number)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        outcome = await sandbox.run(python("import time; time.sleep(0.1); print('whole')"))
        assert (outcome.end, outcome.stdout) == (SandboxEnd.EXITED, "whole\n")
    assert not any(has_processes(slot.user_id) for slot in sandbox._slots._free)


@needs_root
async def test_two_workers_runs_end_side_by_side_without_touching_each_other(
    sandbox: ProcessSandbox,
) -> None:
    other = ProcessSandbox()
    try:
        endless = python("while True: pass", wall_seconds=0.3)
        whole = python("import time; time.sleep(1); print('whole')")
        outcomes = await asyncio.gather(
            *(box.run(one) for box in (sandbox, other) for one in (endless, whole))
        )
    finally:
        other.close()
    assert [outcome.end for outcome in outcomes] == [SandboxEnd.TIMED_OUT, SandboxEnd.EXITED] * 2


@needs_root
async def test_a_slot_whose_lock_file_is_gone_is_not_used_again(tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    slot = await slots.take()
    slots.give_back(slot)
    (slots._locks / f"user-{slot.user_id}.lock").unlink()
    again = await slots.take()
    try:
        assert again is not slot
    finally:
        slots.give_back(again)
        slots.close()


@needs_root
async def test_a_launcher_that_dies_is_the_host_s_fault_and_not_the_code_s(sandbox: ProcessSandbox) -> None:
    run = asyncio.ensure_future(sandbox.run(python("import time; time.sleep(30)")))
    launchers: list[int] = []
    while not launchers:
        await asyncio.sleep(0.05)
        launchers = await asyncio.to_thread(_launchers)
    os.kill(launchers[0], signal.SIGKILL)
    with pytest.raises(SandboxUnavailable, match="watches over a run"):
        await run


def _launchers() -> list[int]:
    """Children of this process that run the launcher and have started their command."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children = Path(f"/proc/{status.parent.name}/task/{status.parent.name}/children")
        if int(fields[1]) != os.getpid() or b"launcher" not in status.with_name("cmdline").read_bytes():
            continue  # servers of other tests are children of this process, too
        if children.exists() and children.read_text():
            found.append(int(status.parent.name))
    return found


async def test_the_processor_time_of_a_run_is_counted(sandbox: ProcessSandbox) -> None:
    busy = await sandbox.run(python("import time\nwhile time.process_time() < 0.5: pass"))
    idle = await sandbox.run(python("import time; time.sleep(0.5)"))
    assert busy.cpu_seconds > 0.5 > idle.cpu_seconds > 0


async def test_clearing_up_is_finished_before_a_cancellation_goes_on() -> None:
    done = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append(True)

    task = asyncio.ensure_future(uninterrupted(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done


@needs_root
async def test_a_kill_is_over_when_it_is_cancelled(sandbox: ProcessSandbox) -> None:
    slot = await sandbox._slots.take()
    process = await asyncio.create_subprocess_exec(
        "/bin/sleep", "30", user=slot.user_id, group=slot.user_id, cwd="/"
    )
    kill = asyncio.ensure_future(kill_everything_of(slot.user_id))
    await asyncio.sleep(0.01)
    kill.cancel()
    await asyncio.gather(kill, return_exceptions=True)
    assert not has_processes(slot.user_id)
    await process.wait()
    sandbox._slots.give_back(slot)


@needs_root
async def test_a_process_that_nobody_may_look_into_is_found_and_killed(sandbox: ProcessSandbox) -> None:
    """Its folder in /proc belongs to root; taken for root's, it would live on in the next run of its user."""
    slot = await sandbox._slots.take()
    hide = "import ctypes, time; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); print('hidden', flush=True); time.sleep(60)"
    process = await asyncio.create_subprocess_exec(
        "/usr/bin/env",
        "python3",
        "-c",
        hide,
        user=slot.user_id,
        group=slot.user_id,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    if await process.stdout.readline() != b"hidden\n":
        await process.wait()
        pytest.skip("no Python that another user may start")
    assert has_processes(slot.user_id)
    await kill_everything_of(slot.user_id)
    assert await process.wait() == -signal.SIGKILL
    assert not has_processes(slot.user_id)
    sandbox._slots.give_back(slot)
