"""Bounds over a whole run: the kernel's limits hold for each process alone, and a run may have many.

Used by the launcher, which is the ancestor of whatever the code starts: it counts the memory of all of them together, and what
lies in the work folder. It imports little, because every run waits for it.
"""

import os
from contextlib import suppress

PERIOD_SECONDS = 0.1
"""Between two looks: what a run can take in this time is what it may exceed its bounds by."""
DISK_EVERY = 5
"""Looks at memory for each look at the folder, which is the dearer one."""
MOST_ENTRIES = 20_000
"""Files and folders that a run may make: each takes an inode of the host, however small."""
MEMORY, DISK = "memory", "disk space"


class Watch:
    """Looks at everything that a process has started."""

    def __init__(self, *, root: int, work: str, memory_bytes: int, disk_bytes: int) -> None:
        """Watch the descendants of `root`, and a folder; 0 bytes of memory are no bound."""
        self._root = root
        self._work = work
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._looks = 0

    def look(self) -> str:
        """Say what is exceeded; empty where nothing is."""
        self._looks += 1
        if self._memory_bytes and memory_of_descendants(self._root) > self._memory_bytes:
            return MEMORY
        is_due = self._looks % DISK_EVERY == 0
        return DISK if is_due and not _fits(self._work, self._disk_bytes) else ""


def can_watch() -> bool:
    """Say whether this kernel tells a process's children."""
    return os.access(f"/proc/self/task/{os.getpid()}/children", os.R_OK)


def memory_of_descendants(root: int) -> int:
    """Sum what the descendants hold that is theirs: a file that is mapped many times is there once, so it doesn't count."""
    total = 0
    waiting = _children(root)
    seen = set(waiting)
    while waiting:
        process = waiting.pop()
        total += _private_bytes(process)
        fresh = [child for child in _children(process) if child not in seen]
        seen.update(fresh)
        waiting += fresh
    return total


def _children(process: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # it ended while we looked
        for thread in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208 - pathlib would double the launcher's start-up time
            with open(f"/proc/{process}/task/{thread}/children") as file:  # noqa: PTH123 - as above
                found += map(int, file.read().split())
    return found


def _private_bytes(process: int) -> int:
    kibibytes = 0
    with suppress(OSError), open(f"/proc/{process}/status") as file:  # noqa: PTH123 - as above
        for line in file:
            if line.startswith(("RssAnon:", "RssShmem:", "VmSwap:")):
                kibibytes += int(line.split()[1])
    return kibibytes * 1024


def _fits(folder: str, limit_bytes: int) -> bool:
    waiting, used, entries = [folder], 0, 0
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as found:  # the code may remove it meanwhile
            for entry in found:
                with suppress(OSError):
                    used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                entries += 1
                if used > limit_bytes or entries > MOST_ENTRIES:
                    return False
    return True
