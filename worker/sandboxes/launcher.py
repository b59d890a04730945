"""Starts one sandboxed process, outlives it, and leaves nothing of it behind.

Run as a process of its own instead of between fork and exec of the worker, which has threads. It forks: the child takes on every
limit and turns into the command; this process adopts whatever the command orphans, kills it at the end and reaps it, so that the
host's first process need not (in a container that is often one that never does). It imports little, because every run waits for it: `json` and
`typing` alone took a third of its start.

The plan comes in the first argument, as `written` writes it: who sends it is the worker, with the same interpreter. To the plan's
`report_fd` go JSON lines: `{"stage": …}` where namespaces were entered,
then, of which the first counts, `{"failure": …}` or `{"exit_code": …, "cpu_seconds": …, "exceeded": …}`.
SIGTERM kills the command at once.
"""

from __future__ import annotations

import binascii
import marshal
import os
import resource
import signal
import sys
from contextlib import suppress

from worker.sandboxes import kernel
from worker.sandboxes.watch import PERIOD_SECONDS, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:  # by name, as type checkers know it: typing is not loaded for it
    from collections.abc import Mapping
    from typing import Any, NoReturn


def main() -> NoReturn:
    """Run the planned command to its end."""
    plan, report_fd = _read()
    _end_with(int(plan["parent_id"]))
    kernel.adopt_orphans()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    launcher = os.getpid()
    child = os.fork()
    if child == 0:
        _become_command(plan, report_fd, launcher)
    signal.signal(signal.SIGTERM, lambda *_: _kill_group(child))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    exceeded = _watch(plan, child)
    exit_code = _reap_until(child)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    _kill_group(child)
    _kill_user(plan["user_id"])
    _reap_until(None)
    numbers = f'"exit_code": {exit_code}, "cpu_seconds": {_cpu_seconds()}'
    os.write(report_fd, f'{{{numbers}, "exceeded": "{"".join(exceeded[:1])}"}}\n'.encode())
    os._exit(0)


def written(plan: Mapping[str, Any], report_fd: int) -> str:
    """Write a plan as one argument."""
    return binascii.b2a_base64(marshal.dumps({**plan, "report_fd": report_fd}), newline=False).decode()


def _read() -> tuple[dict[str, Any], int]:
    """Read the plan, and keep to ourselves where the report goes."""
    plan: dict[str, Any] = marshal.loads(binascii.a2b_base64(sys.argv[1]))  # noqa: S302 - the worker's own words
    report_fd = int(plan["report_fd"])
    os.set_inheritable(report_fd, False)  # noqa: FBT003 - the signature is Python's
    return plan, report_fd


def _watch(plan: dict[str, Any], child: int) -> list[str]:
    """Look at the run now and then, and kill it where it takes too much; what it exceeded is put into the list."""
    limits = plan["watch"]
    exceeded: list[str] = []
    if not limits:
        return exceeded
    watch = Watch(root=os.getpid(), work=plan["work"], **limits)

    def look(*_: object) -> None:
        what = watch.look()
        if what:
            exceeded.append(what)
            _kill_group(child)
            _kill_user(plan["user_id"])

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, PERIOD_SECONDS, PERIOD_SECONDS)
    return exceeded


def _end_with(parent: int) -> None:
    """End when the parent ends, and at once where it has ended already: what outlives its run would be in the next one's way."""
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(125)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _become_command(plan: dict[str, Any], report_fd: int, launcher: int) -> NoReturn:
    try:
        if launcher:
            os.setsid()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if launcher and plan["namespaces"]:
            _enter_namespaces(plan, report_fd, launcher)
        _confine(plan, launcher)
        os.execve(plan["argv"][0], plan["argv"], plan["env"])  # noqa: S606 - a list, no shell
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker must hear of it
        os.write(report_fd, f'{{"failure": "{_plain(str(error)[:1000])}"}}\n'.encode())
    os._exit(125)


def _plain(text: str) -> str:
    """Leave what stands in JSON as it is."""
    return "".join(char if " " <= char <= "~" and char not in '"\\' else "?" for char in text)


def _enter_namespaces(plan: dict[str, Any], report_fd: int, launcher: int) -> NoReturn:
    """Turn into bubblewrap, which runs `confine` below in namespaces of its own."""
    _end_with(launcher)
    os.set_inheritable(report_fd, True)  # noqa: FBT003 - the signature is Python's
    within = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        plan["confine"],
        written(plan, report_fd),
    ]
    os.execve(plan["namespaces"][0], [*plan["namespaces"], *within], {})  # noqa: S606 - a list, no shell


def confine() -> NoReturn:
    """Take on every limit and turn into the command: the second half of the launcher, within namespaces.

    It says first that it got there: what bubblewrap says when it fails looks like words of the code.
    """
    plan, report_fd = _read()
    os.write(report_fd, b'{"stage": "confining"}\n')
    _become_command(plan, report_fd, launcher=0)


def _confine(plan: dict[str, Any], launcher: int) -> None:
    for name, value in plan["limits"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
    if plan["user_id"] is not None:
        kernel.become(plan["user_id"], keeps_search=plan["keeps_search"])
    os.umask(0o077)
    if launcher:
        _end_with(launcher)  # after the change of user, which forgets it; bubblewrap sees to it by itself
    kernel.forbid_new_privileges()
    if plan["has_landlock"]:
        kernel.confine_files(readable=plan["readable"], writable=plan["writable"])
    kernel.load_filter(bytes.fromhex(plan["seccomp"]))


def _reap_until(child: int | None) -> int:
    """Reap descendants until the child ends (its exit code, minus the signal that killed it) or until none is left."""
    while True:
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return 125
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def _kill_group(child: int) -> None:
    with suppress(OSError):  # nobody is left in it
        os.killpg(child, signal.SIGKILL)


def _kill_user(user_id: int | None) -> None:
    """Kill everything of the run's own user; the kernel does it under a lock that not even a fork bomb outruns."""
    launcher = os.getpid()
    if user_id is None or os.fork() != 0:
        return
    try:
        kernel.become(user_id, keeps_search=False)
        _end_with(launcher)  # a kill that comes late would hit the user's next run
        os.kill(-1, signal.SIGKILL)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
