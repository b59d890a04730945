"""Mutants: copies of a source with one small fault each, of the kinds that programmers make."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from worker.languages.javascript_faults import Edit, edits_at
from worker.languages.javascript_scopes import Scopes
from worker.languages.javascript_syntax import parse, walk

MAXIMUM_MUTANTS = 120
"""More cost time and hardly sharpen the picture."""

MAXIMUM_BYTES = 4 << 20
"""Of all mutants of a source together."""


_TOKEN_BYTES = 12
_READ_ANEW_BYTES = 300_000


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault."""

    mutant_id: str
    """Stable: line, column and what replaces what."""
    source: str
    """The whole faulty source."""
    line: int
    """Where the fault is, 1-based."""
    edit: Edit
    """The fault as an edit of the source."""


def make_mutants(source: str, *, seed: int) -> tuple[Mutant, ...]:
    """Make mutants, spread evenly over the source where there are more than can be tried."""
    text = source.encode()
    scopes = Scopes()
    edits = list(dict.fromkeys(edit for node in walk(parse(source)) for edit in edits_at(node, scopes)))
    limit = min(MAXIMUM_MUTANTS, max(1, MAXIMUM_BYTES // max(1, len(text))))
    if len(edits) > limit:
        edits = _sample(edits, limit, size=len(text), seed=seed)
    mutants = []
    for start, end, replacement in edits:
        before = text[start:end].decode()
        faulty = (text[:start] + replacement.encode() + text[end:]).decode()
        line = text.count(b"\n", 0, start) + 1
        column = start - (text.rfind(b"\n", 0, start) + 1)
        mutant_id = f"{line}:{column} {_short(before)} -> {_short(replacement)}"
        mutants.append(Mutant(mutant_id=mutant_id, source=faulty, line=line, edit=(start, end, replacement)))
    return tuple(mutants)


def _sample(edits: Sequence[Edit], limit: int, *, size: int, seed: int) -> list[Edit]:
    """Choose some; of those that a large source has to be read anew for, only a few."""
    chance = random.Random(seed)  # noqa: S311 - chooses a sample, keeps no secret
    wide = [edit for edit in edits if edit[1] - edit[0] > _TOKEN_BYTES]
    few = min(len(wide), limit * len(wide) // len(edits), max(4, _READ_ANEW_BYTES // size))
    narrow = [edit for edit in edits if edit[1] - edit[0] <= _TOKEN_BYTES]
    return sorted(chance.sample(wide, few) + chance.sample(narrow, min(len(narrow), limit - few)))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return (flat[:37] + "…" if len(flat) > 38 else flat) or "nothing"
