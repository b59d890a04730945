"""What a failing command printed: pytest, unittest, a traceback, ruff, mypy. A log is material: it only ever names places and errors."""

import re
from collections.abc import Iterator

from worker.domain.diagnosis import FaultClass, Finding
from worker.languages.python_repair_errors import class_of_error

_PYTEST = re.compile(r"^(?:FAILED|ERROR) (?P<path>\S+?\.py)(?:::(?P<test>\S+))?(?: - (?P<message>.*))?$")
_PYTEST_PLACE = re.compile(
    r"^(?P<path>\S+?\.py):(?P<line>\d+): (?P<error>[A-Za-z_.]*(?:Error|Exception|Exit|Interrupt|Warning))$"
)
_UNITTEST = re.compile(r"^(?:FAIL|ERROR): (?P<test>\w+) \((?P<where>[\w.]+)\)")
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_ERROR = re.compile(
    r"^(?:E\s+)?(?P<error>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Iteration|Failed)|AssertionError)(?:: (?P<message>.*))?$"
)
_ASSERT = re.compile(r"^E\s+(?P<message>assert .*)$")
_RUFF = re.compile(
    r"^(?P<path>[^\s:]+\.pyi?):(?P<line>\d+):(?P<column>\d+): (?P<code>[A-Z]{1,4}\d{3,4}|invalid-syntax|SyntaxError)\b:? ?(?:\[\*\] )?(?P<message>.*)$"
)
_RUFF_FULL = re.compile(r"^(?P<code>[A-Z]{1,4}\d{3,4}|invalid-syntax)(?: \[\*\])?:? (?P<message>.+)$")
_ARROW = re.compile(r"^\s*--> (?P<path>[^\s:]+):(?P<line>\d+):(?P<column>\d+)$")
_MYPY = re.compile(
    r"^(?P<path>[^\s:]+\.pyi?):(?P<line>\d+)(?::(?P<column>\d+))?: error: (?P<message>.*?)(?:\s+\[(?P<code>[\w-]+)\])?$"
)
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOST = re.compile(
    r"No space left|Connection refused|Temporary failure in name resolution|Could not resolve host|ReadTimeout|command not found|No matching distribution|ResolutionImpossible"
)
_MOST = 100


def findings_in(log: str) -> tuple[Finding, ...]:
    """List what a log tells, each message once."""
    lines = [_ESCAPES.sub("", line).rstrip("\r") for line in log.splitlines()]
    unique: dict[tuple[str, str, int, str], Finding] = {}
    for finding in (*_of_tools(lines), *_of_runs(lines)):
        unique.setdefault((finding.path, finding.code, finding.line, finding.message), finding)
    return tuple(unique.values())[:_MOST]


def _of_tools(lines: list[str]) -> Iterator[Finding]:
    """Linters and type checkers: a line for each."""
    pending: re.Match[str] | None = None
    for line in lines:
        found = _RUFF.match(line)
        if found:
            yield _linted(found, found)
            continue
        checked = _MYPY.match(line)
        if checked:
            yield Finding(
                tool="mypy",
                fault=FaultClass.SYNTAX if checked["code"] == "syntax" else FaultClass.TYPE,
                message=checked["message"],
                code=checked["code"] or "",
                path=checked["path"],
                line=int(checked["line"]),
                column=int(checked["column"] or 0),
            )
            continue
        arrow = _ARROW.match(line)
        if arrow and pending:
            yield _linted(pending, arrow)
        pending = _RUFF_FULL.match(line)


def _linted(rule: re.Match[str], place: re.Match[str]) -> Finding:
    code = rule["code"]
    is_syntax = code in ("invalid-syntax", "SyntaxError", "E999")
    fault = FaultClass.SYNTAX if is_syntax else FaultClass.IMPORT if code == "F821" else FaultClass.LINT
    return Finding(
        tool="ruff",
        fault=fault,
        message=rule["message"],
        code=code,
        path=place["path"],
        line=int(place["line"]),
        column=int(place["column"]),
    )


def _of_runs(lines: list[str]) -> Iterator[Finding]:
    """Test runners and tracebacks: the error's line comes after the frames that lead to it."""
    tool, test, path, line = "python", "", "", 0
    for text in lines:
        unit = _UNITTEST.match(text)
        frame = _FRAME.match(text)
        place = _PYTEST_PLACE.match(text)
        summary = _PYTEST.match(text)
        error = _ERROR.match(text) or _ASSERT.match(text)
        if unit:
            tool, test = "unittest", unit["test"]
        elif frame:
            path, line = frame["path"], int(frame["line"])
        elif place:
            yield _raised("pytest", test, place["error"], place["error"], place["path"], int(place["line"]))
        elif summary:
            yield _summarised(summary)
        elif error:
            kind = error.groupdict().get("error") or "AssertionError"
            used = "pytest" if text.startswith("E ") else tool
            yield _raised(used, test, kind, error["message"] or kind, path, line)
        elif _LOST.search(text):
            yield Finding(tool=tool, fault=FaultClass.ENVIRONMENT, message=text.strip()[:300])


def _summarised(summary: re.Match[str]) -> Finding:
    kind, _, rest = (summary["message"] or "").partition(":")
    is_error = kind.endswith(("Error", "Exception", "Exit"))
    return _raised(
        "pytest",
        (summary["test"] or "").replace("::", "."),
        kind if is_error else "AssertionError",
        rest.strip() or kind,
        summary["path"],
        0,
    )


def _raised(tool: str, test: str, kind: str, message: str, path: str, line: int) -> Finding:
    name = kind.rpartition(".")[2]
    return Finding(
        tool=tool,
        fault=class_of_error(name, message),
        message=f"{name}: {message}" if message != name else name,
        test=test,
        code=name,
        path=path,
        line=line,
    )
