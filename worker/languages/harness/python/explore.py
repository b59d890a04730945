"""Calls the subject on generated inputs and reports what it saw, as tests: report.json: {"tests": […], "calls": n, "notes": […]}.

The calls are made in a fork. When one of them kills the fork, hangs it for good or eats its memory, what was found so far is kept and
the search goes on in another fork, without the target that did it.
"""

import ast
import doctest
import random
import time
import traceback

from . import forks, literals, subject, testing
from .kinds import Mine, Values
from .scenarios import Scenario, Step, observe, write_test
from .targets import find_targets

_CALL_SECONDS = 0.25
_SILENCE_SECONDS = 3.0
_KEPT, _KEPT_FOR_A_TARGET, _KEPT_FOR_A_PATH, _KEPT_ERRORS = 280, 28, 5, 5
_STALE_CALLS = 500
_HANGING_SHARE = 0.15
_RESTARTS = 6


def main():
    plan = forks.read_plan()
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    tests, notes, poisoned, calls = {}, [], set(), 0
    growing = forks.GrowingReport({"tests": [], "calls": 0, "notes": notes})
    silence_seconds = min(_SILENCE_SECONDS, max(0.5 * plan["seconds"], 1.0))
    for attempt in range(_RESTARTS):
        state = {"target": None}
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


def _is_within(name, unit):
    """A method is within its class; making an object is what its class is about, too."""
    return name == unit or name.startswith(unit + ".") or unit.startswith(name + ".")


class Search:
    """The search in one fork."""

    def __init__(self, plan, seed, poisoned, deadline, send):
        self.plan, self.poisoned, self.deadline, self.send = plan, poisoned, deadline, send
        self.random = random.Random(seed)
        self.covered = set()
        self.calls = self.kept = 0
        self.call_seconds = min(_CALL_SECONDS, max(0.1 * plan["seconds"], 0.1))
        self.started = time.monotonic()

    def run(self):
        source = subject.read(self.plan)
        self.tracer = subject.Tracer(self.plan["file"], frozenset())
        with forks.time_limit(max(self.plan["seconds"], 2.0), of_cpu=True):
            self.module = subject.load(self.plan)
        self.deadline = max(self.deadline, time.monotonic() + min(0.5 * self.plan["seconds"], 1.0))
        self.raise_lines = {
            line for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise) for line in range(node.lineno, node.end_lineno + 1)
        }
        values = Values(self.random, Mine(source, self.module), {})
        targets = [target for target in find_targets(self.module, source, values) if target.name not in self.poisoned]
        only = self.plan["targets"]
        if only:
            targets = [target for target in targets if any(_is_within(target.name, name) for name in only)]
        self.share = min(max(_KEPT // max(len(targets), 1), 5), _KEPT_FOR_A_TARGET)
        self._try_examples(source, targets)
        while targets and time.monotonic() < self.deadline:
            for target in self._worth_a_try(targets):
                known = target.timeouts
                for _ in range(4):
                    self._try(target, target.propose(values))
                    if target.timeouts > known:
                        break
                if time.monotonic() > self.deadline:
                    break
            targets = [target for target in targets if target.stale < _STALE_CALLS and target.timeouts < 6]
        self.send({"done": self.calls})

    def _worth_a_try(self, targets):
        """Leave out what hangs too often, so that one endless function does not take the time of the others."""
        allowed = _HANGING_SHARE * (time.monotonic() - self.started)
        ready = [target for target in targets if target.timeouts * self.call_seconds <= allowed]
        return ready or [min(targets, key=lambda target: target.timeouts)]

    def _try_examples(self, source, targets):
        by_name = {target.name: target for target in targets}
        for scenario in examples_in(source, self.module, self.plan["name"]):
            target = by_name.get(scenario.target)
            if target is not None:
                self._try(target, scenario)

    def _try(self, target, scenario):
        self.calls += 1
        target.stale += 1
        self.send({"begin": target.name})
        try:
            with forks.time_limit(self.call_seconds), self.tracer:
                seen = observe(scenario, self.module, self.plan, self.raise_lines)
        except forks.CallTimeout:
            target.timeouts += 1
            return
        except (SystemExit, KeyboardInterrupt, GeneratorExit):
            return
        path = frozenset(self.tracer.arcs)
        is_wrong = seen.error is not None and not seen.is_deliberate
        gained = bool(path - self.covered) and not is_wrong
        target.learn(scenario, gained=gained, is_wrong_type=is_wrong)
        if not is_wrong and (gained or self._is_wanted(target, path, seen)):
            self._keep(target, scenario, seen, path)

    def _is_wanted(self, target, path, seen):
        if self.kept >= _KEPT or target.kept >= self.share or target.paths.get(path, 0) >= _KEPT_FOR_A_PATH:
            return False
        if seen.error is not None:
            return target.kept_errors < _KEPT_ERRORS and path not in target.paths
        return repr(seen.values[-1:])[:300] not in target.outputs

    def _keep(self, target, scenario, seen, path):
        try:
            text = write_test(scenario, seen, self.module)
            body = "\n".join(f"    {line}" for line in text.lines)
            code = f"def test_it({'capsys' if text.needs_capture else ''}):\n{body}\n"
            with forks.time_limit(4 * _CALL_SECONDS):
                candidate = {"name": "test_it", "code": code, "imports": text.imports}
                testing.call_test(testing.compile_test(candidate, self.plan["name"], self.module))
        except forks.CallTimeout:
            return
        except (Exception, SystemExit):
            return
        self.covered |= path
        self.kept += 1
        target.stale = 0
        target.kept += 1
        target.kept_errors += seen.error is not None
        target.paths[path] = target.paths.get(path, 0) + 1
        target.outputs.add(repr(seen.values[-1:])[:300])
        if seen.error is None and not scenario.setup:
            target.corpus.append(scenario)
        is_promised = scenario.expected is not None and seen.error is None and repr(seen.values[-1]) == scenario.expected
        self.send(
            {
                "test": {
                    "target": target.name,
                    "body": body,
                    "capture": text.needs_capture,
                    "imports": text.imports,
                    "oracle": "docstring" if is_promised else "characterization",
                    "raises": seen.error is not None,
                }
            }
        )


def examples_in(source, module, name):
    """Scenarios from the examples in docstrings, with what they promise."""
    parser = doctest.DocTestParser()
    names = {member for member in vars(module) if not member.startswith("__")}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            continue
        text = ast.get_docstring(node) or ""
        setup = []
        try:
            examples = parser.get_examples(text) if ">>>" in text else []
        except ValueError:
            continue
        for example in examples:
            try:
                statement = ast.parse(example.source).body
                if len(statement) != 1:
                    continue
                if not isinstance(statement[0], ast.Expr):
                    if _is_import_of(statement[0], name):
                        continue
                    setup.append(literals.qualify(example.source, names, name))
                    continue
                expression = literals.qualify(example.source.strip(), names, name).replace("{", "{{").replace("}", "}}")
            except SyntaxError:
                continue
            promised = example.want.strip() if example.exc_msg is None else None
            for called in _called(statement[0], names):
                yield Scenario(called, [Example(expression)], list(setup), promised)
                break


class Example(Step):
    """A step that is text already."""

    def __init__(self, source):
        super().__init__(source, [])

    def render(self, text_of):
        return self.template.replace("{{", "{").replace("}}", "}")


def _is_import_of(statement, name):
    return (isinstance(statement, ast.ImportFrom) and statement.module == name) or (
        isinstance(statement, ast.Import) and any(alias.name == name for alias in statement.names)
    )


def _called(statement, names):
    return [node.func.id for node in ast.walk(statement) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names]


if __name__ == "__main__":
    main()
