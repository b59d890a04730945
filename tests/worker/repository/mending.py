"""A pipeline for single modules that mends what says `WRONG`, and what says `SLIP` where a log tells of anything, and writes a test for what says `def`."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.diagnosis import Diagnosis, FaultClass, Finding
from worker.domain.errors import RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Edit, Patch, PatchOrigin, PatchVerdict, unified_diff
from worker.domain.repair import RepairReport
from worker.domain.result import KeptTest, TestFile
from worker.domain.usage import Usage
from worker.languages.python_repair_logs import findings_in

USAGE = Usage(sandbox_seconds=1.0, sandbox_runs=2)


@dataclass
class MendingPipeline:
    jobs: list[Job] = field(default_factory=list)
    before: Callable[[Job], None] = lambda job: None

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        self.jobs.append(job)
        self.before(job)
        if job.language == "typescript":
            raise RequestRejected("language 'typescript' can't be mended")
        return _mended(job) if job.kind is JobKind.FIX else _tested(job)


@dataclass
class StrictPipeline(MendingPipeline):
    """One whose tests fail for every module that they import and that says `WRONG`."""

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        self.jobs.append(job)
        stem = (job.path or "").removesuffix(".py")
        texts = {file.path.removesuffix(".py"): file.text for file in job.tests}
        tests = {name: text for name, text in texts.items() if name.startswith("test_")}
        wrong = {name for name, text in {**texts, stem: job.code}.items() if "WRONG" in text}
        failing = [name for name, text in tests.items() if any(f"import {one}\n" in text for one in wrong)]
        others = [name for name in failing if any(f"import {one}\n" in tests[name] for one in wrong - {stem})]
        if failing and not others:
            return _mended(job)
        fault = FaultClass.ASSERTION if failing else FaultClass.NONE
        diagnosis = Diagnosis(fault=fault, summary=f"{len(failing)} tests fail.", failing=tuple(failing))
        report = RepairReport(diagnosis=diagnosis)
        return PipelineOutcome(
            end_reason=EndReason.NOTHING_KEPT, explanation=diagnosis.summary, repair=report, usage=USAGE
        )


@dataclass
class TellingPipeline(StrictPipeline):
    """One whose files of tests hold a test for each module that they import: what mends a module makes that one pass."""

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        outcome = await super().run(job, budget_seconds=budget_seconds)
        if outcome.repair is None or outcome.repair.diff or "WRONG" not in job.code:
            return outcome
        return replace(outcome, repair=replace(outcome.repair, nearer=(_patch_of(job.code),)))


def _patch_of(code: str) -> Patch:
    start = code.index("WRONG")
    return Patch(
        edits=(Edit(start=start, end=start + 5, text="right"),),
        origin=PatchOrigin.BUILTIN,
        operator="word",
        description="WRONG becomes right",
        cost=1.0,
    )


def _mended(job: Job) -> PipelineOutcome:
    told = findings_in(job.log)
    wrong = "WRONG" in job.code
    if told and not wrong:
        return _of_log(job, told)
    beside = any("WRONG" in file.text for file in job.tests)
    if not wrong:
        fault = FaultClass.ASSERTION if beside else FaultClass.NONE
        diagnosis = Diagnosis(fault=fault, summary="No patch." if beside else "Everything passes.")
        return PipelineOutcome(
            end_reason=EndReason.NOTHING_KEPT,
            explanation=diagnosis.summary,
            repair=RepairReport(diagnosis=diagnosis),
            usage=USAGE,
        )
    patched = job.code.replace("WRONG", "right")
    patch = _patch_of(job.code)
    report = RepairReport(
        diagnosis=Diagnosis(
            fault=FaultClass.ASSERTION, summary="1 test fails.", failing=("test_it",), passing=("test_other",)
        ),
        diff=unified_diff(job.code, patched, job.path or ""),
        patched=patched,
        description=patch.description,
        command=("pytest", "-q"),
        verdicts=(PatchVerdict(patch=patch, rejection=None, tests_fixed=1, tests_kept=1, repeats=3),),
        confidence=0.9,
    )
    explanation = "1 test fails. Mended by @acme: WRONG becomes right."
    return PipelineOutcome(end_reason=EndReason.PROVED, explanation=explanation, repair=report, usage=USAGE)


def _of_log(job: Job, told: tuple[Finding, ...]) -> PipelineOutcome:
    """As the real one does: no test fails, so what the log tells counts, of this module before others; patches by rule are judged by tools."""
    own = [
        finding for finding in told if posixpath.basename(finding.path) == posixpath.basename(job.path or "")
    ]
    first = (own or told)[0]
    diagnosis = Diagnosis(fault=first.fault, summary=f"The log tells of {first.message}.", findings=told)
    patched = job.code.replace("SLIP", "right")
    if patched == job.code:
        return PipelineOutcome(
            end_reason=EndReason.NOTHING_KEPT,
            explanation=diagnosis.summary,
            repair=RepairReport(diagnosis=diagnosis),
        )
    patch = Patch(
        edits=(),
        origin=PatchOrigin.FIXER,
        operator="ruff-fix",
        description="SLIP becomes right",
        cost=1.0,
    )
    report = RepairReport(
        diagnosis=diagnosis,
        diff=unified_diff(job.code, patched, job.path or ""),
        patched=patched,
        description=patch.description,
        command=("ruff", "check"),
        verdicts=(PatchVerdict(patch=patch, rejection=None, tests_fixed=1, repeats=1 if job.tests else 0),),
    )
    return PipelineOutcome(end_reason=EndReason.PROVED, explanation=diagnosis.summary, repair=report)


def _tested(job: Job) -> PipelineOutcome:
    if "def" not in job.code:
        return PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation="There is nothing to test.")
    name = (job.path or "").rpartition("/")[2]
    kept = KeptTest(
        name="test_it",
        target="f",
        oracle="characterization",
        repeats=3,
        lines_added=2,
        branches_added=0,
        mutants_killed=1,
    )
    return PipelineOutcome(
        end_reason=EndReason.PROVED,
        explanation="1 test proved.",
        tests=(kept,),
        test_file=TestFile(
            path=f"test_{name}",
            subject_path=name,
            content="def test_it(): ...\n",
            command=("pytest",),
            subject_content=job.code,
        ),
        coverage=Coverage(lines_covered=3, lines_total=4),
        mutants_killed=3,
        mutants_total=5,
        usage=USAGE,
    )
