"""Calls the broken subject and changed copies of it on the same inputs and reports what each shows.

plan.json: names, file, folder, tests, sources, seconds, seed, inputs -> report.json: {"inputs": […], "original": […], "shown": [[…]…],
"promised": [per source: examples of the documentation that it keeps, examples]}

Inputs: what the documentation and the tests call, neighbours of that, and what the names and types of the parameters suggest.
"""

import random
import time

from . import examples, forks, instrument, repair_suite
from .calls import Sequence
from .kinds import Values
from .mine import Mine
from .scenarios import Operand, Scenario, Step, observe
from .search import is_promised
from .signs import Program
from .subject import Tracer
from .targets import find_targets

_STEPS, _CALL_SECONDS = 40_000, 0.2
_LEAST_SECONDS, _FEWEST = 0.5, 5
"""For each source; and inputs besides those of tests and documentation that all have to reach and one to answer, for a comparison to tell anything."""
_ENDLESS = "(endless)"
_LONGEST_SIGN = 400


def main():
    plan = repair_suite.prepare(forks.read_plan())
    forks.silence()
    deadline = time.monotonic() + plan["seconds"]
    with open(plan["file"], encoding="utf-8") as file:
        original = file.read()
    made, _ = forks.run_in_fork(lambda send: _make(plan, original, send), plan["seconds"] / 2)
    inputs = (made or {}).get("inputs", [])
    report = {"inputs": [], "original": [], "shown": [], "promised": []}
    if inputs:
        rows = []
        for place, source in enumerate(sources := [original, *plan["sources"]]):
            seconds = max((deadline - time.monotonic()) / (len(sources) - place), _LEAST_SECONDS)
            signs, promised = _shown(plan, source, inputs, seconds)
            rows.append(signs)
            report["promised"].append(promised)
        report["promised"].pop(0)
        reached = min(len(signs) for signs in rows)  # what not all of them reached compares none of them
        answered = [place for place in range(made["known"], reached) if any(signs[place] != _ENDLESS for signs in rows)]
        if len(answered) >= _FEWEST:
            report["inputs"] = [_text(one) for one in inputs[:reached]]
            report["original"], *report["shown"] = [signs[:reached] for signs in rows]
    forks.write_report(report)


def _shown(plan, source, inputs, seconds):
    """Signs of as many inputs as there was time for, and examples kept of those that are promised."""
    signs, promised = [], [0, 0]
    child = forks.Child(lambda send: _show(plan, source, inputs, send))
    try:
        for message in child.messages(time.monotonic() + seconds):
            if "sign" in message:
                signs.append(message["sign"])
                promised = message["promised"]
    except TimeoutError:
        pass
    finally:
        code = child.end()
    if len(signs) < len(inputs) and code > 0 and code != forks._STUBBORN:
        signs.append("(ended the process)")
    return signs, promised


def _make(plan, source, send):
    suite = repair_suite.Suite(plan)
    suite.steps.limit = 1_000_000
    with forks.time_limit(plan["seconds"] / 4, of_cpu=True):
        suite.load(source)
    module = suite.module
    generator = random.Random(plan["seed"])
    values = Values(generator, Mine(source, module), {})
    targets = [target for target in find_targets(module, source, values) if not isinstance(target, Sequence)]
    seeds = list(_seeds(plan, source, module, targets))
    by_name = {target.name: target for target in targets}
    wanted = [target for target in targets if target.name in plan["units"] or target.owner in plan["owners"]] or targets
    found = {}
    for scenario in seeds:
        found.setdefault(_key(scenario), scenario)
    known = len(found)
    near = [scenario for scenario in seeds if scenario.operands() and scenario.target in by_name]
    until = time.monotonic() + plan["seconds"] / 4
    for _ in range(plan["inputs"] * 4):
        if len(found) >= plan["inputs"] or time.monotonic() > until or not wanted:
            break
        try:
            if near and generator.random() < 0.65:
                seed = generator.choice(near)
                scenario = by_name[seed.target].neighbour(values, seed)
            else:
                scenario = generator.choice(wanted).fresh(values)
        except (IndexError, KeyError, ValueError, TypeError):
            continue
        found.setdefault(_key(scenario), scenario)
    send({"inputs": [_plain(scenario) for scenario in found.values()], "known": known})


def _seeds(plan, source, module, targets):
    """Calls in the documentation, with what it promises; calls in the tests."""
    plain = {target.name: target for target in targets if "." not in target.name and target.call and not target.owner}
    for scenario in examples.doctests_in(source, module, module.__name__):
        yield scenario
    texts = [(text, True) for text in examples.texts_in(source)]
    for path in plan["tests"]:
        with open(f"{plan['folder']}/{path}", encoding="utf-8") as file:
            texts.append((file.read(), False))
    for text, is_documentation in texts:
        for shown in examples.calls_in(text, list(plain)):
            scenario = plain[shown.name].shown(shown.arguments, shown.keywords)
            scenario.expected = shown.promise if is_documentation else None
            yield scenario


def _key(scenario):
    return "\n".join(step.render(lambda operand: operand.source) for step in scenario.steps)


def _plain(scenario):
    operands = scenario.operands()
    places = {id(operand): place for place, operand in enumerate(operands)}
    steps = [[step.template, [places[id(operand)] for operand in step.operands]] for step in scenario.steps]
    return {"target": scenario.target, "setup": scenario.setup, "operands": [operand.source for operand in operands], "steps": steps, "expected": scenario.expected}


def _scenario(plain):
    operands = [Operand(source) for source in plain["operands"]]
    steps = [Step(template, [operands[place] for place in places]) if places else examples.Example(template) for template, places in plain["steps"]]
    return Scenario(plain["target"], steps, plain["setup"], plain["expected"])


def _text(plain):
    scenario = _scenario(plain)
    return "; ".join([*scenario.setup, *(step.render(lambda operand: operand.source) for step in scenario.steps)])


def _show(plan, source, inputs, send):
    suite = repair_suite.Suite(plan)
    suite.steps.limit = 1_000_000
    kept, promised = 0, 0
    with forks.time_limit(2.0, of_cpu=True):
        suite.load(source)
    name = plan["names"][0]
    tracer = Tracer(plan["file"], frozenset())
    for plain in inputs:
        scenario = _scenario(plain)
        sign = _sign(suite, scenario, name)
        if plain["expected"] is not None:
            promised += 1
            kept += _keeps(suite, scenario, plan, tracer)
        send({"sign": sign, "promised": [kept, promised]})


def _sign(suite, scenario, name):
    suite.steps.count, suite.steps.limit = 0, _STEPS
    try:
        with forks.time_limit(_CALL_SECONDS, of_cpu=True):
            sign = Program(scenario, name).sign(suite.module)
    except (forks.CallTimeout, instrument.OutOfSteps):
        return _ENDLESS
    except BaseException as error:
        return f"(ends with {type(error).__name__})"
    return sign.strip() if len(sign) <= _LONGEST_SIGN else f"{sign[:_LONGEST_SIGN]}… {hash_of(sign)}"


def hash_of(text):
    """The same in every process."""
    import zlib

    return f"{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def _keeps(suite, scenario, plan, tracer):
    suite.steps.count = 0
    try:
        with forks.time_limit(_CALL_SECONDS, of_cpu=True):
            seen = observe(scenario, suite.module, {**plan, "name": plan["names"][0]}, frozenset(), tracer)
            return bool(seen.error is None and seen.values and is_promised(scenario, seen))
    except BaseException:
        return False


if __name__ == "__main__":
    main()
