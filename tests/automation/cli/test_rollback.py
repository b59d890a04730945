"""The way back is held against what must not be, as the way forward is."""

import pytest

from automation.cli.rollback import refuse_going_back
from automation.driver.events import DeploymentView, Phase, ResourceRow, Step
from automation.errors import Diagnostic, PolicyFault

QUEUE, TABLE = "aws:sqs/queue:Queue", "aws:dynamodb/table:Table"


def plan(token, op, **after):
    step = Step(urn=f"urn:pulumi:dev::p::{token}::it", type=token, op=op, after=after)
    return DeploymentView(rows={step.urn: ResourceRow(step=step, phase=Phase.PLANNED, started_at=0.0)})


def test_a_way_back_to_what_no_stack_may_be_is_refused():
    with pytest.raises(PolicyFault, match="breaks 1 of the rules") as found:
        refuse_going_back(plan(QUEUE, "update", redrivePolicy="{}"), "dev")
    assert "encrypted-at-rest" in found.value.why


def test_a_way_back_that_loses_data_is_refused():
    with pytest.raises(Diagnostic, match="lose data") as found:
        refuse_going_back(plan(TABLE, "delete"), "dev")
    assert found.value.reference == "rollback-loses-data"


def test_a_way_back_that_does_neither_is_open():
    refuse_going_back(plan(QUEUE, "update", redrivePolicy="{}", sqsManagedSseEnabled=True), "dev")
