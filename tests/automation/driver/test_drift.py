"""Drift: what a read-only refresh tells, and what of it is nobody's fault."""

import json

from automation.driver.drift import DriftKind, DriftReport, drift_of
from automation.driver.events import DeploymentView, Ended, Started, Step, fold

QUEUE, SERVICE, ALARM = (
    "aws:sqs/queue:Queue",
    "aws:ecs/service:Service",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
)
COMPONENT = Step(urn="urn:pulumi:dev::p::ddf:fleet:JobQueue::queue", type="ddf:fleet:JobQueue", op="same")

RESCUE = Step(urn="urn:pulumi:dev::p::ddf:fleet:Rescue::rescue", type="ddf:fleet:Rescue", op="same")
FEED = "aws:lambda/eventSourceMapping:EventSourceMapping"


def step(token: str, name: str, op: str, *, parent: Step = COMPONENT, **fields) -> Step:
    return Step(urn=f"urn:pulumi:dev::p::{token}::{name}", type=token, op=op, parent=parent.urn, **fields)


def refreshed(*steps: Step) -> DriftReport:
    view = DeploymentView()
    for component in (COMPONENT, RESCUE):
        view = fold(view, Ended(step=component, at=0.0))
    for one in steps:
        started = Step(urn=one.urn, type=one.type, op="refresh", parent=one.parent)
        view = fold(view, Started(step=started, at=0.0))
        view = fold(view, Ended(step=one, at=1.0))
    return drift_of(view)


def test_a_stack_that_is_as_it_was_deployed_has_no_drift() -> None:
    report = refreshed(step(QUEUE, "normal", "same"))
    assert (report.drifted, report.scaled, report.looked_at) == ((), (), 1)


def test_a_changed_property_is_told_with_what_was_deployed_and_what_is_there() -> None:
    fields = {
        "before": {"delay": 0, "name": "q"},
        "after": {"delay": 9, "name": "q"},
        "diff": {"delay": "update"},
    }
    (found,) = refreshed(step(QUEUE, "normal", "update", **fields)).drifted
    assert (found.kind, found.name, found.component) == (DriftKind.CHANGED, "normal", "queue")
    assert [(one.path, one.before, one.after) for one in found.changes] == [("delay", 0, 9)]


def test_a_policy_document_is_compared_key_by_key() -> None:
    def policy(effect: str) -> dict[str, str]:
        return {"policy": json.dumps({"Statement": [{"Effect": effect, "Action": "sqs:*"}]})}

    (found,) = refreshed(
        step(
            QUEUE, "normal", "update", before=policy("Deny"), after=policy("Allow"), diff={"policy": "update"}
        )
    ).drifted
    assert [one.path for one in found.changes] == ["policy.Statement[0].Effect"]


def test_a_resource_that_is_not_there_any_more_is_gone() -> None:
    (found,) = refreshed(step(ALARM, "late", "delete", before={"name": "late"})).drifted
    assert (found.kind, found.changes) == (DriftKind.GONE, ())


def test_the_size_that_scaling_set_is_told_apart_and_is_no_drift() -> None:
    report = refreshed(
        step(
            SERVICE,
            "fleet",
            "update",
            before={"desiredCount": 2},
            after={"desiredCount": 0},
            diff={"desiredCount": "update"},
        )
    )
    assert report.drifted == ()
    assert [one.name for one in report.scaled] == ["fleet"]


def test_a_lane_that_was_narrowed_or_closed_is_no_drift_and_one_that_takes_other_batches_is() -> None:
    before = {"enabled": True, "scalingConfig": {"maximumConcurrency": 5}, "batchSize": 1}
    after = {"enabled": False, "scalingConfig": {"maximumConcurrency": 2}, "batchSize": 1}
    diff = {"enabled": "update", "scalingConfig.maximumConcurrency": "update"}
    closed = refreshed(step(FEED, "from-low", "update", before=before, after=after, diff=diff))
    assert (closed.drifted, [one.name for one in closed.scaled]) == ((), ["from-low"])
    after, diff = {**after, "batchSize": 9}, {**diff, "batchSize": "update"}
    other = refreshed(step(FEED, "from-low", "update", before=before, after=after, diff=diff))
    assert [one.name for one in other.drifted] == ["from-low"]


def test_a_service_that_differs_in_more_than_its_size_has_drifted() -> None:
    before = {"desiredCount": 2, "taskDefinition": "worker:7"}
    after = {"desiredCount": 0, "taskDefinition": "worker:6"}
    diff = {"desiredCount": "update", "taskDefinition": "update"}
    report = refreshed(step(SERVICE, "fleet", "update", before=before, after=after, diff=diff))
    assert [one.name for one in report.drifted] == ["fleet"]


def test_an_alarm_that_the_controller_keeps_from_acting_is_no_drift_and_one_that_somebody_switched_off_is() -> (
    None
):
    fields = {
        "before": {"actionsEnabled": True},
        "after": {"actionsEnabled": False},
        "diff": {"actionsEnabled": "update"},
    }
    rescue = refreshed(step(ALARM, "rescue-start", "update", parent=RESCUE, **fields))
    assert (rescue.drifted, [one.name for one in rescue.scaled]) == ((), ["rescue-start"])
    poison = refreshed(step(ALARM, "alarms-poison", "update", **fields))
    assert ([one.name for one in poison.drifted], poison.scaled) == (["alarms-poison"], ())


def test_an_update_of_nothing_that_was_asked_for_is_no_drift() -> None:
    assert refreshed(step(QUEUE, "normal", "update", before={"name": "q"}, after={"name": "q"})).drifted == ()


def test_the_document_for_machines_has_every_property() -> None:
    fields = {"before": {"delay": 0}, "after": {"delay": 9}, "diff": {"delay": "update"}}
    document = refreshed(step(QUEUE, "normal", "update", **fields)).to_dict()
    assert json.loads(json.dumps(document))["drifted"][0]["properties"] == [
        {"path": "delay", "kind": "update", "deployed": 0, "found": 9}
    ]
