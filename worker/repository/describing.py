"""What a job on a repository says to people: the publication of its fixes, its check run, its one comment; pure.

Words that come from code, tests and engines are made harmless as in pull requests.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from worker.domain.forge import Annotation, AnnotationLevel, CheckConclusion, CheckReport
from worker.domain.job import Job, JobKind
from worker.domain.publication import Publication
from worker.domain.repository_report import RepositoryReport, UnitEnd, UnitReport
from worker.publication.branch import fingerprint
from worker.publication.wording import block, cell, prose
from worker.repository.aim import Aim
from worker.repository.evidence import LONGEST_EXCERPT, LONGEST_SOURCE
from worker.repository.mended import Mended

LONGEST_CELL = 300
LONGEST_NOTE = 2_000
LONGEST_DIFF = 6_000
MOST_DIFFS = 5
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? ")
_IN_WORDS = {
    UnitEnd.FIXED: "fixed",
    UnitEnd.PASSING: "tests pass",
    UnitEnd.UNFIXED: "not fixed",
    UnitEnd.TESTED: "tests proved",
    UnitEnd.UNTESTED: "no test kept",
    UnitEnd.UNSERVED: "not served",
    UnitEnd.NOT_REACHED: "not reached",
}


def publication_of(
    aim: Aim, report: RepositoryReport, mended: Sequence[Mended], *, job: Job, now: datetime
) -> Publication:
    """Make a publication of the fixes. What it is known by names faults and places, so that the same faults have the same pull request."""
    fixed = [unit for unit in report.units if unit.end is UnitEnd.FIXED]
    marks = sorted(f"{unit.path} {unit.fault} {' '.join(unit.tests)}" for unit in fixed)
    return Publication(
        repository=aim.repository,
        base_branch=aim.branch,
        base_commit=aim.commit,
        fingerprint=fingerprint(aim.repository, aim.branch, *marks),
        title=_title(mended),
        what="\n\n".join([*_read_for_it(report), *(f"{one.path}: {one.what}" for one in mended)]),
        why="\n\n".join(f"{one.path}: {one.why}" for one in mended),
        fixes=tuple(one.fix for one in mended),
        made_at=now,
        log="\n\n".join(f"{one.path}\n{one.log}" for one in mended),
        job_id=job.job_id,
    )


def _read_for_it(report: RepositoryReport) -> Iterator[str]:
    if report.log_source and report.log_excerpt:
        yield f"Read for it: what {report.log_source} said."


def check_of(job: Job, report: RepositoryReport) -> CheckReport:
    """Write the check run on the commit."""
    return CheckReport(
        name="fleet / fix" if job.kind is JobKind.FIX else "fleet / tests",
        head_sha=report.commit,
        title=headline(job, report),
        summary=body_of(job, report),
        conclusion=_conclusion(report),
        annotations=tuple(_annotations(report)),
    )


def headline(job: Job, report: RepositoryReport) -> str:
    """Say it in one line."""
    units = report.units
    if not units:
        return (
            "No module with tests was found"
            if job.kind is JobKind.FIX
            else "The change touches no module that could be tested"
        )
    fixed, failing = _count(units, UnitEnd.FIXED), _count(units, UnitEnd.UNFIXED)
    if job.kind is JobKind.TEST:
        kept = sum(unit.kept for unit in units)
        return f"{_counted(kept, 'test')} proved for {_count(units, UnitEnd.TESTED)} of {_counted(len(units), 'module')}"
    if not fixed and not failing and _count(units, UnitEnd.PASSING):
        return f"Nothing to fix: {_passing(units)}"
    more = f", {failing} not" if failing else ""
    return f"{_counted(fixed, 'module')} fixed{more}, of {len(units)} looked at"


def body_of(job: Job, report: RepositoryReport) -> str:
    """Write what check run and comment hold."""
    parts = [f"**{cell(headline(job, report), most=LONGEST_CELL)}**", *_published(report)]
    if report.units:
        parts.append(_table(job, report))
    if report.left_out:
        parts.append(
            f"{_counted(report.left_out, 'more module')} found: one job works on a bounded number, what changed first."
        )
    parts += _of_log(report)
    if report.publication is None:
        parts += _diffs(report)
    if job.kind is JobKind.TEST and any(unit.artifact for unit in report.units):
        parts.append("The tests lie in the fleet's bucket under the names above.")
    parts.append(f"Commit `{report.commit[:12]}`, job `{job.job_id}`.")
    return "\n\n".join(parts)


def _published(report: RepositoryReport) -> Iterator[str]:
    outcome = report.publication
    if outcome is None:
        return
    place = f"#{outcome.number}: " if outcome.number else ""
    yield f"{place}{prose(outcome.explanation, most=1000)}"


def _table(job: Job, report: RepositoryReport) -> str:
    if job.kind is JobKind.TEST:
        rows = ["| module | tests | lines run | faults noticed | file or reason |", "|---|---|---|---|---|"]
        rows += [_test_row(unit) for unit in report.units]
    else:
        rows = ["| module | outcome | fault | what was found |", "|---|---|---|---|"]
        rows += [_fix_row(unit) for unit in report.units]
    return "\n".join(rows)


def _test_row(unit: UnitReport) -> str:
    lines = f"{unit.line_ratio:.0%}" if unit.line_ratio is not None else "–"
    noticed = f"{unit.mutants_killed} of {unit.mutants_total}" if unit.mutants_total else "–"
    last = unit.artifact or f"{_IN_WORDS[unit.end]}: {unit.explanation}"
    return f"| {_cell(unit.path)} | {unit.kept} | {lines} | {noticed} | {_cell(last)} |"


def _fix_row(unit: UnitReport) -> str:
    fault = "" if unit.end is UnitEnd.PASSING else unit.fault
    end = _IN_WORDS[unit.end] if unit.tests or unit.end is not UnitEnd.PASSING else "compiles"
    return f"| {_cell(unit.path)} | {end} | {_cell(fault)} | {_cell(unit.explanation)} |"


def _of_log(report: RepositoryReport) -> Iterator[str]:
    """Show what failed runs said: they speak, too, where nothing here repeats the failure."""
    if report.log_source and report.log_excerpt:
        yield f"What {cell(report.log_source, most=LONGEST_SOURCE)} said last:"
        yield block(report.log_excerpt, most=LONGEST_EXCERPT)
    if report.log_note:
        yield prose(report.log_note, most=LONGEST_NOTE)


def _diffs(report: RepositoryReport) -> Iterator[str]:
    """Show the patches where they are not published: on a fork, nothing is pushed."""
    fixed = [unit for unit in report.units if unit.diff][:MOST_DIFFS]
    if fixed:
        yield "Nothing was pushed: the proved patches, to be put on by `git apply`:"
    for unit in fixed:
        yield block(unit.diff, most=LONGEST_DIFF)


def _annotations(report: RepositoryReport) -> Iterator[Annotation]:
    for unit in report.units:
        for start, end in patched_lines(unit.diff):
            yield Annotation(
                path=unit.path,
                start_line=start,
                end_line=end,
                level=AnnotationLevel.WARNING,
                title=f"{unit.fault}: a fix is proved",
                message=unit.explanation,
            )


def patched_lines(diff: str) -> list[tuple[int, int]]:
    """Return the first and the last line of each change, as the commit has them; where lines only come in, the line before them."""
    found: list[tuple[int, int]] = []
    line = 0
    for row in diff.splitlines():
        hunk = _HUNK.match(row)
        if hunk is not None:
            line = int(hunk[1]) + (hunk[2] == "0")  # a hunk without old lines names the line before it
        elif row.startswith("--- ") or not line:
            continue
        elif row.startswith(("-", "+")):
            place = line if row.startswith("-") else max(line - 1, 1)
            if found and place - found[-1][1] <= 1:
                found[-1] = (found[-1][0], max(place, found[-1][1]))
            else:
                found.append((place, place))
            line += row.startswith("-")
        elif not row.startswith("\\"):
            line += 1
    return found


def _conclusion(report: RepositoryReport) -> CheckConclusion:
    """A fix waits for a person, and what found nothing fails nobody's build."""
    ends = {unit.end for unit in report.units}
    good = {UnitEnd.PASSING, UnitEnd.TESTED}
    return CheckConclusion.SUCCESS if ends and ends <= good else CheckConclusion.NEUTRAL


def _title(mended: Sequence[Mended]) -> str:
    if len(mended) == 1:
        return mended[0].fix.title
    return f"Mend {len(mended)} faults in {', '.join(one.path for one in mended)}"


def _count(units: Sequence[UnitReport], end: UnitEnd) -> int:
    return sum(unit.end is end for unit in units)


def _passing(units: Sequence[UnitReport]) -> str:
    """Name what passes by what judged it."""
    passing = [unit for unit in units if unit.end is UnitEnd.PASSING]
    tested = sum(bool(unit.tests) for unit in passing)
    compiled = _counted(len(passing) - tested, "module")
    parts = [f"the tests of {_counted(tested, 'module')} pass"] if tested else []
    if tested < len(passing):
        parts.append(f"{compiled} without tests compile{'s' if len(passing) - tested == 1 else ''}")
    return ", ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cell(text: str) -> str:
    return cell(text, most=LONGEST_CELL)
