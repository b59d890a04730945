"""ECS: clusters, task definitions and services."""

import time

from automation.localaws.handler import Change, Faults, ResourceType, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ecs_checks import check_definition, check_name
from automation.localaws.resources.ecs_shapes import (
    definition_settings,
    read_definition,
    read_service,
    service_settings,
)
from automation.localaws.resources.shapes import picked
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

STEADY_SECONDS = 120.0


def _create_cluster(cloud: Cloud, props: Props) -> str:
    answer = cloud.ecs.create_cluster(
        clusterName=props["name"],
        tags=pairs(tags_of(props), "key", "value"),
        **picked(props, ("settings", "configuration")),
    )
    return str(answer["cluster"]["clusterArn"])


def _cluster(cloud: Cloud, name: str) -> Props:
    found = cloud.ecs.describe_clusters(clusters=[name], include=["TAGS", "SETTINGS"])["clusters"]
    if not found or found[0]["status"] == "INACTIVE":
        raise Gone(name)
    cluster: Props = found[0]
    return cluster


def _read_cluster(cloud: Cloud, arn: str, _props: Props) -> Props:
    cluster = _cluster(cloud, arn)
    return {
        "id": cluster["clusterArn"],
        "name": cluster["clusterName"],
        "arn": cluster["clusterArn"],
        "settings": cluster.get("settings") or [],
        "tagsAll": unpaired(cluster.get("tags"), "key", "value"),
    }


def _update_cluster(cloud: Cloud, change: Change) -> None:
    if change.touches("settings"):
        settings = change.new.get("settings") or [{"name": "containerInsights", "value": "disabled"}]
        cloud.ecs.update_cluster_settings(cluster=change.id, settings=settings)


def _delete_cluster(cloud: Cloud, arn: str, _props: Props) -> None:
    _cluster(cloud, arn)
    if cloud.ecs.list_services(cluster=arn)["serviceArns"]:
        raise CloudFault("ClusterContainsServicesException: delete the cluster's services first")
    cloud.ecs.delete_cluster(cluster=arn)


def _put_capacity(cloud: Cloud, props: Props) -> str:
    known_ones = {"FARGATE", "FARGATE_SPOT"}
    wanted = props.get("capacityProviders") or []
    own = sorted(set(wanted) - known_ones)
    if own:
        found = cloud.ecs.describe_capacity_providers(capacityProviders=own)["capacityProviders"]
        unknown = sorted(set(own) - {provider["name"] for provider in found})
        if unknown:
            raise CloudFault(f"InvalidParameterException: no capacity provider {', '.join(unknown)}")
    cloud.ecs.put_cluster_capacity_providers(
        cluster=props["clusterName"],
        capacityProviders=wanted,
        defaultCapacityProviderStrategy=props.get("defaultCapacityProviderStrategies") or [],
    )
    return str(props["clusterName"])


def _read_capacity(cloud: Cloud, name: str, _props: Props) -> Props:
    cluster = _cluster(cloud, name)
    return {
        "clusterName": cluster["clusterName"],
        "capacityProviders": cluster.get("capacityProviders") or [],
        "defaultCapacityProviderStrategies": cluster.get("defaultCapacityProviderStrategy") or [],
    }


def _update_capacity(cloud: Cloud, change: Change) -> None:
    _put_capacity(cloud, change.new)


def _delete_capacity(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.ecs.put_cluster_capacity_providers(
        cluster=name, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )


def _create_definition(cloud: Cloud, props: Props) -> str:
    answer = cloud.ecs.register_task_definition(
        tags=pairs(tags_of(props), "key", "value"), **definition_settings(props)
    )
    return str(answer["taskDefinition"]["family"])


def _read_definition(cloud: Cloud, arn: str, props: Props) -> Props:
    answer = cloud.ecs.describe_task_definition(taskDefinition=props.get("arn") or arn, include=["TAGS"])
    if answer["taskDefinition"]["status"] != "ACTIVE":
        raise Gone(arn)
    return read_definition(answer, props)


def _delete_definition(cloud: Cloud, arn: str, props: Props) -> None:
    if not props.get("skipDestroy"):
        cloud.ecs.deregister_task_definition(taskDefinition=props.get("arn") or arn)


def _create_service(cloud: Cloud, props: Props) -> str:
    taken = cloud.ecs.describe_services(cluster=props["cluster"], services=[props["name"]])["services"]
    if any(service["status"] == "ACTIVE" for service in taken):
        raise CloudFault(f"InvalidParameterException: a service named {props['name']} exists in the cluster")
    definition = cloud.ecs.describe_task_definition(taskDefinition=props["taskDefinition"])["taskDefinition"]
    if definition.get("networkMode") == "awsvpc" and not props.get("networkConfiguration"):
        raise CloudFault("InvalidParameterException: awsvpc tasks need 'networkConfiguration'")
    answer = cloud.ecs.create_service(
        serviceName=props["name"],
        desiredCount=props.get("desiredCount", 0),
        tags=pairs(tags_of(props), "key", "value"),
        **service_settings(props),
        enableECSManagedTags=bool(props.get("enableEcsManagedTags")),
        **picked(props, ("launchType", "schedulingStrategy", "propagateTags")),
        **({"serviceRegistries": [props["serviceRegistries"]]} if props.get("serviceRegistries") else {}),
    )
    return str(answer["service"]["serviceArn"])


def _finish_service(cloud: Cloud, arn: str, props: Props) -> None:
    if props.get("waitForSteadyState"):
        _wait_steady(cloud, arn, props["cluster"])


def _wait_steady(cloud: Cloud, arn: str, cluster: str) -> None:
    deadline = time.monotonic() + STEADY_SECONDS
    while time.monotonic() < deadline:
        service = _service(cloud, arn, cluster)
        if service["runningCount"] == service["desiredCount"] and len(service["deployments"]) == 1:
            return
        time.sleep(0.2)
    raise CloudFault(f"ServiceNotSteady: the service isn't steady after {STEADY_SECONDS:.0f} s")


def _service(cloud: Cloud, service: str, cluster: str | None) -> Props:
    if cluster is None:  # an import: the id is "cluster/service"
        cluster, _, service = service.rpartition("/")
        cluster = cluster.rpartition("/")[2]
    found = cloud.ecs.describe_services(cluster=cluster, services=[service], include=["TAGS"])["services"]
    if not found or found[0]["status"] == "INACTIVE":
        raise Gone(service)
    answer: Props = found[0]
    return answer


def _read_service(cloud: Cloud, arn: str, props: Props) -> Props:
    return read_service(_service(cloud, arn, props.get("cluster")), props)


def _update_service(cloud: Cloud, change: Change) -> None:
    settings = service_settings(change.new)
    if change.touches("desiredCount"):  # never undo what scaling did meanwhile
        settings["desiredCount"] = change.new.get("desiredCount", 0)
    if change.new.get("forceNewDeployment"):
        settings["forceNewDeployment"] = True
    cloud.ecs.update_service(service=change.old["name"], **settings)
    _finish_service(cloud, change.id, change.new)


def _delete_service(cloud: Cloud, arn: str, props: Props) -> None:
    service = _service(cloud, arn, props.get("cluster"))
    cluster = service["clusterArn"]
    if service["status"] == "ACTIVE":
        cloud.ecs.update_service(cluster=cluster, service=service["serviceName"], desiredCount=0)
    cloud.ecs.delete_service(cluster=cluster, service=service["serviceName"], force=True)
    _await_drained(cloud, cluster, service["serviceName"])


def _await_drained(cloud: Cloud, cluster: str, name: str) -> None:
    """A service drains while its tasks end; its cluster, subnets and groups can't go before."""
    deadline = time.monotonic() + STEADY_SECONDS
    while time.monotonic() < deadline:
        [service] = cloud.ecs.describe_services(cluster=cluster, services=[name])["services"]
        if service["status"] == "INACTIVE":
            return
        time.sleep(0.2)
    raise CloudFault(f"ServiceNotDrained: tasks of the service still run after {STEADY_SECONDS:.0f} s")


def _check_service(props: Props) -> Faults:
    yield from check_name(props)
    yield from within(props, "desiredCount", 0, 5000)
    if "launchType" in props and props.get("capacityProviderStrategies"):
        yield "launchType", "'launchType' and 'capacityProviderStrategies' exclude each other"
    if "taskDefinition" not in props:
        yield "taskDefinition", "missing required property 'taskDefinition'"
    yield from within(props, "deploymentMaximumPercent", 100, 200)
    yield from within(props, "deploymentMinimumHealthyPercent", 0, 200)


RETAG = by_arn("ecs")
TYPES = (
    ResourceType(
        urn_type="aws:ecs/cluster:Cluster",
        create=_create_cluster,
        read=_read_cluster,
        update=_update_cluster,
        delete=_delete_cluster,
        retag=RETAG,
        check=check_name,
        replace=frozenset({"name"}),
        name="name",
        computed=frozenset({"settings"}),
    ),
    ResourceType(
        urn_type="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        create=_put_capacity,
        read=_read_capacity,
        update=_update_capacity,
        delete=_delete_capacity,
        replace=frozenset({"clusterName"}),
        identity=frozenset({"clusterName"}),
    ),
    ResourceType(
        urn_type="aws:ecs/taskDefinition:TaskDefinition",
        create=_create_definition,
        read=_read_definition,
        delete=_delete_definition,
        retag=RETAG,
        check=check_definition,
        replace=frozenset(
            {"family", "containerDefinitions", "cpu", "memory", "networkMode", "requiresCompatibilities"}
            | {"runtimePlatform", "executionRoleArn", "taskRoleArn", "volumes", "ephemeralStorage", "ipcMode"}
            | {"pidMode", "placementConstraints", "proxyConfiguration", "enableFaultInjection"}
        ),
        defaults={"skipDestroy": False, "trackLatest": False},
    ),
    ResourceType(
        urn_type="aws:ecs/service:Service",
        create=_create_service,
        read=_read_service,
        update=_update_service,
        delete=_delete_service,
        finish=_finish_service,
        retag=RETAG,
        check=_check_service,
        replace=frozenset({"name", "cluster", "launchType", "schedulingStrategy", "deploymentController"}),
        name="name",
        identity=frozenset({"name", "cluster"}),
        defaults={
            "waitForSteadyState": False,
            "forceDelete": False,
            "deploymentCircuitBreaker": {"enable": False, "rollback": False},
            "deploymentMaximumPercent": 200,
            "deploymentMinimumHealthyPercent": 100,
            "enableExecuteCommand": False,
        },
        computed=frozenset({"launchType", "platformVersion", "capacityProviderStrategies"}),
    ),
)
