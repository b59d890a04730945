"""Runs the tests on whole changed texts, each in a fork of its own that loads everything anew.

plan.json: names, file, folder, tests, sources, seconds -> report.json: {"trials": [{passed, failed, detail, timed_out}…]}, for as many as there was time for
"""

import time

from . import forks, repair_suite

_SOURCE_SECONDS = 8.0


def main():
    plan = repair_suite.prepare(forks.read_plan())
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    report = forks.GrowingReport({"trials": []})
    for source in plan["sources"]:
        if time.monotonic() > deadline:
            break
        report.report["trials"].append(tried(plan, source))
        report.grown()
    forks.write_report(report.report)


def tried(plan, source, steps=5_000_000):
    """What the tests say to a text."""
    message, too_slow = forks.run_in_fork(lambda send: _run(plan, source, steps, send), _SOURCE_SECONDS)
    if too_slow or message is None or "crash" in message:
        detail = "it does not end" if too_slow else (message or {}).get("crash", "the process ended while the tests ran")[-400:]
        return {"passed": [], "failed": ["(all)"], "detail": detail, "timed_out": too_slow}
    return message


def _run(plan, source, steps, send):
    suite = repair_suite.Suite(plan)
    suite.steps.limit = steps
    passed, failed, detail, is_late = [], [], "", False
    try:
        with forks.time_limit(_SOURCE_SECONDS / 2, of_cpu=True):
            suite.load(source)
            cases, problems = suite.collect()
    except BaseException as error:
        send({"passed": [], "failed": ["(load)"], "detail": repair_suite.failure_of(error), "timed_out": isinstance(error, forks.CallTimeout)})
        return
    for path, error in problems.items():
        failed.append(path)
        detail = detail or repair_suite.failure_of(error)
    for case in cases:
        suite.steps.count = 0
        try:
            with forks.time_limit(_SOURCE_SECONDS / 2, of_cpu=True):
                suite.run(case)
        except BaseException as error:
            failed.append(case.name)
            detail = detail or repair_suite.failure_of(error)
            is_late = is_late or not isinstance(error, Exception)
        else:
            passed.append(case.name)
    send({"passed": passed, "failed": failed, "detail": detail, "timed_out": is_late, "asserts": suite.passed})


if __name__ == "__main__":
    main()
