"""From what the tests showed to a diagnosis: the class of the fault, the evidence, and the lines that may be at fault."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding, Location, ochiai
from worker.domain.repair import Broken
from worker.languages.python_repair_errors import class_of_error
from worker.languages.python_repair_logs import findings_in
from worker.languages.python_repair_names import missing_module
from worker.languages.python_repair_syntax import fault_in
from worker.languages.repair_evidence import class_of, flaky_in, of_findings

_NAMED_BY_TRACEBACK = 0.35
"""What the innermost line of a traceback is more suspicious than the tests alone make it."""


def diagnosed(broken: Broken, report: Mapping[str, Any]) -> Diagnosis:
    """Classify and localise by a run of the tests; by the log where there was none, or it showed nothing wrong."""
    of_tests = _of_run(report) if report else None
    if of_tests is not None and of_tests.failing:
        return _with_dependency(of_tests)
    fault = fault_in(broken.subject.source)
    if fault is not None:
        return _of_loading(
            {
                "kind": type(fault).__name__,
                "detail": f"line {fault.lineno}: {fault.msg}",
                "frames": [fault.lineno or 0],
            }
        )
    told = findings_in(broken.log)
    if not told:
        return of_tests or Diagnosis(
            fault=FaultClass.UNKNOWN, summary="There is neither a test nor a log that tells what is wrong."
        )
    return _with_dependency(of_findings(told, broken.subject.path, broken.log))


def _with_dependency(diagnosis: Diagnosis) -> Diagnosis:
    """A module that is nowhere is a fault of what surrounds the code, which no patch of it mends."""
    module = missing_module(diagnosis) if diagnosis.fault is FaultClass.IMPORT else ""
    if not module:
        return diagnosis
    summary = f"The module {module} is not there: install it where the tests run, or send it with the job."
    return replace(diagnosis, fault=FaultClass.ENVIRONMENT, summary=summary)


def units_at(source: str, lines: set[int]) -> tuple[str, ...]:
    """Name the functions and methods in which these lines stand."""
    found = []
    for node in ast.parse(source).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for each in inner:
            if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if any(each.lineno <= line <= (each.end_lineno or each.lineno) for line in lines):
                found.append(f"{prefix}{each.name}")
    return tuple(found)


def _of_run(report: Mapping[str, Any]) -> Diagnosis:
    """Classify and localise by a run of the tests."""
    load = report.get("load")
    if load:
        return _of_loading(load)
    cases = [case for case in report.get("cases", ()) if isinstance(case, dict)]
    problems = {str(path): told for path, told in report.get("problems", {}).items()}
    failed = [case for case in cases if not case.get("passed")]
    failing = (*(str(case["name"]) for case in failed), *problems)
    passing = tuple(str(case["name"]) for case in cases if case.get("passed"))
    findings = tuple(_findings(failed, problems))
    flaky = flaky_in(map(str, run) for run in report.get("runs", ()))
    fault = class_of(findings, flaky, has_run=bool(cases or problems))
    if report.get("crash") or report.get("lost"):
        fault = FaultClass.TIMEOUT
    return Diagnosis(
        fault=fault,
        summary=_summary(fault, findings, flaky, len(failing), len(cases) + len(problems)),
        findings=findings,
        locations=_locations(cases),
        failing=failing,
        passing=passing,
        checks=sum(len(case.get("parts", ())) for case in cases),
        steps=max((int(case.get("steps", 0)) for case in cases if case.get("passed")), default=0),
        transcript="\n".join(f"{each.test}: {each.message}" for each in findings)[-4000:],
    )


def _of_loading(load: Mapping[str, Any]) -> Diagnosis:
    finding = _finding(load, "")
    lines = [int(line) for line in load.get("frames", ()) if int(line) > 0]
    locations = tuple(Location(line=line, suspicion=1.0, why="loading it ends here") for line in lines[-1:])
    return Diagnosis(
        fault=finding.fault,
        summary=f"The module can't be loaded: {finding.message[:200]}",
        findings=(finding,),
        locations=locations,
        failing=("(load)",),
        transcript=finding.message,
    )


def _findings(failed: Sequence[Mapping[str, Any]], problems: Mapping[str, Any]) -> Iterator[Finding]:
    for path, told in problems.items():
        yield _finding(told, path)
    for case in failed:
        yield _finding(case, str(case["name"]))


def _finding(told: Mapping[str, Any], test: str) -> Finding:
    kind = str(told.get("kind", ""))
    frames = [int(line) for line in told.get("frames", ()) if int(line) > 0]
    return Finding(
        tool="python",
        fault=class_of_error(kind, str(told.get("detail", ""))),
        message=str(told.get("detail", "")) or kind,
        test=test,
        code=kind,
        line=frames[-1] if frames and told.get("is_inside", True) else 0,
    )


def _summary(
    fault: FaultClass, findings: Sequence[Finding], flaky: Sequence[str], failed: int, ran: int
) -> str:
    if fault is FaultClass.NONE:
        return f"All {ran} tests pass: there is nothing to fix."
    if fault is FaultClass.FLAKY:
        return f"The same tests pass in one run and fail in another ({', '.join(flaky)[:200]}): no change can be proved by them."
    if not findings:
        return "No test could be run."
    return f"{failed} of {ran} tests fail ({fault}); first: {findings[0].message[:200]}"


def _locations(cases: Sequence[Mapping[str, Any]]) -> tuple[Location, ...]:
    """Ochiai over assertions, each with the lines that ran for it, and what tracebacks name."""
    parts = [part for case in cases for part in case.get("parts", ())]
    failing = sum(not part["passed"] for part in parts)
    bad = Counter(int(line) for part in parts if not part["passed"] for line in part["lines"])
    good = Counter(int(line) for part in parts if part["passed"] for line in part["lines"])
    named = Counter(int(case["frames"][-1]) for case in cases if case.get("is_inside") and case.get("frames"))
    found = []
    for line, count in bad.items():
        suspicion = ochiai(failing_run=count, failing=failing, passing_run=good[line])
        why = f"run by {count} of {failing} failing and {good[line]} of {len(parts) - failing} passing checks"
        if named[line]:
            suspicion, why = min(1.0, suspicion + _NAMED_BY_TRACEBACK), f"{why}; a traceback ends here"
        found.append(Location(line=line, suspicion=round(suspicion, 4), why=why))
    return tuple(sorted(found, key=lambda each: (-each.suspicion, each.line)))
