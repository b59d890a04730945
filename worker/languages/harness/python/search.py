"""The search for calls worth keeping: first those that run new lines and jumps, then those that tell the subject from its rivals."""

import ast
import random
import time

from . import choice, examples, forks, properties, stand_in, subject, testing
from .calls import Sequence
from .kinds import Values
from .mine import Mine
from .rivals import Rivals
from .scenarios import observe, write_test
from .targets import find_targets
from .variation import value_of

_CALL_SECONDS = 0.25
_KEPT, _KEPT_FOR_A_TARGET, _KEPT_FOR_A_PATH, _KEPT_ERRORS = 280, 28, 5, 5
_STALE_CALLS, _STALE_CALLS_WHEN_ALL_RAN = 1200, 150
_COMPARED = 30
_HANGING_SHARE, _LOST_SHARE = 0.15, 0.35
_WAITING = 3.0
"""Wall time for each second of processor time that a call may take: a busy host is not the fault of the call."""
_BRANCHES_SHARE, _RIVALS_SHARE, _SIMPLER_SHARE = 0.45, 0.8, 0.92
_QUIET_CALLS, _REPEATED_CALLS, _FOCUS_CALLS = 2500, 10, 25


class Search:
    """The search in one fork."""

    def __init__(self, plan, seed, poisoned, deadline, send):
        self.plan, self.poisoned, self.deadline, self.send = plan, poisoned, deadline, send
        self.random = random.Random(seed)
        self.covered, self.lines = set(), set()
        self.kept = []
        self.calls = 0
        self.call_seconds = min(_CALL_SECONDS, max(0.1 * plan["seconds"], 0.1))
        self.started = time.monotonic()
        self.last_begin = (None, 0.0)

    def run(self):
        self._prepare()
        self._try_examples()
        self._for_branches(self._share(_BRANCHES_SHARE))
        self._for_rivals(self._share(_RIVALS_SHARE))
        choice.simplify(self, self._share(_SIMPLER_SHARE))
        found = properties.properties_of(self.kept, self.plan["name"], self.module, self.deadline) if self.kept else []
        for test in found:
            self.send({"test": test})
        self.send({"chosen": [*choice.chosen(self.kept), *(test["body"] for test in found)]})
        self.send({"done": self.calls})

    def _prepare(self):
        self.source = subject.read(self.plan)
        self.tracer = subject.Tracer(self.plan["file"], frozenset())
        with forks.time_limit(max(self.plan["seconds"], 2.0), of_cpu=True):
            self.module = subject.load(self.plan)
        stand_in.put_in_place()
        tree = ast.parse(self.source)
        self.raise_lines = {line for node in ast.walk(tree) if isinstance(node, ast.Raise) for line in range(node.lineno, node.end_lineno + 1)}
        self.body_lines = {line for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for line in _lines_in(node)}
        self.values = Values(self.random, Mine(self.source, self.module), {})
        targets = [target for target in find_targets(self.module, self.source, self.values) if target.name not in self.poisoned]
        only = self.plan["targets"]
        if only:
            targets = [target for target in targets if any(_is_within(target.name, name) for name in only)]
        skipped = {name.removesuffix(".__init__") for name in self.plan.get("skipped", ())}
        self.targets = [target for target in targets if target.name not in skipped]
        for target in self.targets:
            if isinstance(target, Sequence):
                target.members = [member for member in target.members if member.name not in skipped]
        self.targets = [target for target in self.targets if not isinstance(target, Sequence) or target.members]
        self.weights = [len(target.members) if isinstance(target, Sequence) else 1 for target in self.targets]
        self.share = min(max(_KEPT // max(len(self.targets), 1), 5), _KEPT_FOR_A_TARGET)
        wanted = {line for target in self.targets for line in target.lines} if only else None
        self.rivals = Rivals(self.plan, self.source, self.module, only=wanted)
        self.deadline = max(self.deadline, time.monotonic() + min(0.5 * self.plan["seconds"], 1.0))  # a large module takes long to read
        self.rivals.deadline = self.deadline
        self.started = time.monotonic()

    def _share(self, part):
        return self.started + part * (self.deadline - self.started)

    def _try_examples(self):
        by_name = {target.name: target for target in self.targets if not isinstance(target, Sequence)}
        for scenario in examples.doctests_in(self.source, self.module, self.plan["name"]):
            if scenario.target in by_name:
                self._try(by_name[scenario.target], scenario)
        names = [name for name, target in by_name.items() if "." not in name and target.call]
        for text in examples.texts_in(self.source):
            for shown in examples.calls_in(text, names):
                scenario = by_name[shown.name].shown(shown.arguments, shown.keywords)
                scenario.expected = shown.promise
                self._try(by_name[shown.name], scenario)
            for name, source in examples.named_literals_in(text):
                for parameter in (one for target in self.targets for one in target.parameters if one.name == name):
                    parameter.samples.append(source)

    def _for_branches(self, deadline):
        targets = list(self.targets)
        while targets and time.monotonic() < deadline:
            for target in self._worth_a_try(targets):
                known = target.pace.late
                for _ in range(self._tries(target)):
                    self._try(target, target.propose(self.values))
                    if target.pace.late > known:
                        break
                if time.monotonic() > deadline:
                    break
            targets = [target for target in targets if target.stale < self._patience(target) and not self._is_lost(target)]

    def _tries(self, target):
        """The more there is left to run, the more; what remembers needs several calls for anything."""
        return (2 + min(len(self._left_of(target)), 10)) * (3 if isinstance(target, Sequence) else 1)

    def _patience(self, target):
        """Once every line has run, little is left to find; the more there is to decide, the longer."""
        return _STALE_CALLS if self._left_of(target) else _STALE_CALLS_WHEN_ALL_RAN

    def _left_of(self, target):
        """Lines of it that never ran."""
        return (target.lines & self.body_lines) - self.lines

    def _worth_a_try(self, targets):
        """Those with lines that never ran come first; what hangs too often is left out, so that it does not take the time of the others."""
        allowed = _HANGING_SHARE * (time.monotonic() - self.started)
        ready = [target for target in targets if target.pace.lost <= allowed]
        ready.sort(key=lambda target: -len(self._left_of(target)))
        return ready or [min(targets, key=lambda target: target.pace.lost)]

    def _is_lost(self, target):
        """Too much time went into calls that had no end."""
        return target.pace.lost > _LOST_SHARE * (self.deadline - self.started)

    def _observe(self, target, scenario):
        """What a call shows; None where it can't be told."""
        self.calls += 1
        now = time.monotonic()
        if self.last_begin[0] != target.name or now - self.last_begin[1] > 0.2:
            self.last_begin = (target.name, now)
            self.send({"begin": target.name})
        limit = target.pace.limit(self.call_seconds, has_all=not self._left_of(target))
        worked = time.process_time()
        try:
            with forks.time_limit(_WAITING * limit), forks.time_limit(limit, of_cpu=True):
                seen = observe(scenario, self.module, self.plan, self.raise_lines, self.tracer)
        except forks.CallTimeout:
            target.pace.cut(time.monotonic() - now)
            return None
        except (SystemExit, KeyboardInterrupt, GeneratorExit):
            return None
        target.pace.ended(time.process_time() - worked, self.call_seconds)
        return seen

    def _try(self, target, scenario):
        target.stale += 1
        seen = self._observe(target, scenario)
        if seen is None:
            return
        path, lines = frozenset(self.tracer.arcs), frozenset(self.tracer.lines)
        is_wrong = seen.error is not None and not seen.is_deliberate
        gained = frozenset() if is_wrong else path - self.covered
        if seen.error is not None and isinstance(target, Sequence):
            target.remember_before(scenario, seen)
        target.learn(scenario, gained=bool(gained), is_wrong_type=is_wrong)
        if not is_wrong and (gained or scenario.expected is not None or self._is_wanted(target, path, seen)):
            self.keep(choice.Kept(target, scenario, seen, lines, gained), path)

    def _is_wanted(self, target, path, seen):
        if len(self.kept) >= _KEPT or target.kept >= self.share or target.paths.get(path, 0) >= _KEPT_FOR_A_PATH:
            return False
        if seen.error is not None:
            return target.kept_errors < _KEPT_ERRORS and path not in target.paths
        return self._brief(seen) not in target.outputs

    def _brief(self, seen):
        """The last value in short; the subject's own `__repr__` may fail or never end."""
        try:
            with forks.time_limit(self.call_seconds):
                return repr(seen.values[-1:])[:300]
        except (Exception, forks.CallTimeout, SystemExit):
            return "unshown"

    def _for_rivals(self, deadline):
        for one in sorted(self.kept, key=choice.cost):
            if time.monotonic() > deadline:
                return
            one.fallen = self.rivals.fell(one.scenario, one.lines)
        quiet, repeated, turn, tried = 0, 0, 0, set()
        while quiet < _QUIET_CALLS and self.rivals.alive and self.targets and time.monotonic() < deadline:
            turn += 1
            if turn % _FOCUS_CALLS == 1:
                focus = self.random.choice(self.rivals.alive)
                near = [one for one in self.kept if focus.is_reached(one.lines) and one.seen.error is None and one.scenario.operands() and not one.scenario.setup]
            target, scenario = self._next(near)
            text = "\n".join(step.render(lambda operand: operand.source) for step in scenario.steps)
            if text in tried or self._is_lost(target):
                repeated += 1
                quiet += repeated % _REPEATED_CALLS == 0
                continue
            tried.add(text)
            quiet = 0 if self._tell(target, scenario) else quiet + 1

    def _next(self, near):
        """A call near the fault looked for, mostly."""
        if near and self.random.random() < 0.75:
            one = self.random.choice(near[-6:] if self.random.random() < 0.4 else near)
            return one.target, one.target.neighbour(self.values, one.scenario)
        target = self.random.choices(self.targets, weights=self.weights)[0]
        return target, target.propose(self.values)

    def _tell(self, target, scenario):
        """Whether the call tells a rival from the subject; then it is kept."""
        seen = self._observe(target, scenario)
        if seen is None or (seen.error is not None and not seen.is_deliberate):
            return False
        path, lines = frozenset(self.tracer.arcs), frozenset(self.tracer.lines)
        gained = path - self.covered
        fallen = self.rivals.fell(scenario, lines, at_most=None if gained or path not in target.paths else _COMPARED)
        if not fallen and not gained:
            return False
        one = choice.Kept(target, scenario, seen, lines, gained, fallen)
        is_kept = self.keep(one, path)
        if not is_kept:
            self.rivals.alive += fallen
        return is_kept

    def keep(self, one, path):
        """Write the test and run it once; whether it is kept."""
        made = self.written(one.scenario, one.seen)
        if made is None or not self.rivals.is_steady(one.scenario):
            return False
        target, seen = one.target, one.seen
        one.body, one.message = made
        one.message["target"] = target.name
        self.covered |= path
        self.lines |= one.lines
        self.kept.append(one)
        target.stale = 0
        target.kept += 1
        target.kept_errors += seen.error is not None
        target.paths[path] = target.paths.get(path, 0) + 1
        target.outputs.add(self._brief(seen))
        if seen.error is None and not one.scenario.setup and one.scenario.operands():
            target.remember(one.scenario)
        self.send({"test": one.message})
        return True

    def written(self, scenario, seen):
        """Body and message of the test; None where it does not pass at once."""
        try:
            text = write_test(scenario, seen, self.module)
            body = "\n".join(f"    {line}" for line in text.lines)
            code = f"def test_it({'capsys' if text.needs_capture else ''}):\n{body}\n"
            with forks.time_limit(4 * _CALL_SECONDS):
                candidate = {"name": "test_it", "code": code, "imports": text.imports}
                testing.call_test(testing.compile_test(candidate, self.plan["name"], self.module))
        except forks.CallTimeout:
            return None
        except (Exception, SystemExit):
            return None
        return body, {
            "body": body,
            "capture": text.needs_capture,
            "imports": text.imports,
            "oracle": "docstring" if self._is_promised(scenario, seen) else "characterization",
            "raises": seen.error is not None,
        }

    def _is_promised(self, scenario, seen):
        if scenario.expected is None or seen.error is not None or not seen.values:
            return False
        try:
            with forks.time_limit(self.call_seconds):
                return bool(is_promised(scenario, seen))
        except (Exception, forks.CallTimeout):
            return False


def is_promised(scenario, seen):
    """Whether the documentation promises just what was seen."""
    promised, value = value_of(scenario.expected), seen.values[-1]
    if promised is None:
        return repr(value) == scenario.expected
    return promised[0] == value and (type(value) is bool) == (type(promised[0]) is bool)


def _lines_in(function):
    """Lines of the statements of its body that code is made for."""
    for node in ast.walk(ast.Module(function.body, [])):
        is_silent = isinstance(node, (ast.Global, ast.Nonlocal)) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        if isinstance(node, ast.stmt) and not is_silent:
            yield node.lineno


def _is_within(name, unit):
    """A method is within its class; making an object is what its class is about, too."""
    return name == unit or name.startswith(unit + ".") or unit.startswith(name + ".")
