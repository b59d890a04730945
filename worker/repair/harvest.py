"""What the children of a job found, read from their stored results. All of it is material: patches are tried again, numbers only add up."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Edit, Patch, PatchOrigin, PatchRejection
from worker.domain.result import Turn
from worker.domain.usage import Usage
from worker.repair.pipeline import Harvest
from worker.repair.plan import Plan
from worker.repair.ranking import wanted

_PASSED = frozenset({None, PatchRejection.LESS_LIKELY.value, PatchRejection.UNDECIDED.value})
"""What is said of patches that passed every test."""
_LONGEST_NOTE = 300

Result = Mapping[str, Any]
"""A stored result, as it was read."""


def result_in(content: bytes | None) -> Result | None:
    """Read a stored result; None where there is none, or none that can be read."""
    try:
        document = json.loads(content) if content is not None else None
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, Mapping) else None


def is_enough(result: Result) -> bool:
    """Tell whether the first proved patch may win: where tests check much, what passes them is as good as the best of many."""
    diagnosis = _part(_part(result, "repair"), "diagnosis")
    checks = _number(diagnosis, "checks") or sum(
        len(diagnosis.get(name) or ()) for name in ("failing", "passing")
    )
    return wanted(int(checks)) == 0.0


def harvest_of(plan: Plan, results: Sequence[Result | None], notes: Sequence[str]) -> Harvest:
    """Gather the patches that passed before the split and in the children, each text once, and what it took."""
    gathered = harvest_in([plan.first, *results], notes)
    return replace(gathered, is_exhausted=all(_is_exhausted(result) for result in results))


def harvest_in(results: Sequence[Result | None], notes: Sequence[str] = ()) -> Harvest:
    """Gather what passed in any of these."""
    known = [result for result in results if result is not None]
    patches = {patch.edits: patch for result in known for patch in _passed(result)}
    return Harvest(
        patches=tuple(patches.values()),
        tried=int(sum(_number(_part(result, "repair"), "tried") for result in known)),
        is_exhausted=all(_is_exhausted(result) for result in results),
        notes=tuple(note[:_LONGEST_NOTE] for note in notes),
    )


def with_children(outcome: PipelineOutcome, plan: Plan, results: Sequence[Result | None]) -> PipelineOutcome:
    """Add what the children took, and name them."""
    known = [plan.first, *(result for result in results if result is not None)]
    usage = usage_in(known, outcome.usage)
    turns = [turn for result in known for turn in _turns(result)]
    report = outcome.repair
    names = tuple(child.job_id for child in plan.children)
    return replace(
        outcome,
        usage=usage,
        turns=(*turns, *outcome.turns),
        repair=replace(report, children=names) if report is not None else None,
    )


def _is_exhausted(result: Result | None) -> bool:
    """A child without a result, or that was called off, tried less than it wanted."""
    return result is not None and _part(result, "repair").get("is_exhausted") is True


def _passed(result: Result) -> Iterator[Patch]:
    verdicts = _part(result, "repair").get("verdicts")
    for verdict in verdicts if isinstance(verdicts, list) else ():
        if isinstance(verdict, Mapping) and verdict.get("rejection") in _PASSED:
            patch = _patch(_part(verdict, "patch"))
            if patch is not None:
                yield patch


def _patch(values: Mapping[str, Any]) -> Patch | None:
    try:
        edits = tuple(
            Edit(start=int(edit["start"]), end=int(edit["end"]), text=str(edit["text"]))
            for edit in values["edits"]
        )
        return Patch(
            edits=edits,
            origin=PatchOrigin(values["origin"]),
            operator=str(values["operator"]),
            description=str(values["description"]),
            cost=float(values["cost"]),
            line=int(values["line"]),
            costs=tuple(float(cost) for cost in values.get("costs", ())),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _turns(result: Result) -> Iterator[Turn]:
    turns = result.get("turns")
    for turn in turns if isinstance(turns, list) else ():
        try:
            yield Turn(**turn)
        except TypeError:
            continue


def usage_in(results: Sequence[Result | None], start: Usage) -> Usage:
    """Add up what these took."""
    return sum((_usage(_part(result, "usage")) for result in results if result is not None), start)


def _usage(values: Mapping[str, Any]) -> Usage:
    return Usage(
        prompt_tokens=int(_number(values, "prompt_tokens")),
        completion_tokens=int(_number(values, "completion_tokens")),
        engine_seconds=_number(values, "engine_seconds"),
        sandbox_seconds=_number(values, "sandbox_seconds"),
        sandbox_runs=int(_number(values, "sandbox_runs")),
    )


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = values.get(name)
    return part if isinstance(part, Mapping) else {}


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name, 0)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else 0.0
