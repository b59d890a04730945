"""Properties that held for every input tried: one function undoes another, doing it again changes nothing, or what its result has
to do with its argument. Names say where to look for the first two; runs decide."""

import re
import time

from . import forks
from .invariants import invariant_of
from .signs import sign_of
from .variation import value_of

_UNDONE = (
    ("encode", "decode"), ("encrypt", "decrypt"), ("encipher", "decipher"), ("serialize", "deserialize"), ("dump", "load"), ("dumps", "loads"),
    ("compress", "decompress"), ("escape", "unescape"), ("pack", "unpack"), ("flatten", "unflatten"), ("quote", "unquote"), ("wrap", "unwrap"),
    ("format", "parse"), ("stringify", "parse"), ("to_", "from_"), ("int_to", "to_int"), ("join", "split"), ("rgb_to_hsv", "hsv_to_rgb"), ("rgb_to_hls", "hls_to_rgb"), ("rgb_to_yiq", "yiq_to_rgb"),
)  # fmt: skip
_SETTLED = re.compile(
    r"_?(normali[sz]e|trim|clean|sanitize|sort|unique|uniq|dedupe|deduplicate|dedent|slugify|capitalize|compact|clamp|to_(upper|lower|snake|camel|kebab|title)|"
    r"canonical|simplify|collapse|strip|remove|abs|filter)"
)
_INPUTS, _LEAST = 6, 3
_SECONDS = 0.2


def properties_of(kept, name, module, deadline):
    """Tests of what held, each as a message."""
    inputs = {}
    for one in kept:
        step = one.scenario.steps[-1]
        plain = len(one.scenario.steps) == 1 and not one.scenario.setup and len(step.operands) == 1 and one.seen.error is None
        if plain and one.target.call and not one.target.is_coroutine and step.operands[0].parameter is not None:
            if value_of(step.operands[0].source) is not None and not one.seen.changed:
                inputs.setdefault(one.target, []).append(step.operands[0].source)
    found = []
    for target, sources in inputs.items():
        sources = list(dict.fromkeys(sources))[: 3 * _INPUTS]
        if time.monotonic() < deadline:
            found += _settled(target, sources, name, module) or _invariant(target, sources, name, module)
        back = _undoing(target, inputs, name, module)
        if back and time.monotonic() < deadline:
            found += _round_trip(target, back, sources, name, module)
    return found


def _undoing(target, inputs, name, module):
    """Name of the function that should give back what this one was given."""
    own = target.call.partition(".")[2]
    for there, back in _UNDONE:
        other = own.replace(there, back, 1) if there in own else ""
        if other and other != own and callable(getattr(module, other, None)):
            return f"{name}.{other}"
    return None


def _shown(expression, source, name, module):
    """Signs of the value, and of the expressions about it; None where one of them can't be told."""
    space = {name: module, "value": value_of(source)[0]}
    try:
        with forks.time_limit(_SECONDS):
            return sign_of(eval(expression, space))
    except (Exception, forks.CallTimeout, SystemExit):
        return None


def _round_trip(target, back, sources, name, module):
    held = []
    for source in sources:
        before, there = _shown("value", source, name, module), _shown(f"{target.call}(value)", source, name, module)
        again = _shown(f"{back}({target.call}(value))", source, name, module)
        if again is not None and again == before and there != before:
            held.append(source)
    if len(held) < _LEAST:
        return []
    return [_test(target, held, f"assert {back}({target.call}(value)) == value")]


def _settled(target, sources, name, module):
    if not _SETTLED.match(target.name.rpartition(".")[2]):
        return []
    changed, held = [], []
    for source in sources:
        before, once = _shown("value", source, name, module), _shown(f"{target.call}(value)", source, name, module)
        twice = _shown(f"{target.call}({target.call}(value))", source, name, module)
        if once is None or once != twice:
            return []
        (held if once == before else changed).append(source)
    if not changed or len(changed) + len(held) < _LEAST:
        return []
    return [_test(target, [*changed, *held], f"assert {target.call}({target.call}(value)) == {target.call}(value)")]


def _invariant(target, sources, name, module):
    found = invariant_of(f"{target.call}(value)", sources, lambda expression, source: _shown(expression, source, name, module))
    return [_test(target, *found)] if found else []


def _test(target, sources, line):
    items = ", ".join(sources[:_INPUTS])
    body = f"    for value in [{items}]:\n        {line}"
    return {"target": target.name, "body": body, "capture": False, "imports": [], "oracle": "property", "raises": False}
