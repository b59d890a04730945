"""ECS: capacity providers of our own."""

import re

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ecs_checks import check_name
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

GROUP = "autoScalingGroupProvider"


def _create(cloud: Cloud, props: Props) -> str:
    answer = cloud.ecs.create_capacity_provider(
        name=props["name"],
        autoScalingGroupProvider=props[GROUP],
        tags=pairs(tags_of(props), "key", "value"),
    )
    return str(answer["capacityProvider"]["capacityProviderArn"])


def _find(cloud: Cloud, arn: str) -> Props:
    found = cloud.ecs.describe_capacity_providers(capacityProviders=[arn], include=["TAGS"])[
        "capacityProviders"
    ]
    if not found or found[0]["status"] == "INACTIVE":
        raise Gone(arn)
    provider: Props = found[0]
    return provider


def _read(cloud: Cloud, arn: str, _props: Props) -> Props:
    provider = _find(cloud, arn)
    return {
        "name": provider["name"],
        "arn": provider["capacityProviderArn"],
        GROUP: provider[GROUP],
        "tagsAll": unpaired(provider.get("tags"), "key", "value"),
    }


def _update(cloud: Cloud, change: Change) -> None:
    settings = {name: item for name, item in change.new[GROUP].items() if name != "autoScalingGroupArn"}
    cloud.ecs.update_capacity_provider(name=change.new["name"], autoScalingGroupProvider=settings)


def _delete(cloud: Cloud, arn: str, _props: Props) -> None:
    provider = _find(cloud, arn)
    for cluster in cloud.ecs.describe_clusters(clusters=cloud.ecs.list_clusters()["clusterArns"])["clusters"]:
        if provider["name"] in (cluster.get("capacityProviders") or []):
            raise CloudFault(
                f"ResourceInUseException: {provider['name']} is used by {cluster['clusterName']}"
            )
    cloud.ecs.delete_capacity_provider(capacityProvider=arn)


def _check(props: Props) -> Faults:
    yield from check_name(props)
    name = known(props, "name")
    if isinstance(name, str) and re.match(r"(?i)aws|ecs|fargate", name):
        yield "name", "'name' must not start with aws, ecs or fargate"
    group = known(props, GROUP) or {}
    scaling = group.get("managedScaling") or {}
    yield from one_of(group, "managedTerminationProtection", ("ENABLED", "DISABLED"))
    yield from one_of(group, "managedDraining", ("ENABLED", "DISABLED"))
    yield from within(scaling, "targetCapacity", 1, 100)
    yield from within(scaling, "minimumScalingStepSize", 1, 10_000)
    yield from within(scaling, "maximumScalingStepSize", 1, 10_000)
    if group.get("managedTerminationProtection") == "ENABLED" and scaling.get("status") != "ENABLED":
        yield GROUP, "termination protection needs managed scaling"


TYPES = (
    ResourceType(
        urn_type="aws:ecs/capacityProvider:CapacityProvider",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        retag=by_arn("ecs"),
        check=_check,
        replace=frozenset({"name"}),
        name="name",
        identity=frozenset({"name"}),
    ),
)
