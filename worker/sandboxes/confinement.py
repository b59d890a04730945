"""What this host can hold untrusted code with, found out once; refuses where too little is left.

| layer        | what it holds                                             | needs            |
|--------------|-----------------------------------------------------------|------------------|
| scrubbed-env | credentials and settings of the worker                    | nothing          |
| rlimits      | CPU, memory, file size, open files, processes             | nothing          |
| seccomp      | sockets, namespaces, tracing, leaving the process group   | Linux on x86-64 or ARM64 |
| landlock     | every file but the interpreters and the work folder       | Linux 5.13       |
| watch        | memory and disk of all processes of a run together        | /proc/…/children |
| uid          | files, signals and /proc of everyone else                 | root             |
| namespaces   | the sight of every process, network and file outside      | bubblewrap, and a host that lets it |

The first three are required, and Landlock or a user. There is no switch that turns this off.
"""

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from worker.domain.errors import SandboxUnavailable
from worker.sandboxes import kernel
from worker.sandboxes.seccomp import MACHINES, build_filter
from worker.sandboxes.watch import can_watch

_NEEDED_TO_CHANGE_USER = (0, 5, 6, 7)
"""CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETUID."""
_SYSTEM_PATHS = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",  # Node does not start without it
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
)
WRITABLE_DEVICES = ("/dev/null",)


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """The layers of this host and what they need."""

    python: str
    """Interpreter that `{python}` stands for."""
    node: str | None
    """Program that `{node}` stands for; None where there is none."""
    seccomp_filter: bytes
    """The filter program."""
    has_landlock: bool
    """The kernel has Landlock."""
    changes_user: bool
    """Each run gets a user of its own."""
    watches_runs: bool
    """The kernel tells a process's children, so that bounds can hold for a run as a whole."""
    keeps_search: bool
    """The interpreter lies where only root may go (a laptop's /root): the process keeps the capability to search folders,
    which Landlock then confines to the paths below."""
    readable: tuple[str, ...]
    """What may be read."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names for results and logs."""
        optional = [("watch", self.watches_runs), ("landlock", self.has_landlock), ("uid", self.changes_user)]
        return ("scrubbed-env", "rlimits", "seccomp", *(name for name, is_there in optional if is_there))


def detect_confinement() -> Confinement:
    """Look at the host; raises SandboxUnavailable where it can't hold untrusted code."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in MACHINES:
        raise SandboxUnavailable(
            f"no seccomp filter for {platform.system()} on {machine}: run the worker on Linux (x86-64 or ARM64), in a container for instance"
        )
    has_landlock = kernel.landlock_abi() > 0
    changes_user = os.geteuid() == 0 and all(_has_capability(number) for number in _NEEDED_TO_CHANGE_USER)
    if not has_landlock and not changes_user:
        raise SandboxUnavailable(
            "nothing would protect files: needs Landlock (Linux 5.13) or root to change users"
        )
    node = shutil.which("node")
    places = _interpreter_places(node)
    keeps_search = changes_user and not all(_is_open_to_others(Path(place)) for place in places)
    if keeps_search and not (has_landlock and _has_capability(kernel.SEARCH_CAPABILITY)):
        raise SandboxUnavailable(
            f"other users can't reach the interpreter below {sys.base_prefix}: install it where they can, or run as a user of its own"
        )
    return Confinement(
        python=sys.executable,
        node=str(Path(node).resolve()) if node else None,
        seccomp_filter=build_filter(machine),
        has_landlock=has_landlock,
        changes_user=changes_user,
        watches_runs=can_watch(),
        keeps_search=keeps_search,
        readable=(*_SYSTEM_PATHS, *places),
    )


def _interpreter_places(node: str | None) -> tuple[str, ...]:
    places = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent.parent)}
    if node:
        places.add(str(Path(node).resolve().parent.parent))
    return tuple(sorted(place for place in places if place != "/"))


def _is_open_to_others(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def _has_capability(number: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> number & 1)
