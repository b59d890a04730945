"""Writes tests for the modules that a change touched, each by the pipeline that tests one module."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from worker.domain.attempt import EndReason
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.repository_report import UnitEnd, UnitReport, tests_key
from worker.ports import Artifacts, Pipeline
from worker.repository.fixing import Worked
from worker.repository.layouts import is_unit, layout_of
from worker.repository.pace import Pace, side_by_side
from worker.repository.sources import Sources


def modules_in(sources: Sources) -> list[str]:
    """Return the modules that the change touched, and that are there."""
    return [path for path in sorted(sources.changed & sources.texts.keys()) if is_unit(path)]


async def cover_modules(
    paths: Sequence[str], texts: Mapping[str, str], job: Job, *, pipeline: Pipeline, pace: Pace
) -> Worked:
    """Work on all of them."""
    worked = Worked()

    async def on(path: str) -> None:
        layout = layout_of(path)
        language = layout.language if layout is not None else ""
        inner = replace(job, language=language, code=texts[path], path=path, origin=None, targets=())
        async with pace.gate:
            outcome = await pace.spent_on(lambda seconds: pipeline.run(inner, budget_seconds=seconds))
        worked.take(_reported(path, language, job, outcome), outcome)

    await side_by_side(on(path) for path in paths)
    return worked


async def keep_tests(worked: Worked, artifacts: Artifacts) -> None:
    """Store the tests; to do so twice changes nothing that matters."""
    for path, outcome in worked.outcomes.items():
        if outcome.test_file is not None:
            await artifacts.put(
                worked.reports[path].artifact,
                outcome.test_file.content.encode("utf-8", "backslashreplace"),
                content_type="text/plain; charset=utf-8",
            )


def _reported(path: str, language: str, job: Job, outcome: PipelineOutcome | None) -> UnitReport:
    report = UnitReport(
        path=path,
        language=language,
        end=UnitEnd.NOT_REACHED,
        explanation="There was no time left for it.",
    )
    if outcome is None:
        return report
    if outcome.test_file is None:
        is_unserved = outcome.end_reason is EndReason.REQUEST_REJECTED
        end = UnitEnd.UNSERVED if is_unserved else UnitEnd.UNTESTED
        return replace(report, end=end, explanation=outcome.explanation)
    folder = path.rpartition("/")[0]
    name = f"{folder}/{outcome.test_file.path}" if folder else outcome.test_file.path
    return replace(
        report,
        end=UnitEnd.TESTED,
        explanation=outcome.explanation,
        kept=len(outcome.tests),
        line_ratio=outcome.coverage.line_ratio if outcome.coverage is not None else None,
        mutants_killed=outcome.mutants_killed,
        mutants_total=outcome.mutants_total,
        artifact=tests_key(job.job_id, name),
    )
