"""Looks for small changes of the subject with which every test passes: one change, then a second one on top of those that come further.

plan.json: names, file, folder, tests, failing, suspicion, steps, most, seconds -> report.json: {"found": [{source, operator, cost, line,
description, …}], "tried": n, "exhausted": bool, "notes": […]}

A fork tries thousands of copies; whatever ends or stops it costs one copy. What passes there is tried again whole, in a fork of its own.
"""

import time

from . import forks, repair_offers, repair_suite, repair_try
from .repair_copies import COPY_SECONDS, Copies
from .repair_text import Change, Code

_SILENCE_SECONDS = 3.0
_RESTARTS = 12
_WINDOW_COST, _WINDOW_TRIED = 1.6, 2500
"""How much dearer than the first that passes another one may be to be looked at, and how many are."""
_FEW_STEPS, _TIMES_THE_STEPS = 10_000, 20
"""So many a copy may take at first; who takes more comes again when the others are through, for most of them have no end."""
_LIKELY, _LATE_OF_LIKELY = 2.15, ((150_000, 0.4, 16),)
"""After the likely ones, those among them that took too many steps get more of them, before the unlikely ones have their turn."""
_LATE = ((200_000, 0.4, 300), (5_000_000, 3.0, 12))
_BASES, _SECOND_COST, _CHEAP = 40, 2.7, 2.1


def main():
    plan = repair_suite.prepare(forks.read_plan())
    forks.silence()
    with open(plan["file"], encoding="utf-8") as file:
        plan["source"] = file.read()
    search = _Search(plan)
    search.run()
    forks.write_report(search.report())


class _Search:
    """The parent's side: starts forks, confirms what they find, decides when it is enough."""

    def __init__(self, plan):
        self.plan = plan
        self.deadline = time.monotonic() + plan["seconds"]
        self.found, self.seen, self.notes = [], set(), []
        self.tried, self.first = 0, None
        self.is_exhausted = False
        self.next = 0
        self.better = {}

    def run(self):
        for _ in range(_RESTARTS):
            child = forks.Child(lambda send: _Worker(self.plan, self.next, self.better, send).run())
            is_done = False
            try:
                for message in child.messages(self.deadline, _SILENCE_SECONDS):
                    is_done = self._hear(message)
                    if is_done:
                        break
            except TimeoutError:
                if time.monotonic() < self.deadline:
                    self.notes.append(f"candidate {self.next}: stopped for its silence")
            child.end()
            self.next += 1
            if is_done or time.monotonic() >= self.deadline:
                return

    def _hear(self, message):
        """Whether it is enough."""
        if "at" in message:
            self.next, self.tried = message["at"], message["at"]
            if self.first is not None:
                cost, tried = self.first
                return message["cost"] > cost + _WINDOW_COST or self.tried > tried + _WINDOW_TRIED
        elif "better" in message:
            self.better[message["better"]] = message["passed"]
        elif "green" in message:
            self._confirm(message["green"])
            return len(self.found) >= self.plan["most"]
        elif "done" in message:
            self.is_exhausted = True
            return True
        elif "crash" in message:
            self.notes.append(message["crash"][-300:])
        return False

    def _confirm(self, green):
        if green["source"] in self.seen:
            return
        self.seen.add(green["source"])
        trial = repair_try.tried(self.plan, green["source"])
        if trial["failed"] or not trial["passed"]:
            self.notes.append(f"{green['description']}: passed in passing, but not on its own")
            return
        self.found.append({**green, "passed": trial["passed"], "tried": self.tried})
        if self.first is None:
            self.first = green["cost"], self.tried

    def report(self):
        return {"found": self.found, "tried": self.tried, "exhausted": self.is_exhausted, "notes": self.notes[:20]}


class _Worker:
    """The fork's side: goes through the changes from a given one on."""

    def __init__(self, plan, start, known, send):
        self.plan, self.start, self.known, self.send = plan, start, known, send
        self.place = 0
        self.better, self.late = [], []
        self.is_early = True

    def run(self):
        plan = self.plan
        suite = repair_suite.Suite(plan)
        suite.steps.limit = repair_suite.steps_allowed(plan["steps"])
        suite.load(plan["source"])
        cases, _ = suite.collect()
        self.copies = Copies(suite, cases, plan["source"], set(plan["failing"]))
        self.baseline = self.copies._ran()[1]
        most = suite.steps.limit
        self.base_steps = suite.steps.count
        suite.steps.limit = min(most, max(_FEW_STEPS, _TIMES_THE_STEPS * self.base_steps))
        suspicion = {int(line): value for line, value in plan["suspicion"].items()}
        code = Code(plan["source"])
        changes = repair_offers.changes_of(code, suspicion)
        for change in changes:
            if change.cost > _LIKELY and self.is_early:
                self.is_early = False
                self._try_late(_LATE_OF_LIKELY)
            self._try(change, plan["source"], change.applied(plan["source"]))
        self._try_late(_LATE)
        self.late = None
        self._second(changes, suspicion)
        self.send({"done": self.place})

    def _try(self, change, source, changed):
        if changed == self.plan["source"]:
            return  # two changes that undo each other
        self.place += 1
        if self.place <= self.start:
            if self.place in self.known:
                self.better.append((self.known[self.place], change, changed))
            return
        self.send({"at": self.place, "cost": round(change.cost, 2)})
        outcome = self.copies.progress(changed)
        if outcome is None:
            outcome = (True, 0) if _parses(changed) else (False, 0)  # it can only be tried whole
        is_green, passed = outcome
        if self.copies.is_late and self.late is not None:
            self.late.append(change)
        if is_green:
            green = {name: getattr(change, name) for name in ("operator", "cost", "line", "description")}
            self.send({"green": {**green, "source": changed}})
        elif passed > self.baseline and source == self.plan["source"]:
            self.better.append((passed, change, changed))
            self.send({"better": self.place, "passed": passed})

    def _try_late(self, stages):
        """Those that took too many steps at first, the likeliest of them: many with more steps, a few with many."""
        usual = self.copies.suite.steps.limit
        for limit, seconds, most in stages:
            late, self.late = self.late, []
            self.copies.suite.steps.limit, self.copies.seconds = limit, seconds
            for change in late[:most]:
                self._try(change, self.plan["source"], change.applied(self.plan["source"]))
            self.late += late[most:]
        self.copies.suite.steps.limit, self.copies.seconds = usual, COPY_SECONDS

    def _second(self, changes, suspicion):
        """A second change on top of a first: of those that come further than the subject, then of the likeliest."""
        self.better.sort(key=lambda one: (-one[0], one[1].cost))
        bases = [(change, changed) for _, change, changed in self.better]
        bases += [(change, change.applied(self.plan["source"])) for change in changes if change.cost <= _CHEAP]
        known = set()
        for first, changed in bases[:_BASES]:
            if changed in known:
                continue
            known.add(changed)
            try:
                code = Code(changed)
            except (SyntaxError, ValueError):
                continue
            for change in repair_offers.changes_of(code, suspicion):
                if change.cost <= _SECOND_COST:
                    both = Change(change.edits, f"{first.operator}+{change.operator}", first.cost + change.cost + 2.0, first.line, f"{first.description}; {change.description}")
                    self._try(both, changed, change.applied(changed))


def _parses(text):
    try:
        compile(text, "<changed>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


if __name__ == "__main__":
    main()
