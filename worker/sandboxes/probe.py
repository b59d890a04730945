"""The boot self-test: code that tries to break out, and the judgement of what it reports."""

import json
from collections.abc import Sequence

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import SandboxEnd, SandboxOutcome

PROBE = """
import json, os, resource, socket
def succeeds(action):
    try:
        action()
    except OSError:
        return False
    return True
print(json.dumps({
    "network": succeeds(lambda: socket.socket(socket.AF_INET)),
    "unix socket": succeeds(lambda: socket.socket(socket.AF_UNIX)),
    "new session": succeeds(os.setsid),
    "files outside": succeeds(lambda: os.listdir("/proc/1")) or succeeds(lambda: os.listdir(os.path.dirname(os.getcwd()))),
    "writing outside": succeeds(lambda: open("/tmp/ddf-sandbox-escape", "w")),
    "root": os.getuid() == 0,
    "unlimited files": resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY,
    "variables": any(name.startswith(("AWS_", "DDF_")) for name in os.environ),
}))
"""


def judge_probe(outcome: SandboxOutcome, layers: Sequence[str]) -> None:
    """Raise SandboxUnavailable where the probe got out, or did not run at all."""
    if outcome.end is not SandboxEnd.EXITED or outcome.exit_code != 0:
        raise SandboxUnavailable(f"the self-test did not run ({outcome.exit_code}): {outcome.stderr[-300:]}")
    reached = json.loads(outcome.stdout)
    if "uid" not in layers:
        reached.pop("root")
    if "landlock" not in layers:
        reached.pop("files outside")  # by users alone, what everyone may read stays readable
    escapes = [name for name, is_reached in reached.items() if is_reached]
    if escapes:
        raise SandboxUnavailable(f"the sandbox does not hold: it let through {', '.join(escapes)}")
