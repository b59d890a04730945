"""What a sandbox owes its callers, held by the real one."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxEnd, SandboxRequest
from worker.sandboxes.levels import open_sandbox
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that other users may pass through."""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o711)
    return tmp_path


@pytest.fixture(params=["process", "bubblewrap"])
async def sandbox(request, open_folder: Path) -> AsyncIterator[ProcessSandbox]:
    """Each level owes the same, where the host has it."""
    try:
        made = await open_sandbox(request.param, base=open_folder / "sandbox")
    except SandboxUnavailable as refusal:
        pytest.skip(str(refusal))
    yield made
    made.close()


def python(code: str, **limits: float) -> SandboxRequest:
    bounds = {"wall_seconds": 5.0, **limits}
    return SandboxRequest(argv=("{python}", "-I", "-S", "-c", code), limits=Limits(**bounds))


def processes_with(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


async def test_output_exit_code_and_files_come_back(sandbox: ProcessSandbox) -> None:
    request = SandboxRequest(
        argv=(
            "{python}",
            "-c",
            "import sys; print(open('a/b.txt').read()); open('c', 'w').write(input()); sys.exit(7)",
        ),
        files={"a/b.txt": "hello"},
        stdin="typed\n",
        collect=("c", "missing"),
    )
    outcome = await sandbox.run(request)
    assert (outcome.end, outcome.exit_code, outcome.stdout) == (SandboxEnd.EXITED, 7, "hello\n")
    assert outcome.collected == {"c": "typed"}


async def test_the_environment_holds_nothing_of_the_worker(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("DDF_RESULTS_BUCKET", "bucket")
    outcome = await sandbox.run(python("import os; print(sorted(os.environ))"))
    assert "AWS" not in outcome.stdout
    assert "DDF" not in outcome.stdout


async def test_namespaces_open_the_folders_above_what_may_be_read(sandbox: ProcessSandbox) -> None:
    """Node's `existsSync` asks for access, which the capability to search folders does not give."""
    if "namespaces" not in sandbox.layers:
        pytest.skip("the process alone sees the host's folders as they are")
    code = "import os, sys; print([p for p in (sys.prefix, sys.base_prefix, os.__file__) if not os.access(p, os.R_OK)])"
    outcome = await sandbox.run(
        SandboxRequest(argv=("{python}", "-c", code), limits=Limits(wall_seconds=30.0))
    )
    assert (outcome.stdout, outcome.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket(socket.AF_INET)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "open('/etc/passwd')",
        "import os; os.listdir('/')",
        "open('../escaped', 'w')",
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.setsid()",
        "import os; os.unshare(0) if hasattr(os, 'unshare') else open('/proc/1/environ')",
    ],
)
async def test_nothing_outside_can_be_reached(sandbox: ProcessSandbox, attempt: str) -> None:
    outcome = await sandbox.run(python(attempt))
    assert outcome.exit_code == 1
    assert "PermissionError" in outcome.stderr or "FileNotFoundError" in outcome.stderr


async def test_memory_and_file_size_are_limited(sandbox: ProcessSandbox) -> None:
    memory = await sandbox.run(python("bytearray(1 << 30)", memory_bytes=256 << 20))
    assert "MemoryError" in memory.stderr
    file = await sandbox.run(python("open('f', 'wb').write(bytes(1 << 20))", file_bytes=1 << 16))
    assert file.exit_code != 0


async def test_the_wall_deadline_ends_a_loop_and_says_so(sandbox: ProcessSandbox) -> None:
    outcome = await sandbox.run(python("while True: pass", wall_seconds=0.5))
    assert outcome.end is SandboxEnd.TIMED_OUT
    assert outcome.seconds < 30


async def test_the_cpu_limit_kills(sandbox: ProcessSandbox) -> None:
    outcome = await sandbox.run(python("while True: pass", cpu_seconds=1))
    assert outcome.end is SandboxEnd.KILLED


async def test_output_is_cut_at_its_cap_and_the_rest_drained(sandbox: ProcessSandbox) -> None:
    outcome = await sandbox.run(python("print('x' * 5_000_000)", output_bytes=1000))
    assert outcome.exit_code == 0
    assert outcome.stdout == "x" * 1000


async def test_a_fork_bomb_is_gone_afterwards_and_its_slot_works_again(sandbox: ProcessSandbox) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass  # bomb-marker"
    outcome = await sandbox.run(python(bomb, wall_seconds=0.5))
    assert outcome.end is SandboxEnd.TIMED_OUT
    assert processes_with("bomb-marker") == []
    again = await sandbox.run(python("import os; print(os.fork() >= 0)"))
    assert again.exit_code == 0


async def test_orphans_die_with_the_command(sandbox: ProcessSandbox) -> None:
    outcome = await sandbox.run(python("import os, time\nif os.fork() == 0: time.sleep(60)  # orphan-marker"))
    assert outcome.end is SandboxEnd.EXITED
    assert processes_with("orphan-marker") == []


async def test_on_cancellation_no_process_and_no_file_is_left(
    sandbox: ProcessSandbox, tmp_path: Path
) -> None:
    task = asyncio.create_task(sandbox.run(python("import time; time.sleep(60)  # cancelled-marker")))
    for _ in range(250):
        if processes_with("cancelled-marker"):
            break
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes_with("cancelled-marker") == []
    assert [path.name for path in (tmp_path / "sandbox").iterdir() if path.name.startswith("run-")] == []


async def test_links_are_not_followed_when_files_are_read_back(sandbox: ProcessSandbox) -> None:
    request = SandboxRequest(
        argv=(
            "{python}",
            "-c",
            "import os; os.symlink('/etc/hostname', 'link'); os.mkfifo('pipe'); os.mkdir('folder')",
        ),
        collect=("link", "pipe", "folder"),
    )
    assert (await sandbox.run(request)).collected == {}


async def test_runs_at_the_same_time_do_not_see_each_other(sandbox: ProcessSandbox) -> None:
    users = await asyncio.gather(
        *(sandbox.run(python("import os; print(os.getuid(), os.listdir('.'))")) for _ in range(3))
    )
    assert all(outcome.stdout.endswith("[]\n") for outcome in users)
    if os.geteuid() == 0:
        assert len({outcome.stdout for outcome in users}) == 3


@pytest.mark.parametrize("name", ["all", 'an "odd\\ \n näme'])
async def test_a_command_that_is_not_there_is_the_sandbox_s_fault(sandbox: ProcessSandbox, name: str) -> None:
    with pytest.raises(SandboxUnavailable, match=r"could not be set up.* No such file"):
        await sandbox.run(SandboxRequest(argv=(f"/nowhere/at/{name}",)))


async def test_the_self_test_passes_and_the_layers_are_named(sandbox: ProcessSandbox) -> None:
    await sandbox.verify()
    assert {"scrubbed-env", "rlimits", "seccomp"} <= set(sandbox.layers)


@pytest.mark.parametrize("name", ["../outside", "/etc/cron.d/x", "a/../../b", ""])
async def test_files_outside_the_work_folder_are_refused(sandbox: ProcessSandbox, name: str) -> None:
    with pytest.raises(ValueError, match="not a path within"):
        await sandbox.run(SandboxRequest(argv=("{python}",), files={name: "x"}))


async def test_memory_and_disk_are_bounded_over_all_processes_of_a_run(sandbox: ProcessSandbox) -> None:
    hog = "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        kept = b'x' * (100 << 20); time.sleep(20)\ntime.sleep(20)"
    memory = await sandbox.run(python(hog, total_memory_bytes=300 << 20, wall_seconds=15))
    assert (memory.end, memory.exceeded) == (SandboxEnd.KILLED, "memory")
    files = "import time\nfor n in range(8): open(str(n), 'wb').write(bytes(8 << 20))\ntime.sleep(20)"
    disk = await sandbox.run(python(files, disk_bytes=32 << 20, wall_seconds=15))
    assert (disk.end, disk.exceeded) == (SandboxEnd.KILLED, "disk space")


async def test_the_exit_of_a_signal_is_told_as_a_signal(sandbox: ProcessSandbox) -> None:
    outcome = await sandbox.run(python("import os; os.kill(os.getpid(), 11)"))
    assert (outcome.end, outcome.exit_code) == (SandboxEnd.KILLED, -11)


async def test_namespaces_are_named_among_the_layers_and_show_no_other_process(
    sandbox: ProcessSandbox,
) -> None:
    outcome = await sandbox.run(python("import os; print(os.getpid())"))
    assert ("namespaces" in sandbox.layers) == (int(outcome.stdout) < 10)
