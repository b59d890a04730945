"""What a person sees of a plan and of a running deployment."""

import io

from rich.console import Console, RenderableType

from automation.driver.events import DeploymentView, Ended, Started, Step, fold
from automation.driver.progress import ProgressDisplay, plan, short_type, summary, to_dict

COMPONENT = Step(urn="urn::ddf:fleet:JobQueue::queue", type="ddf:fleet:JobQueue", op="create")


def a_step(name: str, op: str, token: str = "aws:sqs/queue:Queue", **more) -> Step:
    return Step(urn=f"urn::{token}::{name}", type=token, op=op, parent=COMPONENT.urn, **more)


def view_of(*steps: Step) -> DeploymentView:
    view = DeploymentView()
    for step in (COMPONENT, *steps):
        view = fold(view, Started(step=step, at=1.0))
        view = fold(view, Ended(step=step, at=2.0))
    return view


def shown(renderable: RenderableType) -> str:
    stream = io.StringIO()
    Console(file=stream, width=140).print(renderable)
    return stream.getvalue()


def test_a_plan_groups_resources_under_their_component_with_counts() -> None:
    text = shown(plan(view_of(a_step("jobs", "create"), a_step("dead", "same"))))
    assert text.index("queue  1") < text.index("+ jobs  sqs Queue")
    assert "+ 1 to create  (1 unchanged)" in text
    assert "dead" not in text


def test_an_update_shows_what_changes_and_what_forces_a_replacement() -> None:
    step = a_step(
        "jobs",
        "replace",
        before={"name": "old", "delaySeconds": 0},
        after={"name": "new", "delaySeconds": 5},
        diff={"name": "update-replace", "delaySeconds": "update"},
    )
    text = shown(plan(view_of(step)))
    assert "± jobs  sqs Queue  replaced because of name" in text
    assert "name: old → new  forces replacement" in text
    assert "delaySeconds: 0 → 5" in text


def test_losing_data_is_said_aloud() -> None:
    assert "Data would be lost in: jobs" in shown(summary(view_of(a_step("jobs", "delete"))))
    assert "lost" not in shown(summary(view_of(a_step("role", "delete", "aws:iam/role:Role"))))


def test_nothing_to_change_is_said_so() -> None:
    assert "Nothing to change  (1 unchanged)" in shown(plan(view_of(a_step("jobs", "same"))))


def test_a_machine_gets_counts_and_property_paths_but_no_values() -> None:
    step = a_step(
        "jobs",
        "update",
        before={"password": "old"},
        after={"password": "hunter2"},
        diff={"password": "update"},
    )
    told = to_dict(view_of(step))
    assert told["counts"] == {"update": 1}
    assert told["changes"][0]["properties"] == [
        {"path": "password", "kind": "update", "forces_replacement": False}
    ]
    assert "hunter2" not in str(told)


def test_a_pipe_gets_a_line_for_each_resource_once() -> None:
    stream = io.StringIO()
    view = view_of(a_step("jobs", "create"))
    with ProgressDisplay(Console(file=stream, width=120), "Deploy") as display:
        display.observe(view)
        display.observe(view)
    assert stream.getvalue().count("create   sqs Queue") == 1
    assert "Deploy: 1 done" in stream.getvalue()


def test_a_terminal_gets_a_live_table_that_leaves_one_line() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=120, force_terminal=True, legacy_windows=False)
    with ProgressDisplay(console, "Deploy") as display:
        display.observe(view_of(a_step("jobs", "create")))
    assert "Deploy: 1 done" in stream.getvalue()


def test_a_silent_display_says_nothing() -> None:
    stream = io.StringIO()
    with ProgressDisplay(Console(file=stream), "Deploy", is_silent=True) as display:
        display.observe(view_of(a_step("jobs", "create")))
    assert stream.getvalue() == ""


def test_a_type_token_is_shortened_for_people() -> None:
    assert short_type("aws:sqs/queue:Queue") == "sqs Queue"
    assert short_type("odd") == "odd"
