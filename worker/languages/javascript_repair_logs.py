"""What a failing command printed: node and its test runner, tsc, eslint. A log is material: it only ever names places and errors."""

import json
import re
from collections.abc import Iterator, Sequence

from worker.domain.diagnosis import FaultClass, Finding
from worker.languages.javascript_repair_foreign import LACKING

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TSC = re.compile(
    r"^(?P<path>[^\s(:][^(:]*\.[cm]?[jt]sx?)[(:](?P<line>\d+)[,:](?P<column>\d+)\)?(?:: | - )error (?P<code>TS\d+): (?P<message>.*)$"
)
_ESLINT_FILE = re.compile(r"^(?P<path>\S.*\.[cm]?[jt]sx?)$")
_ESLINT_LINE = re.compile(
    r"^\s+(?P<line>\d+):(?P<column>\d+)\s+(?P<level>error|warning)\s+(?P<message>.+?)(?:\s{2,}(?P<code>[@\w/-]+))?$"
)
_ESLINT_UNIX = re.compile(
    r"^(?P<path>\S+\.[cm]?[jt]sx?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+?) \[(?P<level>Error|Warning)(?:/(?P<code>[@\w/-]+))?\]$"
)
_ERROR = re.compile(
    r"^\s*(?:Uncaught )?(?:\[?(?P<error>(?:[A-Z]\w*)?(?:Error|Exception)))(?: \[(?P<code>\w+)\])?\]?(?:: (?P<message>.*))?$"
)
_TAP_FIELD = re.compile(r"^\s+(?P<name>error|code|name|failureType): ['\"]?(?P<value>.*?)['\"]?$")
_TAP = re.compile(r"^\s*not ok \d+ - (?P<test>.+)$")
_SPEC = re.compile(r"^\s*✖ (?P<test>.+?)(?: \([\d.]+ms\))?$")
_FRAME = re.compile(
    r"^\s*at .*?(?:file://)?(?P<path>[^\s()]+\.[cm]?[jt]sx?):(?P<line>\d+):(?P<column>\d+)\)?$"
)
_PLACE = re.compile(r"^(?:file://)?(?P<path>/?[^\s:()]+\.[cm]?[jt]sx?):(?P<line>\d+)$")
_MISSING = re.compile(r"Cannot find (?:module|package) '(?P<name>[^']+)'")
_LOST = re.compile(
    r"ENOSPC|ECONNREFUSED|EAI_AGAIN|ENOTFOUND|ETIMEDOUT|command not found|npm ERR! (?:code E404|network)|ERESOLVE|EACCES"
)
_TYPES_MISSING = frozenset({"TS2307", "TS2304", "TS2552", "TS2305", "TS2614", "TS2724"})
_MOST = 100


def class_of_error(name: str, message: str) -> FaultClass:
    """Tell what kind of fault an error speaks for."""
    missing = _MISSING.search(message)
    if missing is not None:
        return FaultClass.IMPORT if missing["name"].startswith((".", "/")) else FaultClass.ENVIRONMENT
    if name == LACKING or _LOST.search(message):
        return FaultClass.ENVIRONMENT
    if name == "ReferenceError" or "does not provide an export named" in message:
        return FaultClass.IMPORT
    known = {"SyntaxError": FaultClass.SYNTAX, "AssertionError": FaultClass.ASSERTION}
    return known.get(name, FaultClass.EXCEPTION)


def findings_in(log: str) -> tuple[Finding, ...]:
    """List what a log tells, each message once."""
    lines = [_ESCAPES.sub("", line).rstrip() for line in log.splitlines()]
    unique: dict[tuple[str, str, int, str], Finding] = {}
    for finding in (*_of_json(log), *_of_compiler(lines), *_of_linter(lines), *_of_runs(lines)):
        unique.setdefault((finding.path, finding.code, finding.line, finding.message), finding)
    return tuple(unique.values())[:_MOST]


def _of_compiler(lines: Sequence[str]) -> Iterator[Finding]:
    for line in lines:
        found = _TSC.match(line)
        if found is not None:
            yield type_finding(
                found["code"], found["message"], found["path"], int(found["line"]), int(found["column"])
            )


def type_finding(code: str, message: str, path: str, line: int, column: int) -> Finding:
    """Make a finding of a message of TypeScript; those below 2000 are about syntax."""
    number = int(code.removeprefix("TS"))
    fault = (
        FaultClass.SYNTAX
        if 1000 <= number < 2000
        else FaultClass.IMPORT
        if code in _TYPES_MISSING
        else FaultClass.TYPE
    )
    return Finding(tool="tsc", fault=fault, message=message, code=code, path=path, line=line, column=column)


def _of_linter(lines: Sequence[str]) -> Iterator[Finding]:
    path = ""
    for line in lines:
        file, stylish, unix = _ESLINT_FILE.match(line), _ESLINT_LINE.match(line), _ESLINT_UNIX.match(line)
        if file is not None:
            path = file["path"]
        elif stylish is not None and stylish["level"] == "error":
            yield _linted(stylish["message"], stylish["code"], path, stylish["line"], stylish["column"])
        elif unix is not None and unix["level"] == "Error":
            yield _linted(unix["message"], unix["code"], unix["path"], unix["line"], unix["column"])


def _linted(message: str, code: str | None, path: str, line: str | int, column: str | int) -> Finding:
    is_syntax = message.startswith("Parsing error")
    fault = FaultClass.SYNTAX if is_syntax else FaultClass.IMPORT if code == "no-undef" else FaultClass.LINT
    return Finding(
        tool="eslint",
        fault=fault,
        message=message,
        code=code or "",
        path=path,
        line=int(line),
        column=int(column),
    )


def _of_json(log: str) -> Iterator[Finding]:
    """Read what `eslint --format json` prints: a list of files with messages."""
    start = log.find('[{"filePath"')
    if start < 0:
        return
    try:
        files, _ = json.JSONDecoder().raw_decode(log[start:])
    except ValueError:
        return
    for file in files:
        for told in file.get("messages", ()):
            if told.get("severity") == 2:
                place = (
                    str(file.get("filePath", "")),
                    int(told.get("line") or 0),
                    int(told.get("column") or 0),
                )
                yield _linted(str(told.get("message", "")), told.get("ruleId"), *place)


def _of_runs(lines: Sequence[str]) -> Iterator[Finding]:
    """Read test runners and uncaught errors: frames follow the error; of a syntax error the place comes before it."""
    test, place = "", ("", 0)
    for at, line in enumerate(lines):
        begun = _TAP.match(line) or _SPEC.match(line)
        named, field = _PLACE.match(line), _TAP_FIELD.match(line)
        error = _ERROR.match(line)
        if begun is not None:
            test = begun["test"]
        elif named is not None:
            place = (named["path"], int(named["line"]))
        elif error is not None:
            yield _raised(error["error"], error["message"] or "", test, _frame_after(lines, at) or place)
        elif field is not None and field["name"] == "error" and field["value"] not in {"", "|-"}:
            yield _raised(_name_in(lines, at), field["value"], test, _frame_after(lines, at) or ("", 0))
        elif _LOST.search(line) and not line.lstrip().startswith("at "):
            yield Finding(tool="node", fault=FaultClass.ENVIRONMENT, message=line.strip()[:300])


def _name_in(lines: Sequence[str], at: int) -> str:
    """Read the error's name from the fields of TAP around a message."""
    found = {}
    for line in lines[at : at + 6]:
        field = _TAP_FIELD.match(line)
        if field is not None:
            found[field["name"]] = field["value"]
    return "AssertionError" if found.get("code") == "ERR_ASSERTION" else found.get("name", "Error")


def _frame_after(lines: Sequence[str], at: int) -> tuple[str, int] | None:
    for line in lines[at + 1 : at + 40]:
        frame = _FRAME.match(line)
        if frame is not None and "node:" not in line and "node_modules" not in line:
            return frame["path"], int(frame["line"])
        if _TAP.match(line) or _SPEC.match(line):
            return None
    return None


def _raised(name: str, message: str, test: str, place: tuple[str, int]) -> Finding:
    fault = class_of_error(name, message)
    told = f"{name}: {message}" if message else name
    return Finding(
        tool="node", fault=fault, message=told[:500], test=test, code=name, path=place[0], line=place[1]
    )
