"""Which of the calls that were kept are worth being judged, and how each is made simpler before."""

import time

from .scenarios import Operand, Scenario, Step
from .variation import source_of, value_of

_LONG_OPERAND, _MANY_STEPS = 24, 3
_TRIES = 30
_PROMISED, _OTHERS = 6, 8


class Kept:
    """A call that is kept: what it shows, the lines that it runs, what it was the first to run, and the rivals that it told first."""

    def __init__(self, target, scenario, seen, lines, gained, fallen=()):
        self.target, self.scenario, self.seen = target, scenario, seen
        self.lines, self.gained, self.fallen = lines, gained, list(fallen)
        self.body, self.message = "", {}


def cost(one):
    """Promises before observations, values before errors, short before long."""
    return (one.message.get("oracle") != "docstring", one.seen.error is not None, len(one.body))


def chosen(kept):
    """Bodies of what does something that nothing before it did, and of a few others of each target."""
    promised, others, found = {}, {}, []
    for one in sorted(kept, key=cost):
        name = one.target.name
        if one.fallen or one.gained:
            found.append(one.body)
        elif one.message["oracle"] == "docstring" and promised.get(name, 0) < _PROMISED:
            promised[name] = promised.get(name, 0) + 1
            found.append(one.body)
        elif others.get(name, 0) < _OTHERS:
            others[name] = others.get(name, 0) + 1
            found.append(one.body)
    return list(dict.fromkeys(found))


def simplify(search, deadline):
    """Shorten what is long, as far as it still runs what it was kept for and tells the same rivals."""
    for one in sorted(search.kept, key=lambda each: -len(each.body)):
        if one.scenario.setup or one.scenario.expected is not None or not (one.fallen or one.gained):
            continue
        for simpler in _simpler_ones(one.scenario):
            if time.monotonic() > deadline:
                return
            _adopt(search, one, simpler)


def _simpler_ones(scenario):
    """Each made from the first; what is adopted is not built upon."""
    made = []
    if len(scenario.steps) > _MANY_STEPS:
        for place in range(len(scenario.steps)):
            made.append(Scenario(scenario.target, [*scenario.steps[:place], *scenario.steps[place + 1 :]]))
    for operand in scenario.operands():
        if len(operand.source) > _LONG_OPERAND:
            for source in _shorter(operand.source):
                new = Operand(source, operand.name, operand.kind)
                new.parameter = operand.parameter
                steps = [Step(step.template, [new if each is operand else each for each in step.operands]) for step in scenario.steps]
                made.append(Scenario(scenario.target, steps))
    return made[:_TRIES]


def _shorter(source):
    """Sources of shorter values, the shortest first."""
    held = value_of(source)
    if held is None or not isinstance(held[0], (str, bytes, list, tuple, dict)):
        return []
    value = held[0]
    if isinstance(value, dict):
        made = [{key: item for key, item in value.items() if key != left_out} for left_out in value]
    else:
        half, third = len(value) // 2, len(value) // 3
        made = [value[:half], value[half:], value[:third] + value[2 * third :], value[third:], value[: 2 * third], value[1:], value[:-1]]
    return [text for text in map(source_of, made) if text and len(text) < len(source)]


def _adopt(search, one, scenario):
    if len(_text(scenario)) >= len(_text(one.scenario)):
        return
    seen = search._observe(one.target, scenario)
    if seen is None or type(seen.error) is not type(one.seen.error) or (seen.error is not None and not seen.is_deliberate):
        return
    arcs, lines = frozenset(search.tracer.arcs), frozenset(search.tracer.lines)
    if not one.gained <= arcs or len(search.rivals.told(scenario, lines, one.fallen)) < len(one.fallen):
        return
    made = search.written(scenario, seen)
    if made is not None and search.rivals.is_steady(scenario):
        one.scenario, one.seen, one.lines = scenario, seen, lines
        one.body, one.message = made[0], {**made[1], "target": one.target.name}
        search.send({"test": one.message})


def _text(scenario):
    return "\n".join(step.render(lambda operand: operand.source) for step in scenario.steps)
