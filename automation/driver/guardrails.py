"""Holds a plan against components/guardrails.py: what no stack may be is refused before anything is made."""

from automation.driver.events import DeploymentView
from automation.errors import PolicyFault
from components.guardrails import Judged, Violation, violations

SHOWN = 10
"""Violations in the error; more of them have one cause."""


def violations_in(view: DeploymentView, environment: str) -> list[Violation]:
    """Return what the stack breaks that a plan leads to; Pulumi's own protection is not in a plan."""
    planned = [
        Judged(type=row.step.type, name=row.name, inputs=row.step.after)
        for row in view.rows.values()
        if not row.is_component
        and row.step.op not in {"delete", "read"}
        and row.step.type.startswith("aws:")
        and row.step.after
    ]
    return violations(planned, environment=environment)


def refuse_violations(view: DeploymentView, environment: str) -> None:
    """Raise PolicyFault where a plan breaks a rule."""
    found = violations_in(view, environment)
    if found:
        told = [f"{one.rule}: {one.resource}: {one.text}" for one in found[:SHOWN]]
        rest = f"\nand {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise PolicyFault(
            f"the plan of {environment!r} breaks {len(found)} of the rules that hold for every stack",
            why="\n".join(told) + rest,
            next_step="change the program; the rules and their reasons: components/guardrails.py",
            reference="policy",
        )
