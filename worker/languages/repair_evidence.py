"""What repair makes of findings, whatever language they are about: the class of the fault, the lines that are named, which tests are flaky."""

from collections import Counter
from collections.abc import Iterable, Sequence

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding, Location


def of_findings(told: Sequence[Finding], path: str, transcript: str) -> Diagnosis:
    """Classify and localise by what tools say; what they say of the subject's own file comes first."""
    stem = path.rpartition("/")[2]
    own = [finding for finding in told if finding.path.rpartition("/")[2] == stem]
    fault = _commonest(own or told)
    named = Counter(finding.line for finding in own if finding.line)
    locations = tuple(
        Location(line=line, suspicion=round(count / max(named.values()), 4), why="named by the log")
        for line, count in named.most_common()
    )
    first = (own or list(told))[0].message
    return Diagnosis(
        fault=fault,
        summary=f"The log tells of {len(told)} fault{'' if len(told) == 1 else 's'} ({fault}); first: {first[:200]}",
        findings=(*own, *(finding for finding in told if finding not in own)),
        locations=locations,
        transcript=transcript[-4000:],
    )


def class_of(findings: Sequence[Finding], flaky: Sequence[str], *, has_run: bool) -> FaultClass:
    """Classify by the failing tests; where as many are flaky as fail at all, that is the fault."""
    if flaky and len(flaky) >= len({finding.test for finding in findings}):
        return FaultClass.FLAKY
    if not findings:
        return FaultClass.NONE if has_run else FaultClass.UNKNOWN
    return _commonest(findings)


def flaky_in(runs: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Name the tests that failed in some runs only, of the names that failed in each."""
    failing = [frozenset(run) for run in runs]
    every: frozenset[str] = frozenset().union(*failing)
    return tuple(sorted(name for name in every if not all(name in run for run in failing)))


def _commonest(findings: Sequence[Finding]) -> FaultClass:
    return Counter(finding.fault for finding in findings).most_common(1)[0][0]
