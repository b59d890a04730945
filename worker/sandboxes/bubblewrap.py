"""Namespaces on top of everything else, by bubblewrap: the code sees no other process, no network and no file that is not its own.

What `bwrap` makes is a view of the host with the interpreters to read, the work folder to write, an empty `/tmp` and a small `/dev`.
In it runs the launcher again, for the part that confines: user, limits, Landlock and seccomp are the same at both levels. It needs
namespaces, which containers on Fargate don't have.
"""

import shutil
from pathlib import Path

PROGRAM = "bwrap"
_PACKAGE = Path(__file__).resolve().parents[1]
"""The launcher must be found within; it is the worker's code, which is no secret."""
_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_DAC_READ_SEARCH")
"""What root keeps within until it becomes the run's user; bwrap drops the rest."""


def find_bubblewrap() -> str | None:
    """Return the program, or None; whether namespaces are to be had is for the self-test to find out."""
    found = shutil.which(PROGRAM)
    return str(Path(found).resolve()) if found else None


def bubblewrap_prefix(
    program: str, *, readable: tuple[str, ...], work: str, writable_devices: tuple[str, ...], is_root: bool
) -> list[str]:
    """Write the command line up to the command."""
    words = [program, "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try", "--hostname", "sandbox", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - its own
    bound = (*readable, str(_PACKAGE))
    words += [word for folder in _folders_above(bound) for word in ("--dir", folder)]
    for path in bound:
        if not path.startswith("/dev/"):
            words += ["--ro-bind-try", path, path]
    for path in writable_devices:
        words += ["--dev-bind-try", path, path]
    for capability in _CAPABILITIES if is_root else ():
        words += ["--cap-add", capability]
    return [*words, "--bind", work, work, "--chdir", work, "--"]


def _folders_above(paths: tuple[str, ...]) -> list[str]:
    """List the folders on the way to paths, the outer ones first: those that bwrap makes by itself are closed to the run's user.

    The capability to search passes through them all the same, but not where a program asks before it opens, as Node's `existsSync` does:
    TypeScript's compiler then lacked its library and found faults where there were none.
    """
    above = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(above - {"/", "/dev"})
