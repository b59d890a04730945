"""A user's own load: CSV with the time at which each job came and the seconds that it took."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime

from automation.errors import UsageFault
from automation.simulation.workload import HOUR_SECONDS, Job, Workload

SHOWN_FAULTS = 3
MOST_JOBS = 500_000
LONGEST_JOB_SECONDS = 86_400.0


def read_trace(lines: Iterable[str], *, name: str) -> Workload:
    """Read `time,seconds` a line; a time is a number of seconds or an ISO time; a first line of words is a heading.

    Raises UsageFault with the first faults and their lines.
    """
    jobs: list[tuple[float, float]] = []
    faults: list[str] = []
    for number, cells in enumerate(csv.reader(line for line in lines if line.strip()), start=1):
        try:
            jobs.append(_job(cells))
        except ValueError as fault:
            if number > 1 or not _is_heading(cells):
                faults.append(f"line {number}: {fault}")
    if not jobs and not faults:
        faults.append("there is no job in it")
    if len(jobs) > MOST_JOBS:
        faults.append(f"{len(jobs)} jobs are more than {MOST_JOBS}")
    if faults:
        raise _refused(name, faults)
    jobs.sort()
    begin = jobs[0][0]
    return Workload(
        name=name,
        title=f"trace {name}",
        jobs=[Job(moment - begin, seconds) for moment, seconds in jobs],
        span_seconds=max(jobs[-1][0] - begin, HOUR_SECONDS),
    )


def _job(cells: list[str]) -> tuple[float, float]:
    if len(cells) < 2:
        raise ValueError("a time and a number of seconds are expected, separated by a comma")
    seconds = float(cells[1])
    if not 0 < seconds <= LONGEST_JOB_SECONDS:
        raise ValueError(f"{cells[1].strip()[:20]!r} seconds is not within 0 and {LONGEST_JOB_SECONDS:.0f}")
    return _moment(cells[0].strip()), seconds


def _moment(text: str) -> float:
    try:
        moment = float(text)
    except ValueError:
        try:
            given = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text[:40]!r} is neither a number of seconds nor an ISO time") from None
        moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
    if not abs(moment) < 1e12:
        raise ValueError(f"{text[:40]!r} is no time")
    return moment


def _is_heading(cells: list[str]) -> bool:
    return all(cell.strip()[:1].isalpha() for cell in cells[:2])


def _refused(name: str, faults: list[str]) -> UsageFault:
    shown = "; ".join(faults[:SHOWN_FAULTS])
    further = len(faults) - SHOWN_FAULTS
    return UsageFault(
        f"{name} is no trace: {shown}" + (f"; and {further} more faults" if further > 0 else ""),
        next_step="give a CSV file with lines such as 2026-11-25T09:00:00,41.5",
        reference="trace-invalid",
    )
