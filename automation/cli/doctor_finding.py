"""What a check of the doctor tells: right, wrong with its fix, or nothing that can be known from here."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import Diagnostic

Check = Callable[[], str]
"""Says what was seen; raises Diagnostic for what is wrong, Unsure for what is not known or does not stop anything."""


class Unsure(Diagnostic):
    """Not known, or not needed by everybody: a warning."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check."""

    name: str
    """What was looked at."""
    is_ok: bool
    """Nothing is wrong."""
    detail: str
    """What was seen."""
    fix: str = ""
    """What to do."""
    is_warning: bool = False
    """It does not stop a deploy, or is not known."""


def looked(name: str, check: Check) -> Finding:
    """Run one check; none of them ends the others."""
    try:
        return Finding(name=name, is_ok=True, detail=check())
    except Diagnostic as fault:
        detail = f"{fault.what}: {fault.why}" if fault.why else fault.what
        return Finding(
            name=name, is_ok=False, detail=detail, fix=fault.next_step, is_warning=isinstance(fault, Unsure)
        )
    except (ClientError, BotoCoreError) as fault:
        return Finding(
            name=name,
            is_ok=False,
            detail=f"AWS did not tell: {fault}",
            fix="allow the call to whoever runs the doctor, or look in the console",
            is_warning=True,
        )
