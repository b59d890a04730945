"""Running the tests of a fix job on many versions of its subject, each process as many as it survives."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from worker.domain.exchange import Subject
from worker.domain.job import SourceFile
from worker.domain.patch import Patch, Trial
from worker.languages.javascript_process import START_SECONDS, Report, run_harness, subject_fields
from worker.languages.javascript_repair_pace import Paced, paced
from worker.languages.javascript_syntax import ModuleKind, bindings_of, kind_of, parse
from worker.ports import Sandbox

STEPS = 20_000
"""Loops and calls that each test is given at first, besides a multiple of what it took before…"""

MORE_STEPS = 3_000_000
"""…and those that are stopped by it once more, at the end, if there is time."""

_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_PROCESSES = 6
"""At most, for one set of patches."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What a run needs besides the version: JavaScript, whatever it was written in."""

    subject: Subject
    """The code as JavaScript."""
    files: tuple[SourceFile, ...]
    """Tests and what they need."""
    tests: tuple[str, ...]
    """Paths of those that are tests."""

    @property
    def fields(self) -> dict[str, Any]:
        """Describe it to the harness."""
        return {
            "subject": self._subject_fields(),
            "files": [{"path": one.path, "text": one.text, "kind": _kind(one).value} for one in self.files],
            "tests": self.tests,
        }

    def _subject_fields(self) -> dict[str, Any]:
        found = subject_fields(self.subject)
        return (
            {**found, "kind": "commonjs"}
            if found["kind"] == "script" and self.subject.path.endswith(".cjs")
            else found
        )

    @property
    def work_files(self) -> dict[str, str]:
        """Lay out for what Node reads by itself."""
        return {**{one.path: one.text for one in self.files}, self.subject.path: self.subject.source}

    @property
    def is_module(self) -> bool:
        """The subject is an ES module."""
        bindings = bindings_of(
            self.subject.source, module_name=self.subject.module_name, path=self.subject.path
        )
        return bindings.kind is ModuleKind.ESM


def _kind(file: SourceFile) -> ModuleKind:
    if not file.path.endswith(_SCRIPTS):
        return ModuleKind.COMMONJS  # data: nothing of it is run
    return kind_of(parse(file.text), file.path)


@dataclass(kw_only=True)
class Tried:
    """What running some versions showed."""

    trials: dict[int, Trial] = field(default_factory=dict)
    """By position in what was given."""
    progress: dict[int, int] = field(default_factory=dict)
    """Assertions that held before a version failed."""
    is_complete: bool = False
    """Every one was reached, or enough were green."""

    def green(self) -> list[int]:
        """Positions of those that pass."""
        return [at for at, trial in sorted(self.trials.items()) if trial.is_green]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How far a run of versions goes."""

    seconds: float
    """Wall time."""
    steps: int = STEPS
    """Of each test."""
    most: int = 1_000_000
    """So many green ones are enough."""
    slack: float | None = None
    """What costs more than the first green one by more than this is not run; None runs all."""
    is_hasty: bool = False
    """The first assertion that fails is the last: for tests that do much work."""
    is_named: bool = False
    """Every failing test is told, not the first alone."""
    is_whole: bool = False
    """A test that fails does not end the run: the others tell, too."""


Version = Mapping[str, Any]
"""How the harness is told of a version: edits of the base, or its whole text."""


def versions_of(base: Paced, patches: Sequence[Patch]) -> list[Version]:
    """Describe patched copies of a source, counting their steps; most of them without reading the source anew."""
    found: list[Version] = []
    for at, patch in enumerate(patches):
        edits = base.moved(patch.edits)
        if edits is None:
            found.append({"id": at, "text": paced(patch.applied_to(base.source)).text})
        else:
            found.append({"id": at, "edits": edits})
    return found


def versions_from(texts: Sequence[str]) -> list[Version]:
    """Describe whole texts, counting their steps."""
    return [{"id": at, "text": paced(text).text} for at, text in enumerate(texts)]


async def run_versions(
    suite: Suite, versions: Sequence[Version], patches: Sequence[Patch], sandbox: Sandbox, bounds: Bounds
) -> Tried:
    """Run the suite on each version, in order; `patches` are what they come from."""
    deadline = monotonic() + bounds.seconds
    base = await asyncio.to_thread(paced, suite.subject.source)
    found = Tried()
    waiting = list(range(len(patches)))
    for _ in range(_PROCESSES):
        left = deadline - monotonic()
        wanted = bounds.most - len(found.green())
        if not waiting or left <= 0 or wanted <= 0:
            break
        fields = {
            **suite.fields,
            "base": base.text,
            "candidates": [{**versions[at], "cost": patches[at].cost} for at in waiting],
            "slack": bounds.slack,
            "limits": {"milliseconds": 500, "steps": bounds.steps},
            "seconds": left,
            "most": wanted,
            "isNamed": bounds.is_named,
            "goesOn": bounds.is_whole,
            "isHasty": bounds.is_hasty,
        }
        report = await run_harness(
            "repair.cjs", fields, sandbox, seconds=left + START_SECONDS, work_files=suite.work_files
        )
        _read(report, patches, found)
        waiting = [at for at in waiting if at not in found.trials]
        if any("enough" in entry for entry in report.entries):
            waiting = []
        if report.is_finished:
            break  # that was all, or its own time was over
    found.is_complete = not waiting
    return found


def _read(report: Report, patches: Sequence[Patch], found: Tried) -> None:
    for entry in report.entries:
        at = entry.get("id")
        if isinstance(at, int) and 0 <= at < len(patches):
            found.trials[at] = _trial(patches[at], entry)
            found.progress[at] = int(entry.get("asserted", 0))
    culprit = report.unfinished
    if isinstance(culprit, int) and culprit not in found.trials:
        found.trials[culprit] = Trial(
            patch=patches[culprit], detail=report.death(), is_timed_out=report.is_timed_out
        )


def _trial(patch: Patch, entry: Mapping[str, Any]) -> Trial:
    passed = entry.get("passed")
    return Trial(
        patch=patch,
        passed=frozenset(str(one) for one in passed) if isinstance(passed, list) else frozenset(),
        failed=frozenset(str(one) for one in entry.get("failed", ())),
        detail=str(entry.get("detail") or "")[:500],
        is_timed_out=entry.get("stopped") is True,
    )
