"""ProcessSandbox: runs a command as a process that can reach nothing, within namespaces where the host has them and it is asked to.

What holds it is listed in `worker.sandboxes.confinement`. The parent owns the wall deadline, reads output with a cap, kills the
process group and then everything of the run's user, and only then looks at what the code wrote.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxOutcome, SandboxRequest
from worker.sandboxes.bubblewrap import bubblewrap_prefix
from worker.sandboxes.confinement import WRITABLE_DEVICES, detect_confinement
from worker.sandboxes.probe import PROBE, judge_probe
from worker.sandboxes.running import CONFINE, Ended, RunningProcess
from worker.sandboxes.slots import Slot, Slots, count_threads, kill_everything_of
from worker.sandboxes.uninterrupted import uninterrupted
from worker.sandboxes.work_folder import collect_files, make_work_folder, open_base, remove_work_folder

_OPEN_FILES = 256


class ProcessSandbox:
    """A `worker.ports.Sandbox`."""

    def __init__(self, *, base: Path | None = None, bubblewrap: str | None = None) -> None:
        """Run below `base`; within namespaces made by this program, if one is given."""
        self._confinement = detect_confinement()
        self._bubblewrap = bubblewrap
        self._base = open_base(base or Path(tempfile.gettempdir(), f"ddf-sandbox-{os.geteuid()}"))
        self._slots = Slots(self._base)

    @property
    def layers(self) -> Sequence[str]:
        """The active layers."""
        return (*self._confinement.layers, *(("namespaces",) if self._bubblewrap else ()))

    async def verify(self) -> None:
        """Try to break out, at start; raises SandboxUnavailable where a layer doesn't hold."""
        mark = self._base.parent / f"ddf-sandbox-escape-{os.getpid()}"
        command = ("{python}", "-I", "-S", "probe.py", str(os.getpid()), str(mark))
        outcome = await self.run(SandboxRequest(argv=command, files={"probe.py": PROBE}))
        judge_probe(outcome, self.layers)
        if mark.exists():
            mark.unlink()
            raise SandboxUnavailable("the sandbox does not hold: what it wrote lies outside")

    def close(self) -> None:
        """Give the users back to the host."""
        self._slots.close()

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        """Run to the end; whatever happens, nothing of the run is alive or on disk when this returns."""
        try:
            return await self._run(request)
        except (
            OSError
        ) as error:  # no space, no more files or processes: this host can't run it now, another may
            raise SandboxUnavailable(f"the host had no room for a run: {error}") from error

    async def _run(self, request: SandboxRequest) -> SandboxOutcome:
        slot = await self._slots.take() if self._confinement.changes_user else None
        user_id = slot.user_id if slot else None
        work: Path | None = None
        running: RunningProcess | None = None
        try:
            work = make_work_folder(self._base, request.files, user_id=user_id)
            plan = self._plan(request, work, user_id)
            limits = request.limits
            running = await RunningProcess.start(
                plan, work, stdin=request.stdin, output_bytes=limits.output_bytes
            )
            ended = await running.wait(wall_seconds=limits.wall_seconds)
            if user_id is not None:
                await kill_everything_of(user_id)
            collected = collect_files(work, request.collect, limit_bytes=limits.output_bytes)
        finally:
            await uninterrupted(self._clear(running, work, slot))
        return _outcome(ended, collected)

    async def _clear(self, running: RunningProcess | None, work: Path | None, slot: Slot | None) -> None:
        if running:
            await running.close()
        if slot:
            await kill_everything_of(slot.user_id)
            self._slots.give_back(slot)
        if work:
            remove_work_folder(work)

    def _plan(self, request: SandboxRequest, work: Path, user_id: int | None) -> dict[str, Any]:
        confinement = self._confinement
        return {
            "argv": self._command(request.argv, work),
            "env": _environment(work, has_own_user=user_id is not None) | dict(request.env),
            "limits": _limits(request.limits, user_id),
            "user_id": user_id,
            "keeps_search": confinement.keeps_search,
            "parent_id": os.getpid(),
            "work": str(work),
            "namespaces": self._namespaces(work),
            "confine": CONFINE,
            "watch": confinement.watches_runs and _watched(request.limits),
            "has_landlock": confinement.has_landlock,
            "readable": confinement.readable,
            "writable": [str(work), *WRITABLE_DEVICES],
            "seccomp": confinement.seccomp_filter.hex(),
        }

    def _namespaces(self, work: Path) -> list[str]:
        if self._bubblewrap is None:
            return []
        return bubblewrap_prefix(
            self._bubblewrap,
            readable=self._confinement.readable,
            work=str(work),
            writable_devices=WRITABLE_DEVICES,
            is_root=os.geteuid() == 0,
        )

    def _command(self, argv: Sequence[str], work: Path) -> list[str]:
        if "{node}" in argv and self._confinement.node is None:
            raise SandboxUnavailable(
                "node is not on PATH: install Node.js 18.19 or newer where the worker runs"
            )
        places = {"{python}": self._confinement.python, "{node}": self._confinement.node or ""}
        return [places.get(word, word).replace("{work}", str(work)) for word in argv]


def _environment(work: Path, *, has_own_user: bool) -> dict[str, str]:
    return {
        "SANDBOX_OWN_USER": "1" if has_own_user else "0",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(work),
        "TMPDIR": str(work),
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _limits(limits: Limits, user_id: int | None) -> dict[str, int]:
    """Resource limits by the names of Python's `resource`; threads of our own user count where the run has no user of its own."""
    others = 0 if user_id is not None else count_threads(os.geteuid())
    named = {
        "RLIMIT_CPU": limits.cpu_seconds,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": limits.processes + others,
        "RLIMIT_CORE": 0,
    }
    return named | ({"RLIMIT_AS": limits.memory_bytes} if limits.memory_bytes else {})


def _watched(limits: Limits) -> dict[str, int]:
    return {"memory_bytes": limits.total_memory_bytes, "disk_bytes": limits.disk_bytes}


def _outcome(ended: Ended, collected: dict[str, str]) -> SandboxOutcome:
    return SandboxOutcome(
        end=ended.end,
        exit_code=ended.exit_code,
        stdout=ended.stdout.decode("utf-8", "replace"),
        stderr=ended.stderr.decode("utf-8", "replace"),
        seconds=ended.seconds,
        cpu_seconds=ended.cpu_seconds,
        exceeded=ended.exceeded,
        collected=collected,
    )
