"""ECS: each patch is right here and wrong on moto as it comes."""

import pytest

from tests.automation.localaws.clouds import Cloud, unique
from tests.automation.localaws.patches.fleet import Fleet
from tests.automation.localaws.patches.outcome import outcome


def counts_after_scaling(cloud: Cloud) -> object:
    fleet = Fleet.in_cloud(cloud)
    fleet.ecs.update_service(cluster=fleet.cluster, service="s", desiredCount=3)
    return fleet.service["runningCount"]


def clusters_after_delete(cloud: Cloud) -> object:
    ecs = cloud.client("ecs")
    arn = ecs.create_cluster(clusterName=unique("cluster"))["cluster"]["clusterArn"]
    ecs.delete_cluster(cluster=arn)
    return arn in ecs.list_clusters()["clusterArns"]


def deployment_configuration(cloud: Cloud) -> object:
    given = {"maximumPercent": 150, "minimumHealthyPercent": 50}
    fleet = Fleet.in_cloud(cloud, deploymentConfiguration=given)
    return fleet.service.get("deploymentConfiguration", {}).get("maximumPercent")


def tasks_of_another_service(cloud: Cloud) -> object:
    fleet = Fleet.in_cloud(cloud)
    cloud.client("ec2").modify_vpc_attribute(
        VpcId=cloud.client("ec2").describe_subnets()["Subnets"][0]["VpcId"],
        EnableDnsHostnames={"Value": True},
    )
    fleet.run(1)
    return fleet.ecs.list_tasks(cluster=fleet.cluster, serviceName="other")["taskArns"]


def report_of_the_agent(cloud: Cloud) -> object:
    fleet = Fleet.in_cloud(cloud)
    [task] = fleet.run(1)
    fleet.report(task, "RUNNING")
    return fleet.task(task)["lastStatus"]


def settings_of_a_cluster(cloud: Cloud) -> object:
    ecs, name = cloud.client("ecs"), unique("cluster")
    ecs.create_cluster(clusterName=name)
    wanted = [{"name": "containerInsights", "value": "enabled"}]
    ecs.update_cluster_settings(cluster=name, settings=wanted)
    return ecs.describe_clusters(clusters=[name], include=["SETTINGS"])["clusters"][0]["settings"] == wanted


def task_on_instances(cloud: Cloud) -> object:
    ecs, name = cloud.client("ecs"), unique("cluster")
    ecs.create_cluster(clusterName=name)
    definition = ecs.register_task_definition(
        family=name, networkMode="host", containerDefinitions=[{"name": "w", "image": "w", "memory": 64}]
    )["taskDefinition"]["taskDefinitionArn"]
    strategy = [{"capacityProvider": "of-instances"}]
    [task] = ecs.run_task(cluster=name, taskDefinition=definition, capacityProviderStrategy=strategy)["tasks"]
    return task["capacityProviderName"], task["launchType"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ask", "right"),
    [
        (task_on_instances, ("of-instances", "EC2")),
        (counts_after_scaling, 0),
        (clusters_after_delete, False),
        (deployment_configuration, 150),
        (tasks_of_another_service, []),
        (report_of_the_agent, "RUNNING"),
        (settings_of_a_cluster, True),
    ],
)
def test_the_embedded_ecs_is_right_where_stock_moto_is_not(
    ask: object, right: object, embedded: Cloud, stock: Cloud
) -> None:
    assert outcome(ask, embedded) == right
    assert outcome(ask, stock) != right
