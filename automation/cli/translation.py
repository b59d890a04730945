"""Turns what libraries raise and nobody below expected into a diagnostic: the user reads a sentence, never a stack."""

from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import Diagnostic
from automation.fleet.access import translate_aws_error, unreachable


def as_diagnostic(fault: Exception) -> Diagnostic | None:
    """Return the diagnostic of a fault from outside; None where it is a mistake of ours, which needs its stack."""
    if isinstance(fault, ClientError):
        return translate_aws_error(fault, fault.operation_name)
    if isinstance(fault, BotoCoreError):
        return unreachable(fault)
    if isinstance(fault, OSError):
        return Diagnostic(
            "this machine refused",
            why=str(fault),
            next_step="python -m automation doctor",
            reference="machine-refused",
        )
    return None
