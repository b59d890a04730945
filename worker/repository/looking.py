"""The first look of a fix job: reads a commit and the log of what failed, finds modules and tests, and mends what can be mended in its time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from worker.domain.changed_lines import changed_lines_of
from worker.domain.job import Job
from worker.domain.repository_report import RepositoryReport
from worker.ports import Pipeline
from worker.repository.aim import Aim
from worker.repository.compiled import find_compiled, named_in
from worker.repository.evidence import Evidence, files_in
from worker.repository.fixing import Worked, fix_units
from worker.repository.mended import Mended, mended_in
from worker.repository.pace import Pace
from worker.repository.sources import Sources
from worker.repository.units import MOST_UNITS, Neighbours, Unit, find_units, links_of


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What came of it."""

    aim: Aim
    """The commit."""
    texts: Mapping[str, str]
    """Its files, as they are there."""
    evidence: Evidence
    """What failed said."""
    units: tuple[Unit, ...]
    """The modules, the likeliest first."""
    worked: Worked
    """What came of each."""
    report: RepositoryReport
    """The same, to be told."""
    mended: tuple[Mended, ...]
    """What is mended."""


async def look(
    aim: Aim, sources: Sources, said: Evidence, job: Job, *, modules: Pipeline, pace: Pace
) -> Looked:
    """Work on the modules of a commit; raises what `modules` raises."""
    named = files_in(said.text, sources.texts.keys())
    changed = await asyncio.to_thread(_lines_of_change, sources)
    evidence = replace(said, named=named, changed=changed)
    log = "\n".join(filter(None, (job.log, said.text)))
    found = await asyncio.to_thread(units_in, sources, log)  # it parses every file
    found = [*evidence.likeliest_first(found), *evidence.untested(found, sources.texts.keys())]
    units = tuple(found[:MOST_UNITS])
    worked = await fix_units(units, sources.texts, job, pipeline=modules, pace=pace, evidence=evidence)
    report = report_of(aim, [unit.path for unit in units], worked, left_out=len(found) - len(units))
    return Looked(
        aim=aim,
        texts=sources.texts,
        evidence=evidence,
        units=units,
        worked=worked,
        report=replace(
            report, log_source=evidence.source, log_note=evidence.note, log_excerpt=evidence.excerpt
        ),
        mended=mended_in(units, worked),
    )


def _lines_of_change(sources: Sources) -> dict[str, tuple[int, ...]]:
    return {path: changed_lines_of(text, sources.texts[path]) for path, text in sources.before.items()}


def units_in(sources: Sources, log: str) -> list[Unit]:
    """Find what tests reach, and what only a compiler can judge: what the change or the log is about comes first."""
    texts, named = sources.texts, named_in(log, sources.texts.keys())
    neighbours = Neighbours(links_of(texts), texts)
    tested = find_units(texts, sources.changed | named, neighbours)
    paths = {unit.path for unit in tested}
    compiled = find_compiled(neighbours, texts, sources.changed, named, tested=paths)
    return sorted([*tested, *compiled], key=lambda unit: not unit.is_changed)


def report_of(aim: Aim, paths: Sequence[str], worked: Worked, *, left_out: int) -> RepositoryReport:
    """Tell what came of modules."""
    return RepositoryReport(
        repository=aim.repository.full_name,
        commit=aim.commit,
        branch=aim.branch,
        units=tuple(worked.reports[path] for path in paths if path in worked.reports),
        left_out=left_out,
    )
