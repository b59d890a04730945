"""From what the tests showed, or a log told, to a diagnosis: the class of the fault, the evidence, the lines that may be at fault."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding, Location, ochiai
from worker.languages.javascript_points import Points
from worker.languages.javascript_repair_foreign import LACKING
from worker.languages.javascript_repair_logs import class_of_error, findings_in
from worker.languages.repair_evidence import class_of, flaky_in, of_findings

LOAD = "(load)"
"""The failing test's name where the subject can't be loaded at all."""

_NAMED_BY_STACK = 0.35
"""What the innermost line of a stack is more suspicious than the tests alone make it."""
_ASSERTION = re.compile(r" › assertion \d+$")
_KINDS = {"assertion": FaultClass.ASSERTION, "endless": FaultClass.TIMEOUT, "exit": FaultClass.EXCEPTION}


def tests_among(names: Iterable[str]) -> frozenset[str]:
    """Return the names that are tests, not assertions within one."""
    return frozenset(name for name in names if not _ASSERTION.search(name))


def of_syntax(message: str, line: int) -> Diagnosis:
    """Tell of a source that is no JavaScript."""
    finding = Finding(tool="node", fault=FaultClass.SYNTAX, message=message, code="SyntaxError", line=line)
    return Diagnosis(
        fault=FaultClass.SYNTAX,
        summary=f"The module can't be loaded: {message[:200]}",
        findings=(finding,),
        locations=(Location(line=line, suspicion=1.0, why="reading it ends here"),),
        failing=(LOAD,),
        transcript=message,
    )


def of_log(log: str, path: str) -> Diagnosis:
    """Classify and localise by a log alone."""
    told = findings_in(log)
    if not told:
        return Diagnosis(
            fault=FaultClass.UNKNOWN, summary="There is neither a test nor a log that tells what is wrong."
        )
    return of_findings(told, path, log)


def of_runs(runs: Sequence[Mapping[str, Any]], points: Points) -> Diagnosis:
    """Classify and localise by runs of the same tests; the first has the word, the others show what is flaky."""
    checks = [one for one in runs[0].get("checks", ()) if isinstance(one, dict)]
    failed = [one for one in checks if not one.get("isPassed")]
    if any(one.get("isLoading") for one in failed):
        return _of_loading(failed[0])
    findings = tuple(_findings(failed))
    flaky = flaky_in(
        (str(one["name"]) for one in run.get("checks", ()) if not one.get("isPassed")) for run in runs
    )
    fault = class_of(findings, flaky, has_run=bool(checks))
    refused = next((finding for finding in findings if finding.code == LACKING), None)
    if refused is not None:  # whatever else fails: such tests can never pass here
        fault = FaultClass.ENVIRONMENT
    names = [str(one["name"]) for one in failed]
    return Diagnosis(
        fault=fault,
        summary=_summary(fault, findings, flaky, checks)
        if refused is None
        else f"The tests can't be judged here: {refused.message[:300]}.",
        findings=findings,
        locations=_locations(checks, runs[0].get("early", ()), points),
        failing=tuple(dict.fromkeys(names)),
        passing=tuple(dict.fromkeys(str(one["name"]) for one in checks if one.get("isPassed"))),
        checks=int(runs[0].get("asserted", 0))
        + sum(one.get("kind") == "assertion" for one in failed if "assertion" in str(one["name"])),
        steps=max((int(one.get("steps", 0)) for one in checks if one.get("kind") != "endless"), default=0),
        transcript="\n".join(f"{each.test}: {each.message}" for each in findings)[-4000:],
    )


def _of_loading(check: Mapping[str, Any]) -> Diagnosis:
    finding = _finding(check)
    lines = [int(line) for line in check.get("lines", ())]
    return Diagnosis(
        fault=finding.fault,
        summary=f"The module can't be loaded: {finding.message[:200]}",
        findings=(finding,),
        locations=tuple(Location(line=line, suspicion=1.0, why="loading it ends here") for line in lines[:1]),
        failing=(LOAD,),
        transcript=finding.message,
    )


def _findings(failed: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for check in failed:
        yield _finding(check)


def _finding(check: Mapping[str, Any]) -> Finding:
    name, text = str(check.get("error") or ""), " ".join(str(check.get("text") or "").split())
    fault = _KINDS.get(str(check.get("kind"))) or class_of_error(name, text)
    lines = [int(line) for line in check.get("lines", ())]
    return Finding(
        tool="node",
        fault=fault,
        message=text or name,
        test=str(check.get("name", "")),
        code=name,
        line=lines[0] if lines else 0,
    )


def _summary(
    fault: FaultClass, findings: Sequence[Finding], flaky: Sequence[str], checks: Sequence[Any]
) -> str:
    if fault is FaultClass.NONE:
        return f"All {len(checks)} checks pass: there is nothing to fix."
    if fault is FaultClass.FLAKY:
        told = ", ".join(flaky)[:200]
        return (
            f"The same tests pass in one run and fail in another ({told}): no change can be proved by them."
        )
    if not findings:
        return "No test could be run."
    return f"{len(findings)} of {len(checks)} checks fail ({fault}); first: {findings[0].message[:200]}"


def _locations(
    checks: Sequence[Mapping[str, Any]], early: Sequence[int], points: Points
) -> tuple[Location, ...]:
    """Ochiai over checks, each with the lines that ran for it, and what stacks name; what runs at loading runs for all."""
    always = points.lines_in(list(early))
    ran = [
        (bool(check.get("isPassed")), points.lines_in(check.get("points", ())) | always) for check in checks
    ]
    failing = sum(not passed for passed, _ in ran)
    bad = Counter(line for passed, lines in ran if not passed for line in lines)
    good = Counter(line for passed, lines in ran if passed for line in lines)
    named = Counter(
        int(check["lines"][0]) for check in checks if not check.get("isPassed") and check.get("lines")
    )
    found = []
    for line, count in bad.items():
        suspicion = ochiai(failing_run=count, failing=failing, passing_run=good[line])
        why = f"run by {count} of {failing} failing and {good[line]} of {len(ran) - failing} passing checks"
        if named[line]:
            suspicion, why = min(1.0, suspicion + _NAMED_BY_STACK), f"{why}; a stack ends here"
        found.append(Location(line=line, suspicion=round(suspicion, 4), why=why))
    return tuple(sorted(found, key=lambda each: (-each.suspicion, each.line)))
