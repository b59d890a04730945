"""RepositoryPipeline: from a commit on a forge to what people there see of it.

| step | done already when |
|---|---|
| 1 complete what the delivery told (aim) | - |
| 2 read the commit and the log of what failed, find modules and tests, mend or test them | the record is kept |
| 2a hand modules that the time did not suffice for to child jobs, come back for what they found | see worker.repository.handing |
| 3 keep the record: report, and publication where there is one | it is there: the first one wins |
| 4 publish: branch and pull request | see worker.publication.publish |
| 5 answer: check run, one comment | they say the same |

Each step can be done twice, and from step 3 on nothing is worked out anew: whoever dies is repeated by the next attempt. A job that
brings its code along goes to the pipeline for one module as before.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.errors import ForgeRefused, RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.origin import Origin
from worker.domain.outcome import PipelineOutcome
from worker.domain.publication import PublicationEnd, PublicationOutcome, Repository
from worker.domain.repository_report import RepositoryReport, UnitEnd
from worker.ports import Artifacts, Clock, Pipeline
from worker.publication.keeping import publish_kept
from worker.publication.wording import prose
from worker.publication_ports import Forge, Reports
from worker.repository.aim import Aim, aim_of
from worker.repository.child_modules import ChildModules
from worker.repository.describing import body_of, check_of, headline, publication_of
from worker.repository.evidence import Evidence, evidence_of
from worker.repository.fixing import Worked
from worker.repository.handing import Handed
from worker.repository.looking import look, report_of
from worker.repository.mended import Mended
from worker.repository.pace import Pace
from worker.repository.record import Record, keep, kept_record
from worker.repository.sources import read_sources
from worker.repository.testing import cover_modules, keep_tests, modules_in
from worker.repository.units import MOST_UNITS
from worker.repository_ports import Checkouts, Failures, Pulls, SourceCheckout

NO_CHECKOUT = "this worker fetches no repositories (it is given no forge): send the code of the files, as `submit --range A..B` and the Action do"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The forge, and where work is kept."""

    checkouts: Checkouts
    """Opens a store for each job."""
    forge: Forge
    """For fixes."""
    reports: Reports
    """For answers."""
    pulls: Pulls
    """Says what a pull request holds."""
    failures: Failures
    """Says what a failed run said."""
    artifacts: Artifacts
    """Keeps work and tests."""
    children: ChildModules | None = None
    """Search on where the time of one worker ended."""


class RepositoryPipeline:
    """A `worker.ports.Pipeline` around the one for single modules."""

    def __init__(self, modules: Pipeline, *, surroundings: Surroundings | None, clock: Clock) -> None:
        """Let `modules` do the work on each module; without surroundings jobs on repositories are refused."""
        self._modules = modules
        self._surroundings = surroundings
        self._clock = clock

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job; raises ForgeUnavailable, ForgeRefused, StoreUnavailable and what the inner pipeline raises."""
        if job.origin is None or job.code:
            return await self._modules.run(job, budget_seconds=budget_seconds)
        if self._surroundings is None:
            raise RequestRejected(NO_CHECKOUT)
        work = RepositoryWork(job, job.origin, self._modules, around=self._surroundings, clock=self._clock)
        return await work.run(budget_seconds)


class RepositoryWork:
    """One such job."""

    def __init__(
        self, job: Job, origin: Origin, modules: Pipeline, *, around: Surroundings, clock: Clock
    ) -> None:
        """Work on this."""
        self._job = job
        self._origin = origin
        self._modules = modules
        self._around = around
        self._clock = clock

    async def run(self, budget_seconds: float) -> PipelineOutcome:
        """Do what is not done yet."""
        job = self._job
        pace = Pace(self._clock, seconds=budget_seconds)
        worked = Worked()
        async with self._around.checkouts() as checkout:
            record = await kept_record(job.job_id, self._around.artifacts)
            if record is None:
                done = await self._worked_out(checkout, pace)
                if isinstance(done, PipelineOutcome):
                    return replace(done, budget_seconds=budget_seconds)
                record, worked = done
            report = await self._published(record, checkout)
        notes = await self._answered(report)
        outcome = _outcome(job, report, notes)
        return replace(
            outcome, budget_seconds=budget_seconds, usage=worked.usage, sandbox_layers=worked.layers
        )

    async def _worked_out(
        self, checkout: SourceCheckout, pace: Pace
    ) -> tuple[Record, Worked] | PipelineOutcome:
        work = self._fixed if self._job.kind is JobKind.FIX else self._tested
        done = await work(checkout, pace)
        if isinstance(done, PipelineOutcome):
            return done
        record, worked = done
        return await keep(record, self._job.job_id, self._around.artifacts), worked

    async def _aim(self) -> Aim:
        """Complete what was told; who asked for what can't be done hears why."""
        origin = self._origin
        try:
            return await aim_of(origin, self._around.pulls)
        except RequestRejected as error:
            repository = Repository.parse(origin.repository)
            if repository is not None and origin.pull_request is not None:
                with contextlib.suppress(ForgeRefused):
                    await self._around.reports.upsert_comment(
                        repository,
                        origin.pull_request,
                        marker=self._job.kind.value,
                        body=f"Nothing was done: {prose(str(error), most=500)}.",
                    )
            raise

    async def _fixed(self, checkout: SourceCheckout, pace: Pace) -> tuple[Record, Worked] | PipelineOutcome:
        """Mend what can be mended here, hand out what is left, gather it; an outcome where child jobs are waited for."""
        job, children = self._job, self._around.children
        handed = await children.kept(job) if children is not None else None
        if children is not None and handed is not None:
            return await self._gathered(children, handed, pace)
        aim = await self._aim()
        said, sources = await self._said(aim), await read_sources(aim, checkout)
        looked = await look(aim, sources, said, job, modules=self._modules, pace=pace)
        handed = None
        if children is not None:
            handed = await children.dealt(looked, job, budget_seconds=pace.seconds)
        if children is not None and handed is not None:
            return await self._gathered(children, handed, pace)
        return self._record(aim, looked.report, looked.mended), looked.worked

    async def _gathered(
        self, children: ChildModules, handed: Handed, pace: Pace
    ) -> tuple[Record, Worked] | PipelineOutcome:
        gathered = await children.gathered(handed, pace)
        if isinstance(gathered, PipelineOutcome):
            return gathered
        return self._record(handed.aim, gathered.report, gathered.mended), gathered.worked

    def _record(self, aim: Aim, report: RepositoryReport, mended: Sequence[Mended]) -> Record:
        publication = None
        if mended and aim.branch:
            publication = publication_of(aim, report, mended, job=self._job, now=self._clock.now())
        return Record(report=report, publication=publication)

    async def _said(self, aim: Aim) -> Evidence:
        """Ask what the run said whose failure began the job; where none is named, all that failed on the commit."""
        origin, failures = self._origin, self._around.failures
        if origin.run_id is not None:
            return evidence_of([await failures.of_run(aim.repository, origin.run_id)])
        logs = []
        if origin.check_run_id is not None:
            logs.append(await failures.of_check(aim.repository, origin.check_run_id))
        return evidence_of([*logs, *await failures.of_commit(aim.repository, aim.commit)])

    async def _tested(self, checkout: SourceCheckout, pace: Pace) -> tuple[Record, Worked]:
        job, aim = self._job, await self._aim()
        sources = await read_sources(aim, checkout)
        found = modules_in(sources)
        paths = found[:MOST_UNITS]
        worked = await cover_modules(paths, sources.texts, job, pipeline=self._modules, pace=pace)
        await keep_tests(worked, self._around.artifacts)
        return Record(report=report_of(aim, paths, worked, left_out=len(found) - len(paths))), worked

    async def _published(self, record: Record, checkout: SourceCheckout) -> RepositoryReport:
        """Publish where there is something; a forge that refuses for good is told of as an end."""
        if record.publication is None:
            return record.report
        around = self._around
        try:
            outcome = await publish_kept(
                record.publication, checkout=checkout, forge=around.forge, artifacts=around.artifacts
            )
        except ForgeRefused as error:
            outcome = PublicationOutcome(end=PublicationEnd.FORBIDDEN, explanation=str(error))
        return replace(record.report, publication=outcome)

    async def _answered(self, report: RepositoryReport) -> str:
        """Answer on the commit and in the pull request; return what could not be said there, for the result."""
        job, number = self._job, self._origin.pull_request
        repository = Repository.parse(report.repository)
        if repository is None:
            return ""
        notes = []
        try:
            await self._around.reports.report_check(repository, check_of(job, report))
        except ForgeRefused as error:  # check runs take an App; a person's token may still comment
            notes.append(f"No check run: {error}.")
        if number is not None:
            try:
                await self._around.reports.upsert_comment(
                    repository, number, marker=job.kind.value, body=body_of(job, report)
                )
            except ForgeRefused as error:
                notes.append(f"No comment: {error}.")
        return " ".join(notes)


def _outcome(job: Job, report: RepositoryReport, notes: str) -> PipelineOutcome:
    is_proved = any(unit.end in {UnitEnd.FIXED, UnitEnd.TESTED} for unit in report.units)
    published = report.publication.explanation if report.publication is not None else ""
    return PipelineOutcome(
        end_reason=EndReason.PROVED if is_proved else EndReason.NOTHING_KEPT,
        explanation=" ".join(part for part in (f"{headline(job, report)}.", published, notes) if part),
        repository_report=report,
    )
