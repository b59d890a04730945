"""Proposing calls of one target: fresh ones, and neighbours of those that were found worth keeping."""

import keyword
import re

from .pace import Pace
from .scenarios import Operand, Scenario, Step
from .variation import value_of

_MOST_STEPS = 8
_CORPUS = 120


class Target:
    """One thing to call. `template` has `{0}` for the object where there is one, then a place for each parameter."""

    def __init__(self, name, parameters, *, call=None, template=None, owner=None):
        self.name = name
        self.parameters = parameters
        self.call = call
        self.template = template
        self.owner = owner  # class name: `{0}` is an instance
        self.is_coroutine = False
        self.omits = 0.55  # how often an optional argument is left out
        self.corpus = []
        self.paths = {}
        self.outputs = set()
        self.kept = self.kept_errors = self.stale = 0
        self.pace = Pace()
        self.lines = frozenset()  # of its definition

    def propose(self, values, near=()):
        """A scenario; `near` are known ones that pass what is looked for."""
        chance = values.random.random()
        if near and chance < 0.5:
            return self.neighbour(values, values.random.choice(near))
        if self.corpus and chance < 0.75:
            known = self.corpus[-5:] if values.random.random() < 0.3 else self.corpus
            return self.neighbour(values, values.random.choice(known))
        return self.fresh(values)

    def fresh(self, values):
        """A step and a scenario around it."""
        subject = Operand(values.constructors[self.owner](), snake(self.owner)) if self.owner else None
        return Scenario(self.name, [self.step(values, subject)])

    def remember(self, scenario):
        """Something to vary later."""
        self.corpus.append(scenario)
        del self.corpus[:-_CORPUS]

    def shown(self, arguments, keywords):
        """A scenario of arguments that the documentation shows."""
        by_name = {parameter.name: parameter for parameter in self.parameters}
        positional = [parameter for parameter in self.parameters if parameter.style != "keyword"]
        operands, texts = [], []
        for place, source in enumerate(arguments):
            many = positional[-1] if positional and positional[-1].style == "many" else None
            operands.append(_operand_of(positional[place] if place < len(positional) else many, source))
            texts.append(f"{{{place}}}")
        for name, source in keywords.items():
            texts.append(f"{name}={{{len(operands)}}}")
            operands.append(_operand_of(by_name.get(name), source))
        for operand in operands:
            if operand.parameter is not None and operand.source not in operand.parameter.samples:
                operand.parameter.samples.append(operand.source)
        return Scenario(self.name, [Step(self._called(texts), operands)])

    def _called(self, texts):
        call = f"{self.call}({', '.join(texts)})"
        return f"asyncio.run({call})" if self.is_coroutine else call

    def step(self, values, subject=None, used=()):
        """One call with fresh operands, or some that earlier steps were given."""
        operands = [subject] if subject else []
        if self.template:
            operands += [self._operand(parameter, values, used=used) for parameter in self.parameters]
            return Step(self.template, operands)
        texts, by_name = [], False
        uniform = values.random.choice(("number", "int", "str")) if values.random.random() < 0.15 else None
        for parameter in self.parameters:
            if (parameter.has_default and values.random.random() < self.omits) or (parameter.style == "many" and values.random.random() < 0.4):
                by_name = True
                continue
            operand = self._operand(parameter, values, None if parameter.has_default or parameter.typed or parameter.shape else uniform, used)
            named = (by_name and parameter.style != "many") or parameter.style == "keyword"
            texts.append(f"{parameter.name}={{{len(operands)}}}" if named else f"{{{len(operands)}}}")
            operands.append(operand)
        return Step(self._called(texts), operands)

    def _operand(self, parameter, values, kind=None, used=()):
        random = values.random
        if used and random.random() < 0.6:
            again = [operand for operand in used if operand.parameter is not None and operand.parameter.name == parameter.name] or used
            chosen = random.choice(again)
            return chosen if (chosen.kind or "").startswith("object:") else _operand_of(parameter, chosen.source)
        if parameter.samples and random.random() < 0.35:
            source = random.choice(parameter.samples)
            return _operand_of(parameter, (values.variation.of_source(source) or source) if random.random() < 0.6 else source)
        kind = kind or parameter.choose_kind(random)
        return _operand_of(parameter, parameter.write(kind, values), kind)

    def neighbour(self, values, known):
        """A known scenario with operands of its last step changed."""
        changed = self._changed_operand(values, known)
        while values.random.random() < 0.35:
            changed = self._changed_operand(values, changed)
        return changed

    def _changed_operand(self, values, known):
        random = values.random
        last = known.steps[-1]
        if not last.operands:
            return known
        old = random.choice(last.operands)
        if old.parameter is None and self.owner and old is last.operands[0]:
            return _replaced(known, old, Operand(values.constructors[self.owner](), old.name, old.kind))
        if old.parameter is not None and random.random() < 0.15:
            return _replaced(known, old, self._operand(old.parameter, values))
        source = None
        others = [operand for operand in last.operands if operand is not old and operand.parameter is not None]
        if others and random.random() < 0.2:
            source = random.choice(others).source
            source = source if value_of(source) and random.random() < 0.5 else None
        source = source or values.variation.of_source(old.source)
        if source is None:
            return _replaced(known, old, self._operand(old.parameter, values)) if old.parameter is not None else known
        return _replaced(known, old, _operand_of(old.parameter, source, old.kind, old.name))

    def learn(self, scenario, *, gained, is_wrong_type):
        """Favour the kinds of value that worked."""
        factor = 1.5 if gained else 0.88 if is_wrong_type else 1.03
        for operand in scenario.steps[-1].operands:
            if operand.parameter is not None and operand.kind in operand.parameter.weights:
                operand.parameter.favour(operand.kind, factor)


class FunctionMember(Target):
    """A function that is given the object at one of its places."""

    def __init__(self, function, place):
        super().__init__(function.name, function.parameters, call=function.call)
        self.is_coroutine = function.is_coroutine
        self.place = place

    def step(self, values, subject=None, used=()):
        operands = [subject] + [self._operand(parameter, values, used=used) for place, parameter in enumerate(self.parameters) if place < self.place or self._is_needed(place)]
        texts = [f"{{{number}}}" for number in range(1, len(operands))]
        texts.insert(self.place, "{0}")
        return Step(self._called(texts), operands)

    def _is_needed(self, place):
        return place > self.place and not self.parameters[place].has_default


class Sequence(Target):
    """Several calls on one object, for classes that remember. What was put in is asked for, or taken out, by the same arguments."""

    def __init__(self, owner, members):
        super().__init__(owner, [], owner=owner)
        self.members = members
        self.ways = {}

    def fresh(self, values):
        subject = Operand(values.constructors[self.owner](), snake(self.owner))
        scenario = Scenario(self.name, [])
        for _ in range(values.random.choice((2, 2, 3, 4, 5))):
            scenario.steps.append(self._next(values, subject, scenario.steps))
        return scenario

    def _next(self, values, subject, steps):
        used = [operand for step in steps for operand in step.operands if operand is not subject]
        values.is_plain = True
        try:
            return values.random.choice(self.members).step(values, subject, used)
        finally:
            values.is_plain = False

    def remember_before(self, scenario, seen):
        """What went well before an error may go on otherwise."""
        steps = scenario.steps[: len(seen.values)]
        way = tuple(step.template for step in steps)
        if steps and self.ways.get(way, 0) < 2:
            self.ways[way] = self.ways.get(way, 0) + 1
            self.remember(Scenario(self.name, steps))

    def neighbour(self, values, known):
        steps, random = list(known.steps), values.random
        subject = steps[0].operands[0]
        roll = random.random()
        place = random.randrange(len(steps))
        if roll < 0.4 and len(steps) < _MOST_STEPS:
            steps.insert(random.choice((place, len(steps))), self._next(values, subject, steps))
        elif roll < 0.5 and len(steps) > 1:
            del steps[place]
        elif roll < 0.6:
            made = Operand(values.constructors[self.owner](), subject.name, subject.kind)
            return _replaced(known, subject, made)
        else:
            operands = [operand for operand in steps[place].operands if operand is not subject and operand.parameter is not None]
            if operands:
                old = random.choice(operands)
                source = values.variation.of_source(old.source)
                new = _operand_of(old.parameter, source, old.kind) if source and random.random() < 0.7 else self._operand(old.parameter, values)
                return _replaced(known, old, new)
            steps.append(self._next(values, subject, steps))
        return Scenario(known.target, steps[:_MOST_STEPS], known.setup)


def _operand_of(parameter, source, kind=None, name=None):
    operand = Operand(source, name or (parameter.name if parameter else "value"), kind)
    operand.parameter = parameter
    return operand


def _replaced(known, old, new):
    steps = [Step(step.template, [new if operand is old else operand for operand in step.operands]) for step in known.steps]
    return Scenario(known.target, steps, known.setup)


def snake(name):
    """Name of a variable for an instance."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"a_{text}" if keyword.iskeyword(text) or text == name else text
