"""Metrics of services and queues."""

from automation.localaws.runtime.metrics import DORMANT_PERIODS, Dormancy, function_data, service_data
from tests.automation.localaws.runtime.builders import a_local_task, a_service


def test_a_services_counts_say_what_runs_what_is_wanted_and_what_is_missing():
    tasks = [a_local_task(1), a_local_task(2, status="STOPPING"), a_local_task(3, service="other")]
    data = {datum.name: datum.value for datum in service_data(a_service(desired_count=3), tasks)}
    assert data == {"DesiredTaskCount": 3, "RunningTaskCount": 1, "PendingTaskCount": 2}


def test_a_services_metrics_carry_its_name_and_its_clusters():
    datum = service_data(a_service(), [])[0]
    assert datum.namespace == "ECS/ContainerInsights"
    assert dict(datum.dimensions) == {"ClusterName": "fleet", "ServiceName": "web"}


def test_a_queue_falls_dormant_after_it_was_empty_long_enough_and_wakes_with_a_message():
    dormancy = Dormancy()
    assert not any(dormancy.is_dormant("q", [0, 0]) for _ in range(DORMANT_PERIODS))
    assert dormancy.is_dormant("q", [0, 0])
    assert not dormancy.is_dormant("q", [0, 1])
    assert not dormancy.is_dormant("q", [0, 0])


def test_what_each_invocation_took_is_told_in_milliseconds_as_lambda_does() -> None:
    data = function_data({"workers": [1.5, 2.0], "other": []})
    assert [(one.namespace, one.name, one.value, one.unit) for one in data] == [
        ("AWS/Lambda", "Duration", 1500.0, "Milliseconds"),
        ("AWS/Lambda", "Duration", 2000.0, "Milliseconds"),
    ]
    assert data[0].dimensions == (("FunctionName", "workers"),)
