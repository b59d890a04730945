"""ECS: what is said of a service follows from its tasks, and a task's status from the agent's reports."""

import pytest
from botocore.exceptions import ClientError

from tests.automation.localaws.clouds import Cloud
from tests.automation.localaws.patches.fleet import Fleet


def summary(fleet: Fleet) -> list[tuple[str, str, int, int]]:
    return [
        (entry["status"], entry["rolloutState"], entry["desiredCount"], entry["runningCount"])
        for entry in fleet.service["deployments"]
    ]


def test_nothing_runs_until_a_task_is_reported_running(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    assert (fleet.service["runningCount"], fleet.service["pendingCount"]) == (0, 0)
    tasks = fleet.run(2)
    assert (fleet.service["runningCount"], fleet.service["pendingCount"]) == (0, 2)
    assert summary(fleet) == [("PRIMARY", "IN_PROGRESS", 2, 0)]
    for task in tasks:
        fleet.report(task, "RUNNING")
    assert (fleet.service["runningCount"], fleet.service["pendingCount"]) == (2, 0)
    assert summary(fleet) == [("PRIMARY", "COMPLETED", 2, 2)]
    assert "steady state" in fleet.service["events"][0]["message"]


def test_a_look_does_not_move_a_task_on(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    fleet.report(task, "RUNNING")
    assert [fleet.task(task)["lastStatus"] for _ in range(6)] == ["RUNNING"] * 6
    assert [container["name"] for container in fleet.task(task)["containers"]] == ["worker", "ollama"]


def test_a_stopped_task_keeps_running_until_the_agent_says_that_it_ended(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    fleet.report(task, "RUNNING")
    fleet.ecs.stop_task(cluster=fleet.cluster, task=task, reason="scale in")
    assert (fleet.task(task)["desiredStatus"], fleet.task(task)["lastStatus"]) == ("STOPPED", "RUNNING")
    fleet.report(task, "STOPPED", exit_code=0)
    ended = fleet.task(task)
    assert (ended["lastStatus"], ended["stoppedReason"]) == ("STOPPED", "scale in")
    assert (ended["stopCode"], ended["containers"][0]["exitCode"]) == ("ServiceSchedulerInitiated", 0)
    assert ended["attachments"][0]["status"] == "DELETED"


def test_a_task_that_never_ran_is_stopped_at_once(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    fleet.ecs.stop_task(cluster=fleet.cluster, task=task)
    assert fleet.task(task)["lastStatus"] == "STOPPED"


def test_tasks_are_listed_by_service_status_and_starter(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    first, second = fleet.run(2)
    fleet.ecs.stop_task(cluster=fleet.cluster, task=first)

    def listed(**filters: str) -> list[str]:
        return list(fleet.ecs.list_tasks(cluster=fleet.cluster, **filters)["taskArns"])

    assert listed() == [second]
    assert listed(serviceName="s") == [second]
    assert listed(serviceName="other") == []
    assert listed(desiredStatus="STOPPED") == [first]
    assert listed(startedBy=fleet.service["deployments"][0]["id"]) == [second]
    assert listed(startedBy="somebody") == []


def test_a_new_revision_is_a_new_deployment_and_the_old_one_goes_with_its_last_task(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    old = fleet.run(2)
    for task in old:
        fleet.report(task, "RUNNING")
    assert summary(fleet) == [("PRIMARY", "COMPLETED", 2, 2)]
    fleet.ecs.update_service(cluster=fleet.cluster, service="s", forceNewDeployment=True)
    assert summary(fleet) == [("PRIMARY", "IN_PROGRESS", 2, 0), ("ACTIVE", "COMPLETED", 2, 2)]
    for task in fleet.run(2):
        fleet.report(task, "RUNNING")
    assert summary(fleet)[0] == ("PRIMARY", "IN_PROGRESS", 2, 2)
    for task in old:
        fleet.ecs.stop_task(cluster=fleet.cluster, task=task)
        fleet.report(task, "STOPPED", exit_code=0)
    assert summary(fleet) == [("PRIMARY", "COMPLETED", 2, 2)]


def test_scaling_does_not_reopen_a_finished_rollout(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    for task in fleet.run(2):
        fleet.report(task, "RUNNING")
    assert summary(fleet) == [("PRIMARY", "COMPLETED", 2, 2)]
    fleet.ecs.update_service(cluster=fleet.cluster, service="s", desiredCount=5)
    assert summary(fleet) == [("PRIMARY", "COMPLETED", 5, 2)]


def test_three_failed_starts_fail_the_deployment_where_the_breaker_is_on(embedded: Cloud) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    fleet = Fleet.in_cloud(embedded, deploymentConfiguration=breaker)
    for task in fleet.run(3):
        fleet.report(task, "STOPPED", exit_code=1, reason="exit 1")
    [deployment] = fleet.service["deployments"]
    assert (deployment["failedTasks"], deployment["rolloutState"]) == (3, "FAILED")
    assert fleet.service["deploymentConfiguration"]["maximumPercent"] == 200


def test_what_a_service_was_created_with_is_kept(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(
        embedded,
        deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50},
        enableExecuteCommand=True,
        healthCheckGracePeriodSeconds=30,
    )
    service = fleet.service
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert (service["enableExecuteCommand"], service["healthCheckGracePeriodSeconds"]) == (True, 30)


def test_protection_holds_until_it_expires_or_is_lifted(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    ecs = fleet.ecs
    ecs.update_task_protection(
        cluster=fleet.cluster, tasks=[task], protectionEnabled=True, expiresInMinutes=5
    )
    [held] = ecs.get_task_protection(cluster=fleet.cluster, tasks=[task])["protectedTasks"]
    assert held["protectionEnabled"] is True
    assert "expirationDate" in held
    ecs.update_task_protection(cluster=fleet.cluster, tasks=[task], protectionEnabled=False)
    [free] = ecs.get_task_protection(cluster=fleet.cluster, tasks=[task])["protectedTasks"]
    assert free["protectionEnabled"] is False
    missing = ecs.get_task_protection(cluster=fleet.cluster, tasks=["nobody"])["failures"]
    assert [entry["reason"] for entry in missing] == ["TASK_NOT_VALID"]


def test_a_service_drains_before_it_is_inactive_and_its_cluster_waits(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    fleet.report(task, "RUNNING")
    with pytest.raises(ClientError, match="ClusterContainsServices"):
        fleet.ecs.delete_cluster(cluster=fleet.cluster)
    fleet.ecs.delete_service(cluster=fleet.cluster, service="s", force=True)
    assert fleet.service["status"] == "DRAINING"
    with pytest.raises(ClientError, match="ClusterContainsTasks"):
        fleet.ecs.delete_cluster(cluster=fleet.cluster)
    fleet.ecs.stop_task(cluster=fleet.cluster, task=task)
    fleet.report(task, "STOPPED", exit_code=0)
    assert fleet.service["status"] == "INACTIVE"
    assert fleet.ecs.list_services(cluster=fleet.cluster)["serviceArns"] == []
    arn = fleet.ecs.delete_cluster(cluster=fleet.cluster)["cluster"]["clusterArn"]
    assert arn not in fleet.ecs.list_clusters()["clusterArns"]


def test_the_same_name_twice_is_refused(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    with pytest.raises(ClientError, match="not idempotent"):
        fleet.ecs.create_service(
            cluster=fleet.cluster,
            serviceName="s",
            taskDefinition=fleet.definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=fleet.network,
        )


def test_a_service_in_a_vpc_needs_a_network(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    with pytest.raises(ClientError, match="Network Configuration must be provided"):
        fleet.ecs.create_service(
            cluster=fleet.cluster, serviceName="other", taskDefinition=fleet.definition, desiredCount=1
        )
    assert len(fleet.ecs.list_services(cluster=fleet.cluster)["serviceArns"]) == 1
