"""Our side: the product's pipeline with its built-in engine in its sandbox, as a worker wires them."""

import time
from dataclasses import dataclass

from bench.quality.subjects import Subject
from bench.quality.suites import Made, Suite
from worker.adapters.system_clock import SystemClock
from worker.domain.errors import WorkerError
from worker.domain.job import Job, JobKind
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.ports import Language, Sandbox


@dataclass(frozen=True, kw_only=True)
class Builtin:
    """Has suites made by the product."""

    language: Language
    sandbox: Sandbox
    budget_seconds: float
    seed: int = 1
    name: str = "ours"

    async def make(self, subject: Subject) -> Made:
        """Hand in a job and wait for its outcome."""
        languages = [self.language]
        pipeline = TestPipeline(
            engine=BuiltinEngine(languages=languages, sandbox=self.sandbox),
            languages=languages,
            sandbox=self.sandbox,
            clock=SystemClock(),
        )
        job = Job(
            job_id="bench",
            kind=JobKind.TEST,
            language=self.language.name,
            code=subject.correct,
            path=f"{subject.module}.py" if self.language.name == "python" else None,
            seed=self.seed,
        )
        began = time.monotonic()
        try:
            outcome = await pipeline.run(job, budget_seconds=self.budget_seconds)
        except WorkerError as error:  # a job that fails is a subject without a suite
            return Made(suite=None, seconds=time.monotonic() - began, note=f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - began
        file, coverage = outcome.test_file, outcome.coverage
        if file is None:
            return Made(suite=None, seconds=seconds, note=outcome.explanation)
        return Made(
            suite=Suite(path=file.path, subject_path=file.subject_path, content=file.content),
            seconds=seconds,
            own_account={
                "branches_taken": coverage.branches_covered if coverage else 0,
                "branches": coverage.branches_total if coverage else 0,
                "mutants_killed": outcome.mutants_killed,
                "mutants": outcome.mutants_total,
            },
        )
