"""A plan is held against the rules of every stack before anything is made."""

import pytest

from automation.driver.events import DeploymentView, Phase, ResourceRow, Step
from automation.driver.guardrails import refuse_violations, violations_in
from automation.errors import ExitCode, PolicyFault

QUEUE = "aws:sqs/queue:Queue"


def view_of(*steps):
    rows = {step.urn: ResourceRow(step=step, phase=Phase.PLANNED, started_at=0.0) for step in steps}
    return DeploymentView(rows=rows)


def step(name, op="create", token=QUEUE, **after):
    return Step(urn=f"urn:pulumi:dev::p::{token}::{name}", type=token, op=op, after=after)


def test_a_plan_that_breaks_a_rule_is_refused_with_the_resource_and_exit_code_5():
    plan = view_of(step("jobs", redrivePolicy="{}"))
    with pytest.raises(PolicyFault) as found:
        refuse_violations(plan, "dev")
    assert found.value.exit_code == ExitCode.POLICY == 5
    assert "encrypted-at-rest: jobs" in found.value.why


def test_what_is_deleted_breaks_no_rule_and_what_is_kept_does():
    assert violations_in(view_of(step("jobs", op="delete")), "dev") == []
    assert {it.rule for it in violations_in(view_of(step("jobs", op="same", tags={})), "dev")} == {
        "encrypted-at-rest",
        "tagged",
        "dead-letters",
    }


def test_what_is_only_read_is_of_another_stack_and_breaks_no_rule():
    assert violations_in(view_of(step("jobs", op="read", tags={})), "dev") == []


def test_many_violations_are_counted_and_the_first_are_told():
    plan = view_of(*(step(f"q{number}", redrivePolicy="{}") for number in range(12)))
    with pytest.raises(PolicyFault, match="breaks 12 of the rules") as found:
        refuse_violations(plan, "dev")
    assert found.value.why.endswith("and 2 more")
