"""Calls the subject on generated inputs and reports what it saw, as tests: report.json: {"tests": […], "calls": n, "notes": […]}.

The calls are made in a fork. When one of them kills the fork, hangs it for good or eats its memory, what was found so far is kept and
the search goes on in another fork, without the target that did it.
"""

import time

from . import forks
from .search import Search

_SILENCE_SECONDS, _SILENCE_SECONDS_AT_LEAST = 3.0, 2.0
_RESTARTS = 6


def main():
    plan = forks.read_plan()
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    tests, notes, poisoned, calls = {}, [], set(), 0
    growing = forks.GrowingReport({"tests": [], "calls": 0, "notes": notes})
    silence_seconds = min(_SILENCE_SECONDS, max(0.5 * plan["seconds"], _SILENCE_SECONDS_AT_LEAST))
    for attempt in range(_RESTARTS):
        state = {"target": None}
        known = set(tests)
        child = forks.Child(lambda send: Search(plan, plan["seed"] + attempt, poisoned, deadline, send).run())
        is_done = False
        try:
            for message in child.messages(deadline + 1.5, silence_seconds):
                state["target"] = message.get("begin", state["target"])
                if "test" in message:
                    tests.setdefault(message["test"]["body"], message["test"])
                    growing.report["tests"] = list(tests.values())
                    growing.grown()
                if "crash" in message:
                    notes.append(message["crash"])
                if "chosen" in message:
                    wanted = known | set(message["chosen"])
                    tests = {body: test for body, test in tests.items() if body in wanted}
                is_done = is_done or "done" in message
                calls = max(calls, message.get("done", 0))
        except TimeoutError:
            pass
        code = child.end()
        if is_done or time.monotonic() > deadline - 0.2:
            break
        notes.append(f"{state['target']}: ended the process ({code})")
        if state["target"] is None:
            break
        poisoned.add(state["target"])
    forks.write_report({"tests": list(tests.values()), "calls": calls, "notes": notes[:20]})


if __name__ == "__main__":
    main()
