"""Alarms that set the fleet's size where the controller is dead: when they go off, what they do, and for which stacks."""

import re

import pytest

from components.fleet_metrics import failed_looks, running_workers
from components.naming import CONTROLLER_PART
from components.rescue import rescues
from tests.components.variants import variant
from worker.domain.controller_settings import ControllerSettings

ALARM, POLICY = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:appautoscaling/policy:Policy"
TARGET = "aws:appautoscaling/target:Target"
START, STOP = "rescue-start", "rescue-stop"
LIVES, FAILS = {"failed": 0}, {"failed": 1}
DEAD = {}
"""A controller that does not run publishes nothing."""


def goes_off(dog, values):
    """Evaluate as CloudWatch does: FILL puts its number where there is no data."""

    def filled(found):
        return str(values.get(found[1], found[2]))

    condition = re.fullmatch(r"IF\((.*), 1, 0\)", dog.expression)[1]
    text = re.sub(r"FILL\((\w+), (\d)\)", filled, condition)
    return all(is_true(part) for part in text.split(" AND "))


def is_true(comparison):
    left, operator, right = re.fullmatch(r"(.*) ([<>]) (\d+)", comparison).groups()
    total = sum(float(part) for part in left.strip("()").split(" + "))
    return total > float(right) if operator == ">" else total < float(right)


def judged(idle_minutes=15):
    return rescues(
        lanes=("high", "normal", "low"),
        running=running_workers(cluster="c", service="s"),
        failed=failed_looks(controller="the-controller"),
        idle_minutes=idle_minutes,
    )


@pytest.mark.parametrize(
    ("values", "starts", "stops"),
    [
        ({"visible1": 3, **DEAD}, True, False),
        ({"visible2": 1, "running": 0, **FAILS}, True, False),
        ({"visible1": 3, **LIVES}, False, False),
        ({"visible1": 3, "running": 1, **DEAD}, False, False),
        ({"running": 2, **DEAD}, False, True),
        ({"running": 2, **FAILS}, False, True),
        ({"running": 2, **LIVES}, False, False),
        ({"running": 2, "taken0": 1, **DEAD}, False, False),
        ({**DEAD}, False, False),
    ],
)
def test_alarms_act_where_work_and_workers_miss_each_other_and_no_look_succeeds(values, starts, stops):
    both = judged()
    assert goes_off(both[START], values) is starts
    assert goes_off(both[STOP], values) is stops


def test_an_alarm_that_acts_uses_no_more_metrics_than_an_alarm_may():
    for dog in judged().values():
        assert set(re.findall(r"FILL\((\w+),", dog.expression)) == set(dog.metrics)
        assert len(dog.metrics) <= 9
        assert re.fullmatch(r"[a-z]\w*", dog.part)  # it names the expression, too
    assert set(judged(idle_minutes=None)) == {START}


def of(declaration, token):
    return {
        item.name.removeprefix("rescue-"): item
        for item in declaration.of_type(token)
        if item.parent == "rescue"
    }


def test_one_alarm_starts_a_worker_and_the_other_stops_all(dev, prod):
    for declaration in (dev, prod):
        alarms, policies = of(declaration, ALARM), of(declaration, POLICY)
        assert {name: alarm.inputs["evaluationPeriods"] for name, alarm in alarms.items()} == {
            START: 5,
            STOP: 15,
        }
        workers = {START: 1, STOP: 0}
        for part, count in workers.items():
            policy = policies[f"{part}-policy"].inputs
            steps = policy["stepScalingPolicyConfiguration"]
            assert steps["adjustmentType"] == "ExactCapacity"
            assert steps["stepAdjustments"] == [{"metricIntervalLowerBound": "0", "scalingAdjustment": count}]
            told = alarms[part].inputs["alarmActions"]
            assert told[0] == declaration.named("alarms-late-normal").inputs["alarmActions"][0]
            assert told[1].endswith(policy["name"])
            assert alarms[part].ignored == ("actionsEnabled",)


def test_what_they_set_is_the_size_of_the_fleets_own_service(dev):
    target = dev.only(TARGET).inputs
    service = f"service/{dev.outputs['ClusterName']}/{dev.outputs['ServiceName']}"
    assert target["resourceId"] == service
    for policy in of(dev, POLICY).values():
        for name in ("resourceId", "scalableDimension", "serviceNamespace"):
            assert policy.inputs[name] == target[name]
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 10)


def test_they_hear_of_the_controller_and_the_controller_may_switch_them_alone(dev):
    settings = ControllerSettings.from_env(
        dev.named("autoscaling-function").inputs["environment"]["variables"]
    )
    named = {part: alarm.inputs["name"] for part, alarm in of(dev, ALARM).items()}
    assert {START: settings.rescue_start_alarm, STOP: settings.rescue_stop_alarm} == named
    rights = dev.named("autoscaling-rights").inputs["policy"]
    assert set(re.findall(r":alarm:([\w-]+)", rights)) == set(named.values())
    for alarm in of(dev, ALARM).values():
        (failed,) = [one for one in alarm.inputs["metricQueries"] if one["id"] == "failed"]
        assert failed["metric"]["dimensions"]["FunctionName"].endswith(CONTROLLER_PART)


def test_a_stack_that_may_idle_is_not_stopped_and_functions_need_nobody_to_start_them(local):
    assert set(of(local, ALARM)) == {START}
    assert set(of(variant("gpu"), ALARM)) == {START, STOP}
    assert not of(variant("lambda"), TARGET)
    assert not of(variant("lambda"), ALARM)
