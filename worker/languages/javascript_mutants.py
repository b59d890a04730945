"""Mutants: copies of a source with one small fault each, of the kinds that programmers make."""

import random
from dataclasses import dataclass

from worker.languages.javascript_faults import edits_at
from worker.languages.javascript_scopes import Scopes
from worker.languages.javascript_syntax import parse, walk

MAXIMUM_MUTANTS = 120
"""More cost time and hardly sharpen the picture."""

MAXIMUM_BYTES = 4 << 20
"""Of all mutants of a source together."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault."""

    mutant_id: str
    """Stable: line, column and what replaces what."""
    source: str
    """The whole faulty source."""
    line: int
    """Where the fault is, 1-based."""


def make_mutants(source: str, *, seed: int) -> tuple[Mutant, ...]:
    """Make mutants, spread evenly over the source where there are more than can be tried."""
    text = source.encode()
    scopes = Scopes()
    edits = list(dict.fromkeys(edit for node in walk(parse(source)) for edit in edits_at(node, scopes)))
    limit = min(MAXIMUM_MUTANTS, max(1, MAXIMUM_BYTES // max(1, len(text))))
    if len(edits) > limit:
        edits = sorted(random.Random(seed).sample(edits, limit))  # noqa: S311 - chooses a sample, keeps no secret
    mutants = []
    for start, end, replacement in edits:
        before = text[start:end].decode()
        faulty = (text[:start] + replacement.encode() + text[end:]).decode()
        line = text.count(b"\n", 0, start) + 1
        column = start - (text.rfind(b"\n", 0, start) + 1)
        mutant_id = f"{line}:{column} {_short(before)} -> {_short(replacement)}"
        mutants.append(Mutant(mutant_id=mutant_id, source=faulty, line=line))
    return tuple(mutants)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return (flat[:37] + "…" if len(flat) > 38 else flat) or "nothing"
