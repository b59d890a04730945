"""Folding deployment events into a view."""

from automation.driver.events import (
    DeploymentView,
    Diagnosed,
    Ended,
    Failed,
    Phase,
    Started,
    Step,
    Summarised,
    fold,
)


def urn(name: str, token: str = "aws:sqs/queue:Queue") -> str:
    return f"urn:pulumi:local::project::{token}::{name}"


def step(name: str, op: str = "create", token: str = "aws:sqs/queue:Queue", **more) -> Step:
    return Step(urn=urn(name, token), type=token, op=op, **more)


def folded(*events) -> DeploymentView:
    view = DeploymentView()
    for event in events:
        view = fold(view, event)
    return view


def test_a_step_that_ended_is_done_and_has_its_duration() -> None:
    view = folded(Started(step=step("jobs"), at=10.0), Ended(step=step("jobs"), at=12.5))
    row = view.rows[urn("jobs")]
    assert (row.phase, row.seconds, row.name) == (Phase.DONE, 2.5, "jobs")


def test_a_planned_step_stays_planned_when_its_outputs_come() -> None:
    view = folded(
        Started(step=step("jobs", is_planning=True), at=1.0),
        Ended(step=step("jobs", is_planning=True), at=1.0),
    )
    assert view.rows[urn("jobs")].phase is Phase.PLANNED


def test_a_failed_step_keeps_its_diagnostic_among_the_errors() -> None:
    view = folded(
        Started(step=step("jobs"), at=1.0),
        Diagnosed(severity="error", message="QueueAlreadyExists", urn=urn("jobs")),
        Failed(step=step("jobs"), at=2.0),
    )
    assert view.rows[urn("jobs")].phase is Phase.FAILED
    assert [one.message for one in view.errors] == ["QueueAlreadyExists"]


def test_the_parts_of_a_replacement_are_one_replacement() -> None:
    view = folded(
        Started(step=step("jobs", "create-replacement"), at=1.0),
        Ended(step=step("jobs", "create-replacement"), at=2.0),
        Started(step=step("jobs", "replace", diff={"name": "update-replace"}), at=2.0),
        Started(step=step("jobs", "delete-replaced"), at=3.0),
    )
    assert view.counts() == {"replace": 1}
    assert view.rows[urn("jobs")].step.diff == {"name": "update-replace"}


def test_components_are_groups_and_not_counted() -> None:
    component = step("queue", token="ddf:fleet:JobQueue")
    view = folded(
        Started(step=component, at=1.0),
        Started(step=step("queue-normal", parent=component.urn), at=1.0),
        Started(step=step("queue-policy", parent=urn("queue-normal")), at=1.0),
    )
    assert view.counts() == {"create": 2}
    assert {view.component_of(row) for row in view.changed} == {"queue"}


def test_what_stays_the_same_is_no_change() -> None:
    view = folded(Started(step=step("jobs", "same"), at=1.0), Summarised(changes={"same": 1}, seconds=2))
    assert view.changed == ()
    assert view.seconds == 2


def test_deleting_or_replacing_what_holds_data_is_marked() -> None:
    view = folded(Started(step=step("jobs", "delete"), at=1.0), Started(step=step("new"), at=1.0))
    assert [row.name for row in view.changed if row.loses_data] == ["jobs"]


def test_debug_messages_and_blank_lines_are_not_kept() -> None:
    view = folded(Diagnosed(severity="debug", message="noise"), Diagnosed(severity="info", message="  "))
    assert view.diagnostics == ()
