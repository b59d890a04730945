"""Functions whose steps are counted in their text: an edit of it is compiled as it is. To make a tree of it first takes twice as long.

`count_steps` of `instrument` does the same to a tree; tests hold that both come to the same code.
"""

import ast
import re
from bisect import bisect_left, bisect_right

from . import instrument
from .repair_text import FUNCTIONS, Code

_CALL = f"{instrument.TICK}()"
_STEPPING = re.compile(r"\b(?:for|while|def)\b")


class Unit:
    """A function, or a method in a class of its own, of a text that is edited: `first`, `body` and `last` are places of that text."""

    def __init__(self, code, node, owner):
        source, starts = code.source, code.starts
        self.name = f"{owner.name}.{node.name}" if owner else node.name
        self.header = f"class {owner.name}:\n" if owner else ""
        self.first, self.last = starts[node.lineno - 1], min(starts[node.end_lineno], len(source))
        self.body = starts[node.body[0].lineno - 1] if node.body[0].lineno > node.lineno else self.first
        self.plain = source[self.first : self.last]
        ticks = sorted(_tick(code, one) for one in ast.walk(node) if isinstance(one, (ast.While, ast.For, ast.AsyncFor, *FUNCTIONS)))
        self._places, self._ticks, self._shifts = [], [], [len(self.header) - self.first]
        pieces, position = [self.header], self.first
        for place, text in ticks:
            pieces += [source[position:place], text]
            position = place
            self._places.append(place)
            self._ticks.append(text)
            self._shifts.append(self._shifts[-1] + len(text))
        self._text = "".join([*pieces, source[position : self.last]])

    def holds(self, edit):
        """Whether an edit is one of its body."""
        start, end, put = edit
        return self.body <= start and end <= self.last and (start < self.last or put[:1] in (" ", "\t"))

    def edited(self, edits):
        """Its counting text with edits; None where they touch what is put in, or may bring loops of their own."""
        pieces, position = [], 0
        for start, end, put in sorted(edits):
            before = bisect_right(self._places, start)
            if bisect_left(self._places, end) > before or _STEPPING.search(put):
                return None
            if before and self._places[before - 1] == start and not _stands_alike(put, self._ticks[before - 1]):
                return None
            shift = self._shifts[before]
            pieces += [self._text[position : start + shift], put]
            position = end + shift
        return "".join([*pieces, self._text[position:]])

    def edited_plainly(self, edits):
        """Its own text with edits, and what has to stand before it to be parsed."""
        text = self.plain
        for start, end, put in sorted(edits, reverse=True):
            text = text[: start - self.first] + put + text[end - self.first :]
        return self.header + text


def units_in(source):
    """Functions of the module and methods of its classes."""
    code = Code(source)
    for node in code.tree.body:
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, FUNCTIONS):
                yield Unit(code, one, node if one is not node else None)


def _tick(code, node):
    """Where a call stands that counts the steps of a loop or a function: on a line of its own, or before what follows on the same line."""
    first = node.body[0]
    line = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))])
    indent = code.lines[line - 1][: first.col_offset]
    if indent.strip():
        return code.at(first.lineno, first.col_offset), f"{_CALL};"
    return code.starts[line - 1], f"{indent}{_CALL}\n"


def _stands_alike(put, tick):
    """Whether what an edit begins with stands as deep as the call before it; else that would change what belongs to what."""
    indent = tick[: tick.index(instrument.TICK)]
    return put.startswith(indent) and put[len(indent) : len(indent) + 1] not in ("", " ", "\t", "\n") and tick.endswith("\n")
