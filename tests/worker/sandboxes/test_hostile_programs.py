"""Whatever a program tries: its run ends in time and in a verdict, the host is as before, and no secret was seen."""

import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker.sandboxes.hostile_programs import HEAD, PROGRAMS
from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxEnd, SandboxOutcome, SandboxRequest
from worker.sandboxes.levels import open_sandbox
from worker.sandboxes.process import ProcessSandbox
from worker.sandboxes.slots import has_processes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

WALL_SECONDS = 3.0
PATIENCE_SECONDS = 20.0
"""For a run and its clearing up on a busy host; its own deadline is WALL_SECONDS."""
SLOW, SLOW_SECONDS = ("fills the disk with empty files",), 15.0
"""Twenty thousand files are some seconds of a busy host's disk: the bound must come before the deadline, which is not what is tried."""
LIMITS = Limits(
    wall_seconds=WALL_SECONDS,
    cpu_seconds=20,
    total_memory_bytes=512 << 20,
    disk_bytes=64 << 20,
    output_bytes=1 << 16,
)
EXCEEDS = {
    "takes memory in many processes": "memory",
    "takes memory that is shared": "memory",
    "fills the disk with files": "disk space",
    "fills the disk with empty files": "disk space",
    "unpacks a bomb": "disk space",
}


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that other users may pass through."""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o711)
    return tmp_path


@pytest.fixture(params=["process", "bubblewrap"])
async def sandbox(
    request, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ProcessSandbox]:
    monkeypatch.setenv("CANARY", secrets.token_hex(8))
    try:
        made = await open_sandbox(request.param, base=open_folder / "sandbox")
    except SandboxUnavailable as refusal:
        pytest.skip(str(refusal))
    yield made
    made.close()


async def attack(sandbox: ProcessSandbox, program: str, mark: Path) -> SandboxOutcome:
    arguments = (str(mark), str(os.getpid()))
    limits = replace(LIMITS, wall_seconds=SLOW_SECONDS) if program in SLOW else LIMITS
    return await sandbox.run(
        SandboxRequest(
            argv=("{python}", "-I", "-S", "program.py", *arguments),
            files={"program.py": HEAD + PROGRAMS[program]},
            limits=limits,
            collect=("link-0", "link-1", "hard-0", "loop"),
        )
    )


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_program_that_means_harm_does_none(
    sandbox: ProcessSandbox, program: str, tmp_path: Path
) -> None:
    mark = tmp_path / "escaped"
    began = time.monotonic()
    outcome = await attack(sandbox, program, mark)
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert outcome.end in SandboxEnd
    assert outcome.exceeded == EXCEEDS.get(program, "")
    assert "REACHED" not in outcome.stdout
    assert not re.search("NameError|SyntaxError|ImportError|ModuleNotFoundError", outcome.stderr), (
        "it tried nothing"
    )
    assert os.environ["CANARY"] not in outcome.stdout + outcome.stderr
    assert outcome.collected == {}
    assert not mark.exists()
    assert list((tmp_path / "sandbox").glob("run-*")) == []
    assert not any(has_processes(slot.user_id) for slot in sandbox._slots._free)
    after = await sandbox.run(SandboxRequest(argv=("{python}", "-I", "-S", "-c", "print('well')")))
    assert (after.end, after.stdout) == (SandboxEnd.EXITED, "well\n")


async def test_a_forged_end_is_not_believed(sandbox: ProcessSandbox, tmp_path: Path) -> None:
    assert (await attack(sandbox, "forges its end", tmp_path / "escaped")).exit_code == 3


async def test_what_a_run_may_take_in_all_is_not_taken_for_a_single_large_process(
    sandbox: ProcessSandbox,
) -> None:
    code = "kept = bytearray(300 << 20); kept[::4096] = b'x' * len(kept[::4096]); import time; time.sleep(0.5); print(len(kept))"
    outcome = await sandbox.run(SandboxRequest(argv=("{python}", "-I", "-S", "-c", code), limits=LIMITS))
    assert (outcome.stdout, outcome.exceeded) == (f"{300 << 20}\n", "")
