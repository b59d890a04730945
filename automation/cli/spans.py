"""Reads a span of time as people write it: 90s, 5m, 2h, or a number of seconds."""

import re

import click

_SPAN = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([smh]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class Span(click.ParamType[float]):
    """A span of time, in seconds."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(str(value).strip().lower())
        if not found:
            self.fail(f"{value!r:.60} is no span of time: 90s, 5m and 2h are", param, ctx)
        return float(found[1]) * _SECONDS[found[2]]


SPAN = Span()
"""For click's options."""
