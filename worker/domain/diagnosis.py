"""Diagnosis: what is wrong, where it may be, and how that is known."""

from dataclasses import dataclass
from enum import StrEnum


class FaultClass(StrEnum):
    """What kind of fault it is; decides who tries to mend it."""

    SYNTAX = "syntax"
    IMPORT = "import"
    """A name or module that is nowhere: a missing import, a dependency."""
    TYPE = "type"
    """Said by a compiler or type checker, without running anything."""
    LINT = "lint"
    ASSERTION = "assertion"
    """The code answers, but not what a test wants."""
    EXCEPTION = "exception"
    """The code raises what no test wants."""
    TIMEOUT = "timeout"
    """It does not end."""
    FLAKY = "flaky"
    """The same tests pass and fail: no change of the code can be proved."""
    ENVIRONMENT = "environment"
    """What surrounds the code is missing: a package, a service, a file, a permission."""
    NONE = "none"
    """Everything passes: there is nothing to fix."""
    UNKNOWN = "unknown"


UNFIXABLE = frozenset({FaultClass.FLAKY, FaultClass.ENVIRONMENT, FaultClass.NONE})
"""No patch of the code is looked for."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """A line that may be at fault."""

    line: int
    """1-based, of the subject."""
    suspicion: float
    """0 to 1: Ochiai's coefficient over failing and passing tests, raised by what a traceback or compiler names."""
    why: str = ""
    """Such as `run by 3 of 3 failing and 0 of 5 passing tests`."""
    column: int = 0
    """1-based; 0 where only the line is known."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One message of a tool, or one failing test."""

    tool: str
    """pytest, unittest, python, ruff, mypy, node, tsc, eslint."""
    fault: FaultClass
    """What it speaks for."""
    message: str
    """In the tool's words, one line."""
    test: str = ""
    """The failing test's name, where it is about one."""
    code: str = ""
    """The error's name or the rule's code: TypeError, F821, TS2551."""
    path: str = ""
    """File that it names."""
    line: int = 0
    """Line that it names, 1-based; 0 where it names none."""
    column: int = 0
    """Column, 1-based."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is wrong, as far as running the tests or reading the log tells."""

    fault: FaultClass
    """The class that decides the route."""
    summary: str
    """One sentence for a person."""
    findings: tuple[Finding, ...] = ()
    """The evidence, most telling first."""
    locations: tuple[Location, ...] = ()
    """Lines of the subject, most suspicious first; empty where nothing tells."""
    failing: tuple[str, ...] = ()
    """Tests that failed, by name."""
    passing: tuple[str, ...] = ()
    """Tests that passed."""
    checks: int = 0
    """Assertions that the tests make, failing ones included; 0 where nobody counted. Few are thin evidence for a patch."""
    steps: int = 0
    """Most steps that a passing test took, where they are counted: what takes far more has no end."""
    transcript: str = ""
    """The end of what the runner or the log said, secrets taken out."""

    @property
    def names_tests(self) -> bool:
        """Whether tests were run for it; else it was read from a log, or is a compiler's."""
        return bool(self.failing or self.passing)

    @property
    def is_fixable(self) -> bool:
        """Whether a patch of the code is looked for."""
        return self.fault not in UNFIXABLE


def ochiai(*, failing_run: int, failing: int, passing_run: int) -> float:
    """Return Ochiai's suspicion of a line (R. Abreu et al., On the Accuracy of Spectrum-based Fault Localization, TAIC PART 2007)."""
    below = (failing * (failing_run + passing_run)) ** 0.5
    return failing_run / below if below else 0.0
