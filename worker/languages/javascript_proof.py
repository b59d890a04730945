"""Reading the last run: did every test pass in the plain runner, and what did V8 count."""

import re
from collections.abc import Sequence
from typing import Any

from worker.domain.candidate import Candidate, Proof
from worker.domain.exchange import Subject
from worker.languages.javascript_points import find_points
from worker.languages.javascript_process import Report
from worker.languages.javascript_v8 import Range, coverage_from

_VERDICT = re.compile(r"\s*(not )?ok \d+ - (.*?)(?: # (?:SKIP|TODO).*)?$")
_ESCAPED = re.compile(r"\\([#\\])")


def read_proof(
    report: Report,
    subject: Subject,
    command: tuple[str, ...],
    candidates: Sequence[Candidate],
    *,
    only: frozenset[int] | None = None,
) -> Proof:
    """Judge by the exit code and by the runner's word on each test, which a subject that ends the process early never gets."""
    source = subject.source
    points = find_points(source)
    entry: dict[str, Any] = next((one for one in report.entries if "code" in one), {})
    passed, failed = _verdicts(entry)
    wanted = {candidate.name.strip() for candidate in candidates}
    is_passed = bool(wanted) and entry.get("code") == 0 and wanted <= passed and not wanted & failed
    return Proof(
        is_passed=is_passed,
        command=command,
        coverage=coverage_from(points, source, [_ranges(one) for one in entry.get("counted", ())], only=only),
        detail="" if is_passed else _detail(entry, report, sorted(wanted & failed)),
        is_timed_out=not is_passed and (report.is_timed_out or entry.get("timedOut") is True),
    )


def _verdicts(entry: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the names of tests that passed and that failed, from lines of TAP, where `#` and the backslash are escaped."""
    passed: set[str] = set()
    failed: set[str] = set()
    for line in entry.get("verdicts", ()):
        match = _VERDICT.match(line)
        if match is not None:
            (failed if match[1] else passed).add(_ESCAPED.sub(r"\1", match[2]).strip())
    return passed, failed


def _detail(entry: dict[str, Any], report: Report, failing: Sequence[str]) -> str:
    if failing:
        return "\n".join(["these tests fail in the whole file:", *failing])
    if entry.get("timedOut") is True:
        return "the test file does not end by itself: something that the code starts (a timer, a server, a loop) goes on"
    return str(entry.get("output", "")).strip()[-2000:] or report.death()


def _ranges(listed: Any) -> list[Range]:
    return [(int(start), int(end), int(count)) for start, end, count in listed]
