"""Reading the last run: did every test pass in the plain runner, and what did V8 count."""

import re
from typing import Any

from worker.domain.candidate import Proof
from worker.languages.javascript_points import find_points
from worker.languages.javascript_process import Report
from worker.languages.javascript_v8 import Range, coverage_from

_NOT_OK = re.compile(r"\s*not ok \d+ - (.*?)(?: # (?:SKIP|TODO).*)?$")
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
    detail = "" if is_passed else _detail(entry, report)
    return Proof(is_passed=is_passed, command=command, coverage=coverage, detail=detail)


def _detail(entry: dict[str, Any], report: Report) -> str:
    if entry.get("timedOut") is True:
        return "the test file does not end by itself: something that the code starts (a timer, a server, a loop) goes on"
    failing = [_failing(line) for line in entry.get("failures", ())]
    named = [name for name in failing if name and not name.endswith((".test.cjs", ".test.mjs"))]
    if named:
        return "\n".join(["these tests fail in the whole file:", *named])
    return str(entry.get("output", "")).strip()[-2000:] or report.death()


def _failing(line: str) -> str:
    """Read the name from a line of TAP, where the runner escapes `#` and the backslash."""
    match = _NOT_OK.match(line)
    return re.sub(r"\\([#\\])", r"\1", match[1]).strip() if match else ""


def _ranges(listed: Any) -> list[Range]:
    return [(int(start), int(end), int(count)) for start, end, count in listed]
