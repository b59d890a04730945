"""The comment on a pull request, from a plan or from a failure."""

from typing import Any

from automation.driver.comment import LONGEST_CHARACTERS, Failure, Report, headline, marker, render_comment
from automation.driver.events import DeploymentView, Ended, Step, fold

QUEUE, ALARM = "aws:sqs/queue:Queue", "aws:cloudwatch/metricAlarm:MetricAlarm"
PARENT = Step(urn="urn:pulumi:dev::p::ddf:fleet:JobQueue::queue", type="ddf:fleet:JobQueue", op="same")


def step(token: str, name: str, op: str, **fields: Any) -> Step:
    urn = f"urn:pulumi:dev::p::{token}::{name}"
    return Step(urn=urn, type=token, op=op, parent=PARENT.urn, is_planning=True, **fields)


def view_of(*steps: Step) -> DeploymentView:
    view = DeploymentView()
    for one in (PARENT, *steps):
        view = fold(view, Ended(step=one, at=0.0))
    return view


def comment(*steps: Step, **fields: Any) -> str:
    return render_comment(Report(environment="dev", view=view_of(*steps), **fields))


def test_a_plan_without_changes_says_so_and_has_no_table() -> None:
    text = comment(step(QUEUE, "normal", "same"))
    assert text.startswith("### Preview of `dev`: nothing changes")
    assert "|" not in text
    assert "<details>" not in text


def test_counts_stand_in_the_first_line_and_by_component_in_a_table() -> None:
    text = comment(
        step(QUEUE, "high", "create"), step(ALARM, "late", "update"), step(ALARM, "dead", "delete")
    )
    assert text.splitlines()[0] == "### Preview of `dev`: 1 to create, 1 to update, 1 to delete"
    assert "| queue | 1 | 1 |  | 1 |" in text


def test_data_that_would_be_lost_and_what_forces_it_stand_above_the_fold() -> None:
    before, after = {"name": "a"}, {"name": "b"}
    text = comment(
        step(QUEUE, "normal", "replace", before=before, after=after, diff={"name": "update-replace"})
    )
    fold_at = text.index("<details>")
    assert "Data would be lost in `normal`" in text[:fold_at]
    assert "- `normal`, because of `name`" in text[:fold_at]
    assert "name: a → b  (forces replacement)" in text[fold_at:]


def test_the_cost_stands_above_the_fold() -> None:
    text = comment(step(ALARM, "late", "create"), cost_lines=["1,000 jobs: 0.24 USD (+0.01)"])
    assert "Cost: 1,000 jobs: 0.24 USD (+0.01)" in text[: text.index("<details>")]


def test_a_failure_is_told_with_its_cause_and_the_next_step() -> None:
    failure = Failure(
        what="the configuration is not valid", why="- cpu is 300", next_step="edit Pulumi.dev.yaml"
    )
    report = Report(environment="dev", failure=failure)
    text = render_comment(report)
    assert headline(report) == "failed"
    for words in ("the configuration is not valid", "- cpu is 300", "edit Pulumi.dev.yaml"):
        assert words in text


def test_the_marker_of_a_stack_ends_every_comment_and_is_not_that_of_another() -> None:
    assert comment().rstrip().endswith(marker("dev"))
    assert marker("dev") != marker("prod")


def test_foreign_text_can_neither_end_its_block_nor_forge_a_marker_nor_call_a_person() -> None:
    evil = f"```\n@everyone {marker('prod')}\n````"
    text = render_comment(Report(environment="dev", failure=Failure(what="@team *bold* <b>", why=evil)))
    assert marker("prod") not in text
    assert "`````\n```\n" in text
    assert r"\@team \*bold\* \<b\>" in text


def test_a_plan_that_is_too_long_for_github_is_cut_with_its_blocks_closed_and_its_marker_kept() -> None:
    steps = [
        step(
            ALARM,
            f"alarm-{n}",
            "update",
            before={"text": "a" * 100},
            after={"text": "b" * 100},
            diff={"text": "update"},
        )
        for n in range(400)
    ]
    text = comment(*steps)
    assert len(text) <= LONGEST_CHARACTERS
    assert text.rstrip().endswith(marker("dev"))
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")
    assert "cut: the whole is in the log" in text


def test_a_property_change_is_one_line_however_long_its_value_is() -> None:
    text = comment(
        step(ALARM, "late", "update", before={}, after={"text": "x\n" * 500}, diff={"text": "add"})
    )
    (line,) = [one for one in text.splitlines() if "text: +" in one]
    assert len(line) < 200


def test_the_commit_and_the_run_are_told() -> None:
    text = comment(commit="0123456789abcdef", run_url="https://ci.example/7")
    assert "commit 0123456789, [run](https://ci.example/7)" in text
