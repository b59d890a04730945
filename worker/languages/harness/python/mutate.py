"""Runs the candidates on mutants of the subject, one fork for each mutant.

report.json: {"total": n, "killed": {mutant: [candidates]}, "survivors": […], "complete": bool, "unusable": [candidates]}
"""

import ast
import contextlib
import random
import sys
import time

from . import forks, subject, testing
from .mutants import find_mutants
from .patches import Patcher

_BATCH = 40
_LEAST_SECONDS = 0.05
"""Of processor time for a test on a faulty copy, beside six times what it takes: each copy that hangs costs as much."""
_SLOW_SECONDS = 0.02
"""A test that takes longer is not tried on copies that a quicker one has noticed: what it says of the others is worth more."""
_BASELINE_SHARE = 0.5
"""Of the time, kept for the mutants."""


def main():
    plan = forks.read_plan()
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    testing.warm_up(plan["candidates"])
    with forks.time_limit(plan["test_seconds"]):
        module = subject.load(plan)  # every fork has it, fresh
    tree = ast.parse(subject.read(plan))
    patcher = Patcher(tree, module, plan["file"])
    times, lines = _baseline(plan, module, deadline - _BASELINE_SHARE * plan["seconds"])
    failing = {candidate["name"] for candidate in plan["candidates"]} - set(times)
    usable = sorted((item for item in plan["candidates"] if item["name"] in times), key=lambda item: times[item["name"]])
    report = {"total": 0, "killed": {}, "survivors": [], "complete": None, "unusable": sorted(failing)}
    growing = forks.GrowingReport(report)
    mutants = find_mutants(tree, limit=plan["limit"], seed=plan["seed"]) if usable else []
    random.Random(plan["seed"]).shuffle(mutants)  # time that ends early shall not spare the last functions
    for mutant in mutants:
        if time.monotonic() > deadline:
            report["complete"] = False
            break
        faulty = _faulty(mutant, patcher)
        if faulty is None:
            continue
        reaching = [item for item in usable if not mutant.reach or mutant.reach & lines[item["name"]]]
        killers = _killers(plan, lambda: _with_fault(plan, module, faulty), reaching, times, deadline) if reaching else []
        if killers is None:
            report["complete"] = False
            break
        report["total"] += 1
        if killers:
            report["killed"][mutant.id] = killers
        elif len(report["survivors"]) < 20:
            report["survivors"].append(mutant.text)
        growing.grown()
    forks.write_report({**report, "complete": report["complete"] is None and bool(usable)})


def _faulty(mutant, patcher):
    """Patches for the module, or the code of another; None where there can't be such code."""
    mutant.swap()
    try:
        patches = patcher.faulty(mutant) if mutant.function is not None and mutant.reach else None
        return patches or compile(patcher.tree, patcher.path, "exec")
    except (SyntaxError, ValueError):
        return None
    finally:
        mutant.swap()


def _with_fault(plan, module, faulty):
    """The module with the fault, in a fork."""
    if isinstance(faulty, list):
        for holder, name, value in faulty:
            setattr(holder, name, value)
        return module
    sys.modules.pop(plan["name"], None)
    return subject.load(plan, faulty)


def _baseline(plan, module, deadline):
    """Time and lines of each candidate on the subject as it is, all in one process; those that fail that way are of no use here."""
    times, lines = {}, {}

    def work(send):
        tracer = subject.Tracer(plan["file"], frozenset())
        for start in range(0, len(plan["candidates"]), _BATCH):  # the best first, so that a baseline cut short is of use
            batch = plan["candidates"][start : start + _BATCH]
            for candidate, error, seconds, _ in _each(plan, lambda: module, batch, lambda _: plan["test_seconds"]):
                send({"name": candidate["name"], "error": error, "seconds": seconds})
            for candidate, _, _, ran in _each(plan, lambda: module, batch, lambda _: 4 * plan["test_seconds"], tracer):
                send({"traced": candidate["name"], "lines": sorted(ran)})

    child = forks.Child(work)
    try:
        for message in child.messages(deadline):
            if "traced" in message:
                lines[message["traced"]] = frozenset(message["lines"])
            elif message.get("error") is None and "name" in message:
                times[message["name"]] = message["seconds"]
    except TimeoutError:
        pass
    finally:
        child.end()
    return {name: seconds for name, seconds in times.items() if name in lines}, lines


def _killers(plan, make, usable, times, deadline):
    """Names of the candidates that notice the mutant; all of them where it can't even be loaded or ends the process.

    None where the time was over before that was known.
    """
    killers, is_finished = [], False

    def work(send):
        is_killed = False

        def worth_it():
            for item in usable:
                if is_killed and times[item["name"]] > _SLOW_SECONDS:
                    return
                yield item

        for candidate, error, _, _ in _each(plan, make, worth_it(), lambda item: _LEAST_SECONDS + 6 * times[item["name"]]):
            if error is not None:
                is_killed = True
                send({"killer": candidate["name"]})
            if error == "timeout":
                break  # the others would hang as well, and time is short
        send({"finished": True})

    child = forks.Child(work)
    patience = min(2.0 + 4 * sum(times.values()), max(deadline + 1 - time.monotonic(), 0.5))
    try:
        for message in child.messages(time.monotonic() + patience):
            is_finished = is_finished or "finished" in message
            if "killer" in message:
                killers.append(message["killer"])
    except TimeoutError:
        if not killers and time.monotonic() > deadline:
            return None
        return killers or [usable[-1]["name"]]
    finally:
        child.end()
    return killers if killers or is_finished else [candidate["name"] for candidate in usable]


def _each(plan, make, candidates, limit_of, tracer=None):
    """Make the module and run the candidates on it: (candidate, error or None, seconds, lines where traced)."""
    with forks.time_limit(plan["test_seconds"]):
        module = make()
    for candidate in candidates:
        start = time.process_time()
        error = None
        try:
            with forks.time_limit(limit_of(candidate), of_cpu=True), tracer or contextlib.nullcontext():
                testing.call_test(testing.compile_test(candidate, plan["name"], module))
        except forks.CallTimeout:
            error = "timeout"
        except BaseException as failure:
            error = type(failure).__name__
        yield candidate, error, time.process_time() - start, tracer.lines if tracer else ()


if __name__ == "__main__":
    main()
