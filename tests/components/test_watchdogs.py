"""Alarms for what scaling should never let happen, judged by an evaluator of CloudWatch's metric maths."""

import re

import pytest

from components.fleet_metrics import running_workers
from components.watchdogs import watchdogs
from tests.components.variants import variant

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LANES = ("high", "normal", "low")
NOTHING = None


def verdict(dog, values):
    """Evaluate as CloudWatch does: FILL puts a number where there is no data."""
    text = re.sub(r"FILL\((\w+), 0\)", lambda found: str(values.get(found[1]) or 0), dog.expression)
    found = re.fullmatch(r"IF\((.*) AND (.*), 1, 0\)", text)
    sides = []
    for side in found.groups():
        left, operator, right = re.fullmatch(r"(.*) ([<>]) (\d+)", side).groups()
        total = sum(float(part) for part in left.strip("()").split("+"))
        sides.append(total > float(right) if operator == ">" else total < float(right))
    return all(sides)


def dogs(idle_minutes=15, cluster="c"):
    running = running_workers(cluster=cluster, service="s")
    return {dog.part: dog for dog in watchdogs(lanes=LANES, running=running, idle_minutes=idle_minutes)}


@pytest.mark.parametrize(
    ("values", "is_starved", "is_idle"),
    [
        ({"visible1": 3, "running": NOTHING}, True, False),
        ({"visible2": 1, "running": 0}, True, False),
        ({"visible1": 3, "running": 2}, False, False),
        ({"taken0": 1, "running": 1}, False, False),
        ({"running": 1}, False, True),
        ({"visible0": 0, "taken0": 0, "running": 4}, False, True),
        ({}, False, False),
    ],
)
def test_a_watchdog_barks_when_work_and_workers_miss_each_other(values, is_starved, is_idle):
    both = dogs()
    assert verdict(both["starved"], values) is is_starved
    assert verdict(both["idle"], values) is is_idle


def test_a_watchdog_uses_no_more_metrics_than_an_alarm_may():
    for dog in dogs().values():
        assert set(re.findall(r"FILL\((\w+),", dog.expression)) == set(dog.metrics)
        assert len(dog.metrics) <= 9


def test_without_idle_minutes_nobody_minds_workers_that_wait():
    assert set(dogs(idle_minutes=None)) == {"starved"}


def test_running_workers_are_counted_by_what_costs_nothing():
    assert running_workers(cluster="c", service="s").stat == "SampleCount"
    assert running_workers(cluster="", service="f").dimensions == {"FunctionName": "f"}


def watching(declaration):
    return {item.name: item.inputs for item in declaration.of_type(ALARM) if item.parent == "watchdogs"}


def test_a_fleet_on_aws_is_watched_for_both_and_the_local_one_may_idle(dev, prod, local):
    for declaration in (dev, prod):
        alarms = watching(declaration)
        assert {name: alarm["evaluationPeriods"] for name, alarm in alarms.items()} == {
            "watchdogs-starved": 5,
            "watchdogs-idle": 15,
        }
        for alarm in alarms.values():
            (judged,) = [query for query in alarm["metricQueries"] if query["returnData"]]
            assert "expression" in judged
            assert alarm["treatMissingData"] == "notBreaching"
            assert alarm["alarmActions"]
    assert set(watching(local)) == {"watchdogs-starved"}


def test_a_function_that_waits_costs_nothing():
    assert set(watching(variant("lambda"))) == {"watchdogs-starved"}
