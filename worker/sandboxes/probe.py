"""The boot self-test: code that tries to break out, and the judgement of what it reports.

The probe's arguments are the worker's process id and a file outside the work folder.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import SandboxEnd, SandboxOutcome

PROBE = """
import json, os, resource, socket, sys
worker, outside = sys.argv[1:]
def succeeds(action):
    try:
        action()
    except OSError:
        return False
    return True
def reads(path):
    return succeeds(lambda: open(path, "rb").read(1))
print(json.dumps({
    "network": succeeds(lambda: socket.socket(socket.AF_INET)),
    "unix socket": succeeds(lambda: socket.socket(socket.AF_UNIX)),
    "the metadata endpoint": any(
        succeeds(lambda: socket.create_connection((host, 80), timeout=0.5)) for host in ("169.254.170.2", "169.254.169.254")
    ),
    "new session": succeeds(os.setsid),
    "signals to the parent": succeeds(lambda: os.kill(os.getppid(), 0)) or succeeds(lambda: os.kill(int(worker), 0)),
    "the worker's memory": any(reads(f"/proc/{worker}/{name}") for name in ("environ", "mem", "maps")),
    "host files": any(map(reads, ("/etc/passwd", "/etc/shadow", "/root/.aws/credentials", "/etc/hostname"))),
    "memory without an owner": succeeds(lambda: os.memfd_create("probe")),
    "files outside": succeeds(lambda: os.listdir("/proc/1")) or succeeds(lambda: os.listdir(os.path.dirname(os.getcwd()))),
    "writing outside": succeeds(lambda: open(outside, "w")),
    "shared memory": succeeds(lambda: open("/dev/shm/ddf-sandbox-escape", "w")),
    "root": os.getuid() == 0,
    "unlimited files": resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY,
    "variables": any(name.startswith(("AWS_", "DDF_")) for name in os.environ),
}))
"""

_HOLDERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "root": frozenset({"uid"}),
        "signals to the parent": frozenset({"uid"}),
        "host files": frozenset({"landlock", "namespaces"}),
        "files outside": frozenset({"landlock"}),
        "shared memory": frozenset({"landlock"}),
    }
)
"""What only some layers hold: by users alone, what everyone may read or write stays so. The rest must hold everywhere."""


def judge_probe(outcome: SandboxOutcome, layers: Sequence[str]) -> None:
    """Raise SandboxUnavailable where the probe got out, or did not run at all."""
    if outcome.end is not SandboxEnd.EXITED or outcome.exit_code != 0:
        raise SandboxUnavailable(f"the self-test did not run ({outcome.exit_code}): {outcome.stderr[-300:]}")
    reached = json.loads(outcome.stdout)
    if "namespaces" in layers:
        reached.pop(
            "writing outside", None
        )  # it may have a place of that name within; the caller looks at the true one
    escapes = [name for name, is_reached in reached.items() if is_reached and _is_held(name, set(layers))]
    if escapes:
        raise SandboxUnavailable(f"the sandbox does not hold: it let through {', '.join(escapes)}")


def _is_held(name: str, layers: set[str]) -> bool:
    """Say whether one of these layers is there to hold it."""
    holders = _HOLDERS.get(name)
    return holders is None or not holders.isdisjoint(layers)
