"""Runs each candidate in a fork of its own and reports what passed and which lines and branches of the subject it ran.

plan.json: name, file, without, candidates, seed, test_seconds, seconds -> report.json: {"outcomes": […]} or {"load": why not}

The candidates come best first. A candidate that there was no time for has no outcome.
"""

import random
import time
import traceback

from . import clock, forks, subject, testing

_WINDOW = 20
_PATIENCE = 1.5
"""Wall time for each second of processor time: a busy host is no fault of the test, and sleeping is bounded all the same."""


def main():
    plan = forks.read_plan()
    forks.silence()
    testing.warm_up(plan["candidates"])
    clock.shift_for(plan["seed"], subject.read(plan))
    try:
        module = subject.load(plan)
    except BaseException:
        forks.write_report({"load": traceback.format_exc()[-800:]})
        return
    source = subject.read(plan)
    tracer = subject.Tracer(plan["file"], subject.branching_lines(source))
    plan["units"] = subject.units(source)
    deadline = time.monotonic() + plan["seconds"]
    outcomes = []
    growing = forks.GrowingReport({"outcomes": outcomes})
    for candidate in _ordered(plan["candidates"], plan["seed"]):
        if time.monotonic() >= deadline:
            break
        outcomes.append(_outcome(plan, module, candidate, tracer))
        growing.grown()
    forks.write_report(growing.report)


def _ordered(candidates, seed):
    """Another order for each seed, in which the best still come early."""
    shuffle = random.Random(seed).shuffle
    ordered = []
    for start in range(0, len(candidates), _WINDOW):
        window = candidates[start : start + _WINDOW]
        shuffle(window)
        ordered += window
    return ordered


def _outcome(plan, module, candidate, tracer):
    name, seconds = candidate["name"], plan["test_seconds"]
    message, too_slow = forks.run_in_fork(lambda send: _run(plan, module, candidate, tracer, send), _PATIENCE * seconds + 1.0)
    if too_slow or (message and message.get("timeout")):
        return {"name": name, "passed": False, "timed_out": True, "detail": f"ran longer than {seconds:.1f} s"}
    if message is None or "crash" in message:
        detail = message["crash"] if message else "the process ended in the middle of the test"
        return {"name": name, "passed": False, "detail": detail[-400:]}
    return {"name": name, **message}


def _run(plan, module, candidate, tracer, send):
    detail = None
    try:
        with forks.time_limit(plan["test_seconds"], of_cpu=True):
            function = testing.compile_test(candidate, plan["name"], module)
            with tracer:
                testing.call_test(function)
    except forks.CallTimeout:
        send({"timeout": True})
        return
    except BaseException as error:
        detail = testing.describe(error)
    branches = _directly(tracer.branches(), candidate.get("target", ""), plan["units"])
    send({"passed": detail is None, "detail": detail or "", "lines": sorted(tracer.lines), "branches": branches})


def _directly(branches, target, units):
    """What a test runs of the unit that it is about counts apart from what others run of it: each unit deserves tests of its own."""
    named = [_named(branch, target, units) for branch in branches]
    return [*named, *([f"{target} called"] if target else [])]


def _named(branch, target, units):
    line = int(branch.partition(">")[0])
    for name, first, last in units:
        if first <= line <= last and target and (name == target or name.startswith(target + ".")):
            return f"{name} {branch}"
    return branch


if __name__ == "__main__":
    main()
