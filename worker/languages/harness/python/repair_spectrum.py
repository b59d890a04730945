"""Runs the tests on the subject as it is and reports which pass, what the others say, and which lines each assertion ran.

plan.json: names, file, folder, tests, seconds, repeats -> report.json: {"load": …, "cases": [{name, passed, detail, error, frames, lines…}],
"problems": {path: text}, "runs": [[failed names]…]}
"""

import sys
import time
import traceback

from . import forks, instrument, repair_suite, subject

_STEPS, _TRACED_STEPS = 1_000_000, 60_000
"""Tracing takes so much longer that who makes many steps is traced for the first of them only."""
_CASE_SECONDS = 2.0


def main():
    plan = repair_suite.prepare(forks.read_plan())
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    runs = []
    for _ in range(plan["repeats"]):
        endless = runs[0]["endless"] if runs else ()  # once is enough: it takes all the time that a test may take
        run = _run_plainly(plan, deadline, endless)
        runs += [run] if run is not None else []
    left = max(deadline - time.monotonic(), 2.0)
    report, too_slow = _in_fork(lambda send: _traced(plan, send, left), left + 2.0)
    report = report or {"load": None, "cases": [], "problems": {}, "crash": "it does not end" if too_slow else "the process ended while the tests ran"}
    report["runs"] = [run["failed"] for run in runs]
    _settle(report, runs)
    forks.write_report(report)


def _run_plainly(plan, deadline, endless):
    message, _ = _in_fork(lambda send: _plain(plan, send, endless), max(deadline - time.monotonic(), 2.0))
    return message if message and "failed" in message else None


def _settle(report, runs):
    """The plain runs have the word on what passes; the traced one knows the lines."""
    if not runs or report["load"]:
        return
    first, known = runs[0], {case["name"]: case for case in report["cases"]}
    for name in first["cases"]:
        case = known.get(name)
        if case is None:
            case = {"name": name, "passed": name not in first["failed"], "parts": [], "kind": "endless", "detail": "it ended the process, or had no end"}
            report["cases"].append(case)
        elif case.get("kind") == "endless" and name not in first["failed"]:
            case["passed"] = True
            for part in case["parts"]:
                part["passed"] = True
        case["steps"] = first["steps"].get(name, 0)


def _in_fork(work, seconds):
    """The last message; what was told before the end came, where it came early."""
    child = forks.Child(work)
    whole, too_slow = None, False
    try:
        for message in child.messages(time.monotonic() + seconds):
            if whole is not None and "case" in message:
                whole["cases"].append(message["case"])
            else:
                whole = message
    except TimeoutError:
        too_slow = True
    finally:
        child.end()
    return whole, too_slow


def _traced(plan, send, seconds):
    suite = repair_suite.Suite(plan)
    watch = _Watch(suite, plan["file"])
    suite.case = watch
    suite.steps.limit = _TRACED_STEPS
    with open(plan["file"], encoding="utf-8") as file:
        source = file.read()
    try:
        with forks.time_limit(seconds, of_cpu=True):
            suite.load(source)
            cases, problems = suite.collect()
    except BaseException as error:
        send({"load": _described(error, plan), "cases": [], "problems": {}})
        return
    send({"load": None, "cases": [], "problems": {path: _described(error, plan) for path, error in problems.items()}})
    for case in cases:
        told = watch.run(case)
        if case.name not in suite.unsupported:
            send({"case": told})


def _plain(plan, send, known):
    suite = repair_suite.Suite(plan)
    suite.steps.limit = _STEPS
    with open(plan["file"], encoding="utf-8") as file:
        source = file.read()
    with forks.time_limit(plan["seconds"], of_cpu=True):
        suite.load(source)
        cases, problems = suite.collect()
    failed, endless, steps = sorted(problems), [*known], {}
    for case in cases:
        if case.name in known:
            failed.append(case.name)
            continue
        suite.steps.count = 0
        try:
            with forks.time_limit(_CASE_SECONDS, of_cpu=True):
                suite.run(case)
        except BaseException as error:
            failed.append(case.name)
            if isinstance(error, (forks.CallTimeout, instrument.OutOfSteps)):
                endless.append(case.name)
        steps[case.name] = suite.steps.count
    send({"failed": failed, "cases": [case.name for case in cases if case.name not in suite.unsupported], "steps": steps, "endless": endless})


class _Watch:
    """What is around each assertion: it notes the lines that ran for it, and goes on after one that fails."""

    def __init__(self, suite, path):
        self.suite = suite
        self.tracer = subject.Tracer(path, frozenset())
        self.path = path
        self.parts, self.error = [], None

    def __call__(self, line):
        return _Assertion(self, line)

    def run(self, case):
        self.parts, self.error = [], None
        self.suite.steps.count = 0
        try:
            with forks.time_limit(_CASE_SECONDS, of_cpu=True):
                with self.tracer:
                    self.suite.run(case)
        except BaseException as error:
            self.note(None, error)
        else:
            if not self.parts:
                self.note(None, None)
        failed = [part for part in self.parts if part["error"] is not None]
        first = failed[0]["error"] if failed else {}
        return {"name": case.name, "passed": not failed, **first, "parts": [{"lines": part["lines"], "passed": part["error"] is None} for part in self.parts][:200]}

    def note(self, line, error):
        sys.settrace(None)
        told = None if error is None else _described(error, {"file": self.path})
        self.parts.append({"line": line, "lines": sorted(self.tracer.lines), "error": told})
        self.tracer.reset()


class _Assertion:
    def __init__(self, watch, line):
        self.watch, self.line = watch, line

    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        is_end = isinstance(error, (forks.CallTimeout, SystemExit, KeyboardInterrupt)) or (error is not None and not isinstance(error, (Exception, instrument.OutOfSteps)))
        if is_end:
            return False
        self.watch.note(self.line, error)
        if isinstance(error, instrument.OutOfSteps):
            self.watch.suite.steps.count = 0
        sys.settrace(self.watch.tracer._enter_frame)
        return True


def _described(error, plan):
    """What went wrong, for the diagnosis: its kind, its words, the lines of the subject in its traceback."""
    entries = traceback.extract_tb(error.__traceback__) if error.__traceback__ else []
    frames = [entry.lineno for entry in entries if entry.filename == plan["file"]]
    if isinstance(error, SyntaxError):
        frames.append(error.lineno or 0)
    is_endless = isinstance(error, (forks.CallTimeout, instrument.OutOfSteps))
    is_about = bool(entries) and entries[-1].filename == plan["file"]
    text = "it does not end: it was stopped by the limit of its steps" if is_endless else repair_suite.failure_of(error)
    return {"kind": "endless" if is_endless else type(error).__name__, "detail": text, "frames": frames[-20:], "is_inside": is_about, "missing": getattr(error, "name", None) if isinstance(error, (ImportError, NameError)) else None}


if __name__ == "__main__":
    main()
