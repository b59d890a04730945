"""Errors as diagnostics: reference, what, why, next step; rendered once, at the edge. Exit codes are API.

Diagnostic
├── UsageFault          wrong option, wrong config                         exit 2
├── AuthFault           no or foreign credentials                          exit 3
├── LockedFault         another operation holds the stack                  exit 4
├── PolicyFault         a plan breaks a rule that holds for every stack    exit 5
├── StackMissing        no such stack                                      exit 6
├── Cancelled           Ctrl-C                                             exit 8
└── LeftoversFound      resources remain after destroy                     exit 9
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes, stable; 0 to 8 agree with Pulumi's where it has them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTH = 3
    LOCKED = 4
    POLICY = 5
    NO_STACK = 6
    CHANGES = 7
    CANCELLED = 8
    LEFTOVERS = 9


class Diagnostic(Exception):
    """Something that a person must hear about."""

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, *, why: str = "", next_step: str = "", reference: str = "failed") -> None:
        """State what happened, why, and what to do; `reference` is a stable kebab-case key for machines."""
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.reference = reference

    def to_dict(self) -> dict[str, object]:
        """Return the form that --json prints."""
        return {
            "error": self.reference,
            "what": self.what,
            "why": self.why,
            "next_step": self.next_step,
            "exit_code": int(self.exit_code),
        }


class UsageFault(Diagnostic):
    """Wrong option or configuration."""

    exit_code = ExitCode.USAGE


class AuthFault(Diagnostic):
    """Credentials are missing, refused or of another account."""

    exit_code = ExitCode.AUTH


class LockedFault(Diagnostic):
    """Another operation holds the stack."""

    exit_code = ExitCode.LOCKED


class PolicyFault(Diagnostic):
    """A plan breaks a rule that holds for every stack."""

    exit_code = ExitCode.POLICY


class StackMissing(Diagnostic):
    """No such stack."""

    exit_code = ExitCode.NO_STACK


class ChangesFound(Diagnostic):
    """Changes where none were expected."""

    exit_code = ExitCode.CHANGES


class Cancelled(Diagnostic):
    """The user interrupted."""

    exit_code = ExitCode.CANCELLED


class LeftoversFound(Diagnostic):
    """Resources remain after destroy."""

    exit_code = ExitCode.LEFTOVERS
