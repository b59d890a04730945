"""Names of Python tests: after what they are about, counted without gaps."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from worker.domain.candidate import Candidate

_COUNTED = re.compile(r"(?P<stem>test_\w*?)_\d+$")


def name_explored(tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Name what exploration found."""
    counts: Counter[str] = Counter()
    named = []
    for test in tests:
        parts = [part for part in str(test["target"]).replace(".", "_").lower().split("_") if part]
        stem = "_".join(["test", *parts, *(["raises"] if test.get("raises") else [])])
        counts[stem] += 1
        named.append({**test, "name": f"{stem}_{counts[stem]}"})
    return named


def renumber(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Count anew what was counted before most of it was left out; names that an engine chose stay."""
    taken = {candidate.name for candidate in candidates if not _stem(candidate)}
    counts: Counter[str] = Counter()
    renamed = []
    for candidate in candidates:
        stem, name = _stem(candidate), candidate.name
        if stem:
            name = next(each for each in _counted(stem, counts) if each not in taken)
        taken.add(name)
        code = re.sub(rf"\bdef {re.escape(candidate.name)}\b", f"def {name}", candidate.code, count=1)
        renamed.append(replace(candidate, name=name, code=code))
    return tuple(renamed)


def _counted(stem: str, counts: Counter[str]) -> Iterator[str]:
    while True:
        counts[stem] += 1
        yield f"{stem}_{counts[stem]}"


def _stem(candidate: Candidate) -> str:
    """What is counted, or nothing."""
    match = _COUNTED.match(candidate.name) if candidate.oracle != "engine" else None
    return match["stem"] if match else ""
