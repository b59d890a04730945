"""Looks for small changes of the subject with which every test passes: one change, then a second one on top of those that come further.

plan.json: names, file, folder, tests, failing, suspicion, checks, steps, most, seconds -> report.json: {"found": [{source, operator, cost, line,
description, …}], "nearer": [the same, with the tests that pass], "tried": n, "exhausted": bool, "notes": […]}

A fork tries thousands of copies; whatever ends or stops it costs one copy. What passes there is tried again whole, in a fork of its own.
"""

import mmap
import time

from . import forks, repair_offers, repair_suite, repair_try
from .repair_copies import COPY_SECONDS, Copies
from .repair_nearer import Nearer, is_nearer
from .repair_text import Change, Code

_SILENCE_SECONDS = 3.0
_RESTARTS, _CONFIRMED = 12, 8
_WINDOW, _NARROW, _THIN = (1.6, 2500, 24), (0.8, 600, 6), 6
"""How much dearer than the first that passes another one may be, how many are tried after it, how many that pass are enough; less where tests make more than
so many checks: then the first is mostly right."""
_TOLD_SECONDS = 0.01
_FEW_STEPS, _TIMES_THE_STEPS = 10_000, 20
"""So many a copy may take at first; who takes more comes again when the others are through, for most of them have no end."""
_LIKELY, _LATE_OF_LIKELY = 2.15, ((150_000, 0.4, 16),)
"""After the likely ones, those among them that took too many steps get more of them, before the unlikely ones have their turn."""
_LATE = ((200_000, 0.4, 300), (5_000_000, 3.0, 12))
_BASES, _SECOND_COST, _CHEAP = 40, 2.7, 2.1
_SHARE_AFTER, _SHARE_BESIDE = 0.6, 0.3
"""Of the time, what is left when changes that mend some of the tests are looked for; of what is left then, what a second change on top of a first one has here:
there is more than one fault, and the next one is searched for on the ground of the first."""


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
        self.deadline = plan["until"] = time.monotonic() + plan["seconds"]
        self.found, self.nearer, self.seen, self.notes = [], [], set(), []
        self.tried, self.first = 0, None
        self.is_exhausted = self.is_parted = self.is_cut = False
        self.dearer, self.more, most = _NARROW if plan["checks"] > _THIN else _WINDOW
        self.most = min(most, plan["most"])
        self.place = mmap.mmap(-1, 9)  # of the change that is tried, and whether one that passes is confirmed: shared with the fork
        self.better = {}

    def run(self):
        self._go(self.deadline, None)
        left = self.deadline - time.monotonic()
        if self.is_parted and not self.found and left > 0:
            self._go(time.monotonic() + left * (_SHARE_BESIDE if self.nearer else 1.0), self.tried)

    def _go(self, deadline, alone):
        for _ in range(_RESTARTS):
            start = self._reached()
            child = forks.Child(lambda send: _Worker(self.plan, start, self.better, send, self.place).run(alone))
            try:
                self.is_exhausted = any(self._hear(message) for message in child.messages(deadline, _SILENCE_SECONDS))
            except TimeoutError:
                self.is_exhausted = False
                if time.monotonic() < deadline:
                    self.notes.append(f"candidate {self._reached()}: stopped for its silence")
            child.end()
            self.tried = self._reached()
            if self.is_exhausted or time.monotonic() >= deadline or self.tried == start:
                return

    def _reached(self):
        return int.from_bytes(self.place[:_CONFIRMED], "little")

    def _hear(self, message):
        """Whether it is enough."""
        if "at" in message:
            self.tried = message["at"]
            if self.first is not None:
                cost, tried = self.first
                return message["cost"] > cost + self.dearer or self.tried > tried + self.more
        elif "better" in message:
            self.better[message["better"]] = message["passed"]
        elif "green" in message:
            self._confirm(message["green"])
            return len(self.found) >= self.most
        elif "nearer" in message:
            self._confirm_nearer(message["nearer"])
        elif "done" in message:
            self.is_parted, self.is_cut = message["parted"], self.is_cut or message["cut"]
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
            self.place[_CONFIRMED] = 1
            self.first = green["cost"], self.tried

    def _confirm_nearer(self, near):
        if near["source"] in self.seen:
            return
        self.seen.add(near["source"])
        trial = repair_try.tried(self.plan, near["source"])
        if is_nearer(trial, self.plan["failing"]):
            self.nearer.append({**near, "passed": trial["passed"], "failed": trial["failed"]})

    def report(self):
        is_exhausted = self.is_exhausted and not self.is_cut
        return {"found": self.found, "nearer": self.nearer, "tried": self.tried, "exhausted": is_exhausted, "notes": self.notes[:20]}


class _Worker:
    """The fork's side: goes through the changes from a given one on."""

    def __init__(self, plan, start, known, send, shared):
        self.plan, self.start, self.known, self.send, self.shared = plan, start, known, send, shared
        self.place, self.told = 0, 0.0
        self.better, self.late = [], []
        self.is_early, self.is_green, self.is_cut = True, False, False

    def run(self, alone):
        """Try each change by itself, then two on top of each other; only two where it is known how many were tried alone."""
        plan = self.plan
        suite = repair_suite.Suite(plan)
        suite.steps.limit = repair_suite.steps_allowed(plan["steps"])
        suite.load(plan["source"])
        cases, _ = suite.collect()
        self.copies = Copies(suite, cases, set(plan["failing"]))
        self.ground = self.copies.ground(plan["source"])
        self.baseline = self.copies._ran()[1]
        most = suite.steps.limit
        self.base_steps = suite.steps.count
        suite.steps.limit = min(most, max(_FEW_STEPS, _TIMES_THE_STEPS * self.base_steps))
        suspicion = {int(line): value for line, value in plan["suspicion"].items()}
        code = Code(plan["source"])
        changes = repair_offers.changes_of(code, suspicion)
        is_parted = alone is None and self._alone(changes)
        if alone is not None:
            for change in changes[:alone]:
                self._try(change)
            self.place = alone
        elif not is_parted:
            self._try_late(_LATE)
            is_parted = self._look_nearer(changes)
        if not is_parted:
            self.late = None
            self._second(changes, suspicion)
        self.send({"done": self.place, "parted": is_parted, "cut": self.is_cut})

    def _alone(self, changes):
        """Try each by itself; return whether that was left at half time, because some of them mend a part of the tests."""
        plan = self.plan
        half = plan["until"] - _SHARE_AFTER * plan["seconds"] if len(plan["failing"]) > 1 else plan["until"]
        for place, change in enumerate(changes):
            is_half = time.monotonic() > half and not self.is_green
            if self.is_early and (is_half or change.cost > _LIKELY):
                self.is_early = False
                self._try_late(_LATE_OF_LIKELY)
            if is_half:
                half = plan["until"]
                self.is_cut = self._look_nearer(changes[:place])
                if self.is_cut:
                    return True
            self._try(change)
        return False

    def _look_nearer(self, changes):
        """Tell which of them mend some of the tests, where none mends all; return whether there are any."""
        until, failing = self.plan["until"], self.plan["failing"]
        if self.is_green or self.shared[_CONFIRMED] or len(failing) < 2:
            return False
        near = Nearer(self.copies, self.ground, failing, until).found([change for _, change in self.better], changes)
        for change in near:
            self.send({"nearer": _told(change, change.applied(self.plan["source"]))})
        return bool(near)

    def _try(self, change, base=None):
        """Try a change of the subject; or of a base, which is a first change with the text and the ground that it makes."""
        first, source, ground = base or (None, self.plan["source"], self.ground)
        if first is not None and change.applied(source) == self.plan["source"]:
            return  # two changes that undo each other
        self.place += 1
        whole = _both(first, change) if first is not None else change
        if self.place <= self.start:
            if first is None and _key(change) in self.known:
                self.better.append((self.known[_key(change)], change))
            return
        self._tell(whole.cost)
        outcome = self.copies.progress(ground, change.edits)
        is_sure = outcome is not None
        if outcome is None:
            outcome = _parses(change.applied(source)), 0  # it can only be tried whole
        is_green, passed = outcome
        if self.copies.is_late and self.late is not None:
            self.late.append(change)
        if is_green:
            self.is_green = self.is_green or is_sure
            self.send({"green": _told(whole, change.applied(source))})
        elif passed > self.baseline and first is None:
            self.better.append((passed, change))
            self.send({"better": _key(change), "passed": passed})

    def _tell(self, cost):
        """Say how far it is: exactly, for who takes over after a crash, and now and then by a message, which takes longer."""
        self.shared[:_CONFIRMED] = self.place.to_bytes(_CONFIRMED, "little")
        if time.monotonic() - self.told >= _TOLD_SECONDS:
            self.send({"at": self.place, "cost": round(cost, 2)})
            self.told = time.monotonic()

    def _try_late(self, stages):
        """Those that took too many steps at first, the likeliest of them: many with more steps, a few with many."""
        usual = self.copies.suite.steps.limit
        for limit, seconds, most in stages:
            late, self.late = self.late, []
            self.copies.suite.steps.limit, self.copies.seconds = limit, seconds
            for change in late[:most]:
                self._try(change)
            self.late += late[most:]
        self.copies.suite.steps.limit, self.copies.seconds = usual, COPY_SECONDS

    def _second(self, changes, suspicion):
        """A second change on top of a first: of those that come further than the subject, then of the likeliest."""
        self.better.sort(key=lambda one: (-one[0], one[1].cost))
        bases = [change for _, change in self.better] + [change for change in changes if change.cost <= _CHEAP]
        known = set()
        for first in bases[:_BASES]:
            changed = first.applied(self.plan["source"])
            if changed in known:
                continue
            known.add(changed)
            try:
                code, ground = Code(changed), self.copies.ground(changed, self.ground, first.edits)
            except (SyntaxError, ValueError):
                continue
            for change in repair_offers.changes_of(code, suspicion):
                if change.cost <= _SECOND_COST:
                    self._try(change, (first, changed, ground))


def _key(change):
    return repr(sorted(change.edits))


def _told(change, source):
    return {name: getattr(change, name) for name in ("operator", "cost", "costs", "line", "description")} | {"source": source}


def _both(first, second):
    """What is told of a second change on top of a first."""
    cost = first.cost + second.cost + 2.0
    whole = Change(second.edits, f"{first.operator}+{second.operator}", cost, first.line, f"{first.description}; {second.description}")
    whole.costs = first.cost, second.cost
    return whole


def _parses(text):
    try:
        compile(text, "<changed>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


if __name__ == "__main__":
    main()
