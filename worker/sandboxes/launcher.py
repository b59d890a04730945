"""Becomes the sandboxed process: takes on every limit, then turns into the command.

Run as a process of its own instead of between fork and exec of the worker, which has threads. It imports little, because every
run in the sandbox waits for it. The plan comes as JSON in the first argument; what goes wrong is written to the
plan's `report_fd`, which closes by itself once the command runs.
"""

import json
import os
import resource
import signal
import sys
from typing import Any

from worker.sandboxes import kernel


def main() -> None:
    """Confine this process and turn it into the planned command."""
    plan: dict[str, Any] = json.loads(sys.argv[1])
    report_fd = int(plan["report_fd"])
    os.set_inheritable(report_fd, False)
    try:
        _confine(plan)
        os.execve(plan["argv"][0], plan["argv"], plan["env"])  # noqa: S606 - a list, no shell
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker must hear of it
        os.write(report_fd, str(error).encode()[:2000])
        os._exit(125)


def _confine(plan: dict[str, Any]) -> None:
    for name, value in plan["limits"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    if plan["user_id"] is not None:
        kernel.become(plan["user_id"], keeps_search=plan["keeps_search"])
    os.umask(0o077)
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != plan["parent_id"]:
        raise ProcessLookupError("the worker died first")
    kernel.forbid_new_privileges()
    if plan["has_landlock"]:
        kernel.confine_files(readable=plan["readable"], writable=plan["writable"])
    if plan["seccomp"]:
        kernel.load_filter(bytes.fromhex(plan["seccomp"]))


if __name__ == "__main__":
    main()
