"""PythonLanguage: Python as the pipeline sees it."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from worker.domain.candidate import Candidate, Coverage, MutationReport, Proof, RejectionReason, TestOutcome
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Limits, SandboxEnd, SandboxOutcome, SandboxRequest, Subject, Survey
from worker.domain.job import Job
from worker.languages import python_candidates, python_survey, python_writing
from worker.languages.python_formatting import Ruff
from worker.languages.python_harness import PythonHarness, as_plain, environment, explain
from worker.languages.python_naming import name_explored, renumber
from worker.ports import Sandbox

_LOAD_SECONDS = 4.0
_TEST_SECONDS, _TEST_SHARE, _TEST_SECONDS_AT_LEAST = 2.0, 0.25, 0.4
"""Longest run of one candidate: no more than a share of the step's time, so that one that hangs leaves time for the others."""
_COVERAGE_SECONDS_AT_LEAST = 3.0
_NOT_RUN: Mapping[str, Any] = MappingProxyType({"detail": "no time was left to run it", "skipped": True})
_PROOF_SECONDS = 20.0
_MUTANTS, _MUTANTS_A_SECOND, _MOST_MUTANTS = 150, 100, 1500
"""At most so many are tried, and more where there is much time; more cost time and change the score little."""


class PythonLanguage:
    """A `worker.ports.Language`."""

    name = "python"
    aliases = ("py", "python3")

    def __init__(self, ruff: Ruff | None = None) -> None:
        self._harness = PythonHarness()
        self._ruff = ruff or Ruff()

    def subject(self, job: Job) -> Subject:
        """Name the module after the job's path."""
        name = python_survey.module_name_of(job.path)
        return Subject(source=job.code, module_name=name, path=f"{name}.py", targets=job.targets)

    def survey(self, subject: Subject) -> Survey:
        """Parse."""
        return python_survey.survey(subject.source, only=subject.targets)

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        """Import the module once."""
        request = self._harness.request("load", subject, {}, seconds=_LOAD_SECONDS, seed=1)
        error = (await self._harness.report(sandbox, request)).get("error")
        if error:
            raise SourceRejected(f"the code can't be loaded: {error}")

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        """Call the code on generated inputs; the answer reads like an engine's."""
        plan = {
            "targets": list(subject.targets),
            "mutants": _mutants_for(budget),
            "skipped": [name for name, _ in self.survey(subject).skipped],
        }
        request = self._harness.request("explore", subject, plan, seconds=budget.seconds, seed=budget.seed)
        report = await self._harness.report(sandbox, request)
        tests = name_explored([test for test in report.get("tests", ()) if isinstance(test, dict)])
        imports = sorted({str(line) for test in tests for line in test.get("imports", ())})
        parts = [_explored(test) for test in tests]
        return "\n".join([*imports, f"import {subject.module_name}", "", "", *parts])

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        """Find the tests in an answer."""
        return python_candidates.candidates_in(text, subject)

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        """Look at the text alone."""
        return python_candidates.fault_in(candidate)

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        """Run each candidate in a process of its own."""
        test_seconds = min(_TEST_SECONDS, max(budget.seconds * _TEST_SHARE, _TEST_SECONDS_AT_LEAST))
        plan = {"candidates": as_plain(candidates), "test_seconds": test_seconds}
        request = self._harness.request("run_tests", subject, plan, seconds=budget.seconds, seed=budget.seed)
        try:
            report = await self._harness.report(sandbox, request)
        except SourceRejected as error:
            report = {} if "was stopped after" in str(error) else {"load": str(error)}
        by_name = {
            str(item.get("name")): item for item in report.get("outcomes", ()) if isinstance(item, dict)
        }
        missing = {"detail": report["load"]} if "load" in report else _NOT_RUN
        return tuple(
            _outcome(candidate.name, by_name.get(candidate.name, missing)) for candidate in candidates
        )

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        """Put small faults into the subject and see which candidates notice."""
        plan = {
            "candidates": as_plain(candidates),
            "test_seconds": _TEST_SECONDS,
            "limit": _mutants_for(budget),
        }
        request = self._harness.request("mutate", subject, plan, seconds=budget.seconds, seed=budget.seed)
        try:
            report = await self._harness.report(sandbox, request)
        except SourceRejected:
            return MutationReport(is_complete=False)
        return MutationReport(
            total=int(report["total"]),
            killed_by={str(mutant): tuple(names) for mutant, names in report["killed"].items()},
            survivors=tuple(report["survivors"]),
            is_complete=bool(report["complete"]),
        )

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Count without gaps."""
        return renumber(candidates)

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        """Write the test file."""
        return self._ruff.formatted(self._written(subject, candidates))

    def _written(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        return python_writing.write_test_file(subject, candidates, is_laid_out=self._ruff.is_present)

    def test_path(self, subject: Subject) -> str:
        """File name of the tests."""
        return python_writing.test_path(subject)

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        """Run plain pytest on the file, and beside it a run under coverage.py, whose figures are left out where it has no time for them."""
        path = self.test_path(subject)
        text = await self._ruff.format(self._written(subject, candidates), path, sandbox)
        files = {subject.path: subject.source, path: text}
        measuring = asyncio.create_task(
            self._measured(self._coverage_run(subject, candidates, text, budget), sandbox)
        )
        try:
            outcome = await sandbox.run(_plain_run(files, path, budget))
            is_passed = _has_passed(outcome, len(candidates))
            report = await measuring if is_passed else {}
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)
        return Proof(
            is_passed=is_passed and report.get("exit_code") == 0,
            command=("pytest", path),
            coverage=_coverage(report, python_survey.lines_of(subject.source, subject.targets)),
            detail="" if is_passed else _why_not(outcome),
            is_timed_out=outcome.end is SandboxEnd.TIMED_OUT,
        )

    def _coverage_run(
        self, subject: Subject, candidates: Sequence[Candidate], text: str, budget: Budget
    ) -> SandboxRequest:
        path = self.test_path(subject)
        seconds = max(min(budget.seconds, _PROOF_SECONDS), _COVERAGE_SECONDS_AT_LEAST)
        plan = _proof_plan(path, subject) | {"candidates": as_plain(candidates)}
        request = self._harness.request("prove", subject, plan, seconds=seconds, seed=budget.seed)
        return replace(request, files={**request.files, f"subject/{path}": text})

    async def _measured(self, request: SandboxRequest, sandbox: Sandbox) -> Mapping[str, Any]:
        try:
            return await self._harness.report(sandbox, request)
        except SourceRejected:
            return {"exit_code": 0}  # the plain runner has the last word; what was lost is the measurement


def _mutants_for(budget: Budget) -> int:
    return int(min(max(_MUTANTS, _MUTANTS_A_SECOND * budget.seconds), _MOST_MUTANTS))


def _plain_run(files: Mapping[str, str], path: str, budget: Budget) -> SandboxRequest:
    seconds = min(max(budget.seconds, 5.0), _PROOF_SECONDS)
    return SandboxRequest(
        argv=("{python}", "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", path),
        files=files,
        env=environment(budget.seed),
        limits=Limits(wall_seconds=seconds, cpu_seconds=int(_PROOF_SECONDS)),
    )


def _has_passed(outcome: SandboxOutcome, tests: int) -> bool:
    """Whether pytest ended well and ran every test; one with several sets of parameters counts several times."""
    passed = re.search(r"\b(\d+) passed", outcome.stdout)
    is_well = outcome.end is SandboxEnd.EXITED and outcome.exit_code == 0
    return is_well and passed is not None and int(passed[1]) >= tests


def _why_not(outcome: SandboxOutcome) -> str:
    is_over = outcome.end is SandboxEnd.EXITED and outcome.stdout
    return outcome.stdout[-3000:] if is_over else explain(outcome)


def _proof_plan(path: str, subject: Subject) -> dict[str, Any]:
    return {"folder": "subject", "subject": subject.path, "tests": path, "report": "../report.json"}


def _explored(test: Mapping[str, Any]) -> str:
    arguments = "capsys" if test.get("capture") else ""
    about = python_candidates.note(str(test["target"]), str(test["oracle"]))
    return f"{about}\ndef {test['name']}({arguments}):\n{test['body']}\n\n"


def _outcome(name: str, item: Mapping[str, Any]) -> TestOutcome:
    return TestOutcome(
        name=name,
        is_passed=item.get("passed") is True,
        detail=str(item.get("detail", ""))[:500],
        is_timed_out=bool(item.get("timed_out")),
        is_run=not item.get("skipped"),
        lines=frozenset(int(line) for line in item.get("lines", ())),
        branches=frozenset(str(branch) for branch in item.get("branches", ())),
    )


def _coverage(report: Mapping[str, Any], only: frozenset[int] | None) -> Coverage:
    """Read coverage.py's lines and branches, where it was measured; `only` leaves the lines out that nobody asked for."""

    def wanted(name: str) -> list[int]:
        return [int(line) for line in report.get(name, ()) if only is None or int(line) in only]

    def starts(name: str) -> Counter[int]:
        lines = (int(branch[0]) for branch in report.get(name, ()))
        return Counter(line for line in lines if only is None or line in only)

    covered, missed = wanted("executed_lines"), wanted("missing_lines")
    taken, left = starts("executed_branches"), starts("missing_branches")
    there = taken + left
    return Coverage(
        lines_covered=len(covered),
        lines_total=len(covered) + len(missed),
        branches_covered=taken.total(),
        branches_total=there.total(),
        covered_lines=tuple(covered),
        missed_lines=tuple(missed),
        branch_lines=tuple((line, taken[line], there[line]) for line in sorted(there)),
    )
