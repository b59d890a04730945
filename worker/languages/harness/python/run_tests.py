"""Runs each candidate in a fork of its own and reports what passed and which lines and branches of the subject it ran.

plan.json: name, file, without, candidates, seed, test_seconds, seconds -> report.json: {"outcomes": […]} or {"load": why not}
"""

import random
import time
import traceback

from . import forks, subject, testing


def main():
    plan = forks.read_plan()
    forks.silence()
    testing.warm_up(plan["candidates"])
    try:
        module = subject.load(plan)
    except BaseException:
        forks.write_report({"load": traceback.format_exc()[-800:]})
        return
    tracer = subject.Tracer(plan["file"], subject.branching_lines(subject.read(plan)))
    candidates = list(plan["candidates"])
    random.Random(plan["seed"]).shuffle(candidates)
    deadline = time.monotonic() + plan["seconds"]
    outcomes = [_outcome(plan, module, candidate, tracer, deadline) for candidate in candidates]
    forks.write_report({"outcomes": outcomes})


def _outcome(plan, module, candidate, tracer, deadline):
    name, left = candidate["name"], deadline - time.monotonic()
    if left <= 0:
        return {"name": name, "passed": False, "timed_out": True, "detail": "no time was left to run it"}
    seconds = min(plan["test_seconds"], left)
    message, too_slow = forks.run_in_fork(lambda send: _run(plan, module, candidate, tracer, send), seconds + 0.5)
    if too_slow or (message and message.get("timeout")):
        return {"name": name, "passed": False, "timed_out": True, "detail": f"ran longer than {seconds:.1f} s"}
    if message is None or "crash" in message:
        detail = message["crash"] if message else "the process ended in the middle of the test"
        return {"name": name, "passed": False, "detail": detail[-400:]}
    return {"name": name, **message}


def _run(plan, module, candidate, tracer, send):
    detail = None
    try:
        with forks.time_limit(plan["test_seconds"]):
            function = testing.compile_test(candidate, plan["name"], module)
            with tracer:
                testing.call_test(function)
    except forks.CallTimeout:
        send({"timeout": True})
        return
    except BaseException as error:
        detail = testing.describe(error)
    send({"passed": detail is None, "detail": detail or "", "lines": sorted(tracer.lines), "branches": tracer.branches()})


if __name__ == "__main__":
    main()
