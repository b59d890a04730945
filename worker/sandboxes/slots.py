"""Users for sandboxed runs: one for each run at a time, on this host, whatever number of workers shares it.

A slot is a user id with a lock file. The lock goes with its process, so a slot that a killed worker left is free again, and whatever
that worker's runs left behind is killed before the slot is used.
"""

import asyncio
import contextlib
import fcntl
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from worker.domain.errors import SandboxUnavailable
from worker.sandboxes.uninterrupted import uninterrupted
from worker.sandboxes.work_folder import open_base, remove_folders_of

FIRST_USER_ID = 61_000
SLOTS = 512
"""User ids 61000 to 61511: above what systems give to people and services, below the dynamic users of systemd."""

LOCKS = Path("/tmp/ddf-sandbox-users")  # noqa: S108 - checked to be ours alone; one place on a host, whatever TMPDIR says
"""Holds the lock files: two workers that locked in different places would kill each other's runs."""

_KILL_EVERYTHING_OF = """
import os, sys
user_id = int(sys.argv[1])
os.setgroups([])
os.setresgid(user_id, user_id, user_id)
os.setresuid(user_id, user_id, user_id)
os.kill(-1, 9)
"""
"""The kernel walks the list of processes under a lock, so that not even a fork bomb gets away."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A user id that nobody else on this host uses."""

    user_id: int
    """The user."""
    lock_fd: int
    """Keeps the lock."""


class Slots:
    """Hands out slots; keeps those it has, since locking is the dear part."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._locks = open_base(LOCKS) if os.geteuid() == 0 else LOCKS
        self._free: list[Slot] = []

    async def take(self) -> Slot:
        """Take a slot with no process in it; raises SandboxUnavailable where every user is taken."""
        while self._free:
            kept = self._free.pop()
            if _is_current(kept.lock_fd):
                return kept
            os.close(kept.lock_fd)
        for user_id in range(FIRST_USER_ID, FIRST_USER_ID + SLOTS):
            slot = self._lock(user_id)
            if slot is not None:
                await self._clear(slot)
                return slot
        raise SandboxUnavailable(f"all {SLOTS} users for sandboxed runs are taken on this host")

    def give_back(self, slot: Slot) -> None:
        """Return a slot."""
        self._free.append(slot)

    def close(self) -> None:
        """Unlock the slots that are not in use."""
        while self._free:
            os.close(self._free.pop().lock_fd)

    async def _clear(self, slot: Slot) -> None:
        try:
            await kill_everything_of(slot.user_id)
            remove_folders_of(slot.user_id, self._base)
        except BaseException:
            os.close(slot.lock_fd)
            raise

    def _lock(self, user_id: int) -> Slot | None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock_fd = os.open(self._locks / f"user-{user_id}.lock", flags, 0o600)
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock_fd)
            return None
        if not _is_current(lock_fd):
            os.close(lock_fd)
            return None
        return Slot(user_id=user_id, lock_fd=lock_fd)


def _is_current(lock_fd: int) -> bool:
    """Whether the file is still the one that others would lock: somebody may have cleared the folder."""
    return os.fstat(lock_fd).st_nlink > 0


async def kill_everything_of(user_id: int) -> None:
    """Kill all processes of a sandbox user; returns, or is cancelled, once none is left and no kill is under way that would hit the next run."""
    await uninterrupted(_kill_everything_of(user_id))


async def _kill_everything_of(user_id: int) -> None:
    for _ in range(100):
        if not has_processes(user_id):
            return
        command = (sys.executable, "-I", "-S", "-c", _KILL_EVERYTHING_OF, str(user_id))
        killer = await asyncio.create_subprocess_exec(*command, env={}, stdin=asyncio.subprocess.DEVNULL)
        await killer.wait()
        await asyncio.sleep(0.005)
    raise SandboxUnavailable(f"processes of user {user_id} would not die")


def has_processes(user_id: int) -> bool:
    """Say whether a living process of the user is there; the kernel is asked first, which is one call."""
    try:
        os.getpriority(os.PRIO_USER, user_id)
    except ProcessLookupError:
        return False
    return any(not _is_dead(process) for process in _processes_of(user_id))


def count_threads(user_id: int) -> int:
    """Count the threads of a user, which is what the limit on processes counts."""
    return sum(_threads(process) for process in _processes_of(user_id))


def _processes_of(user_id: int) -> list[str]:
    """Folders in /proc. That of a process which forbids to be looked into belongs to root, whoever's it is."""
    found = []
    with os.scandir("/proc") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # it ended while we looked
                if entry.name.isdigit() and _user_of(entry) == user_id:
                    found.append(entry.path)
    return found


def _user_of(process: "os.DirEntry[str]") -> int:
    owner = process.stat().st_uid
    if owner != 0:
        return owner
    status = Path(process.path, "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Uid:"))


def _threads(process: str) -> int:
    try:
        return len(os.listdir(f"{process}/task"))  # noqa: PTH208 - called for hundreds of processes
    except OSError:
        return 0


def _is_dead(process: str) -> bool:
    try:
        state = Path(process, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in ("Z", "X")
