"""Invariants: what held between argument and result on every run. The strongest that held is told, one a function; a weaker one would say nothing more."""

import ast

from .variation import source_of

LEAST_RUNS, LEAST_RESULTS = 4, 3
_LARGE, _LONGEST, _MOST_RUNS = 2, 20, 24
"""Different items of an argument from which on an invariant of collections says something; then sizes and runs that are tried."""

_OF_COLLECTIONS = (
    "sorted({call}) == sorted(value)",
    "len({call}) == len(value)",
    "set({call}) <= set(value)",
    "{call} in value",
    "0 <= {call} <= len(value)",
)
_OF_NUMBERS = ("0 <= {call} <= value", "{call} >= abs(value)", "{call} >= value")


def invariant_of(call, sources, shown):
    """Sources and the assertion that held on all of them; None where nothing did.

    `shown` tells the sign of an expression about `value`, None where it fails. Runs count whose arguments could have shown otherwise.
    """
    told = {source: shown(call, source) for source in _widened(sources)}
    run = [source for source, sign in told.items() if sign is not None]
    if len({told[source] for source in run}) < LEAST_RESULTS:
        return None
    for patterns, is_meant in ((_OF_COLLECTIONS, _is_large), (_OF_NUMBERS, _is_number)):
        telling = [source for source in run if is_meant(ast.literal_eval(source))]
        if len(telling) < LEAST_RUNS or len({told[source] for source in telling}) < LEAST_RESULTS:
            continue
        for pattern in patterns:
            condition = pattern.format(call=call)
            if all(shown(condition, source) == "True" for source in run):
                return telling, f"assert {condition}"
    return None


def _widened(sources):
    """More runs than the tests keep, which need few: each argument backwards, twice over and cut, or larger and negative."""
    texts = dict.fromkeys(sources)
    for source in sources:
        value = ast.literal_eval(source)
        more = ()
        if isinstance(value, str | list | tuple) and 0 < len(value) <= _LONGEST:
            more = (value[::-1], value + value[:1], value[1:] + value)
        elif _is_number(value):
            more = (value + 1, value * 2, -value)
        texts.update(dict.fromkeys(text for each in more if (text := source_of(each)) is not None))
    return list(texts)[:_MOST_RUNS]


def _is_large(value):
    return isinstance(value, str | list | tuple) and len({repr(item) for item in value}) >= _LARGE


def _is_number(value):
    return type(value) in (int, float)
