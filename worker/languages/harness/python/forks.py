"""Work in a forked process: whatever it does to itself, the parent goes on."""

import json
import os
import select
import signal
import sys
import time
import traceback

_DUMP, _EXIT, _WRITE, _OPEN = json.dumps, os._exit, os.write, open  # as they are now: the code under test may replace them
_FOLDER = os.getcwd()  # likewise
_REPORT_SECONDS = 0.25
_SWALLOWED = 8
_STUBBORN = 86
"""Exit code of a fork that would not stop."""


class CallTimeout(BaseException):
    """A call took too long. No Exception, so that the code under test does not catch it in passing."""


class time_limit:
    """Raise CallTimeout in the main thread after some seconds, and again every 50 ms for code that swallows it; code that swallows on
    loses its process.

    By the wall clock, or by the processor's: then a busy host makes no difference, but sleeping is free.
    """

    def __init__(self, seconds, *, of_cpu=False):
        self.seconds = seconds
        self.raised = 0
        self.signal = int(signal.SIGPROF if of_cpu else signal.SIGALRM)
        self.timer = signal.ITIMER_PROF if of_cpu else signal.ITIMER_REAL

    def __enter__(self):
        signal.signal(self.signal, self._raise)
        signal.setitimer(self.timer, self.seconds, 0.05)

    def __exit__(self, *_):
        while True:
            try:
                signal.setitimer(self.timer, 0)
                return
            except CallTimeout:
                continue

    def _raise(self, *_):
        self.raised += 1
        if self.raised > _SWALLOWED:
            _EXIT(_STUBBORN)
        raise CallTimeout


class Child:
    """A forked process that reports by JSON lines."""

    def __init__(self, work):
        self._reader, writer = os.pipe()
        self._rest = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._reader)
            _be_child(work, writer)
        os.close(writer)

    def messages(self, deadline, silence_seconds=None):
        """Yield messages until the child ends; raise TimeoutError at the deadline or after too long a silence between two of them."""
        is_heard = False
        while True:
            patience = deadline - time.monotonic()
            if silence_seconds is not None and is_heard:
                patience = min(patience, silence_seconds)
            ready, _, _ = select.select([self._reader], [], [], max(patience, 0))
            if not ready:
                raise TimeoutError
            chunk = os.read(self._reader, 1 << 16)
            if not chunk:
                return
            is_heard = True
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # not ours

    def end(self):
        """Kill and reap; return the exit code, minus the signal."""
        os.close(self._reader)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status = os.waitpid(self.pid, 0)
        if os.environ.get("SANDBOX_OWN_USER") == "1":
            _kill_what_is_left()
        return os.waitstatus_to_exitcode(status)


def _kill_what_is_left():
    """Kill what the child forked: everything else of a user that only this run has."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def _be_child(work, writer):
    os.register_at_fork(after_in_child=lambda: _EXIT(1))  # code that multiplies is stopped at its first copy

    def send(message):
        data = _DUMP(message).encode() + b"\n"
        while data:
            data = data[_WRITE(writer, data) :]

    try:
        work(send)
    except BaseException:
        send({"crash": traceback.format_exc()[-800:]})
    finally:
        _EXIT(0)


def run_in_fork(work, seconds):
    """Run `work(send)` in a fork and return (last message or None, whether it was too slow)."""
    child = Child(work)
    message, too_slow = None, False
    try:
        for message in child.messages(time.monotonic() + seconds):
            pass
    except TimeoutError:
        too_slow = True
    finally:
        code = child.end()
    return message, too_slow or code == _STUBBORN


class _NoInput:
    """What pytest puts in place of the standard input: reading it is an error. A test that reads it would fail there."""

    encoding = None
    closed = False

    def _refuse(self, *_):
        raise OSError("there is no standard input in a test")

    read = readline = readlines = fileno = __next__ = _refuse

    def __iter__(self):
        return self

    def isatty(self):
        return False

    def close(self):
        pass


def silence():
    """Send what the code under test prints to nowhere, and let it read nothing; our own report is a file."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    sys.stdin = _NoInput()


def read_plan():
    """Read what the worker asks for; file names become absolute."""
    with open("plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    with open("ready", "w", encoding="utf-8"):
        pass  # from here on what goes wrong may be the subject's doing
    return {**plan, "file": os.path.abspath(plan["file"])}


class GrowingReport:
    """A report that is on disk while it grows, so that what is known survives a process that is stopped."""

    def __init__(self, report):
        self.report = report
        self._written = time.monotonic()

    def grown(self):
        """Write it now and then."""
        if time.monotonic() - self._written >= _REPORT_SECONDS:
            write_report(self.report)
            self._written = time.monotonic()


def write_report(report):
    """Leave the report for the worker, over whatever lies there."""
    path = os.path.join(_FOLDER, "report.json")
    with _OPEN(path + ".new", "w", encoding="utf-8") as file:
        file.write(_DUMP(report))
    os.replace(path + ".new", path)
