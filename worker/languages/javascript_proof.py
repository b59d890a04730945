"""Reading the last run: did every test pass in the plain runner, and what did V8 count."""

import re
from typing import Any

from worker.domain.candidate import Proof
from worker.languages.javascript_points import find_points
from worker.languages.javascript_process import Report
from worker.languages.javascript_v8 import Range, coverage_from

_PASSED = re.compile(r"^(?:#|ℹ) pass (\d+)$", re.MULTILINE)
_FAILED = re.compile(r"^(?:#|ℹ) fail (\d+)$", re.MULTILINE)


def read_proof(report: Report, source: str, command: tuple[str, ...], *, tests: int) -> Proof:
    """Judge: the runner's exit code, and its own count of passed tests, which a subject that ends the process can't reach."""
    points = find_points(source)
    entry: dict[str, Any] = next((one for one in report.entries if "code" in one), {})
    output = str(entry.get("output", ""))
    passed, failed = _PASSED.search(output), _FAILED.search(output)
    is_passed = (
        entry.get("code") == 0
        and passed is not None
        and failed is not None
        and (int(passed[1]), int(failed[1])) == (tests, 0)
    )
    coverage = coverage_from(points, source, [_ranges(one) for one in entry.get("counted", ())])
    detail = "" if is_passed else (output.strip()[-2000:] or report.death())
    return Proof(is_passed=is_passed, command=command, coverage=coverage, detail=detail)


def _ranges(listed: Any) -> list[Range]:
    return [(int(start), int(end), int(count)) for start, end, count in listed]
