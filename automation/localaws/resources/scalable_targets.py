"""Application Auto Scaling: scalable targets and their policies. An alarm that goes off is told here and acts on AWS alone."""

from collections.abc import Iterator
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, pascal, picked_pascal
from automation.localaws.resources.tags import by_arn, tags_of

SERVICE = "application-autoscaling"
KEY = ("serviceNamespace", "resourceId", "scalableDimension")
NOT_FOUND = "No scal"
"""What AWS's one code for refusals says of a target or policy that is not there."""
ADJUSTMENTS = ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")


def _client(cloud: Cloud) -> Any:
    return getattr(cloud, SERVICE)


def _register(cloud: Cloud, props: Props) -> str:
    _client(cloud).register_scalable_target(
        **picked_pascal(props, (*KEY, "minCapacity", "maxCapacity")), Tags=tags_of(props)
    )
    return str(props["resourceId"])


def _read_target(cloud: Cloud, resource_id: str, props: Props) -> Props:
    namespace, dimension, resource = _named(resource_id, props)
    found = _client(cloud).describe_scalable_targets(
        ServiceNamespace=namespace, ResourceIds=[resource], ScalableDimension=dimension
    )["ScalableTargets"]
    if not found:
        raise Gone(resource_id)
    held, arn = found[0], found[0]["ScalableTargetARN"]
    return {
        "id": resource,
        "serviceNamespace": namespace,
        "resourceId": resource,
        "scalableDimension": dimension,
        "minCapacity": held["MinCapacity"],
        "maxCapacity": held["MaxCapacity"],
        "arn": arn,
        "tagsAll": _client(cloud).list_tags_for_resource(ResourceARN=arn)["Tags"],
    }


def _named(resource_id: str, props: Props) -> tuple[str, str, str]:
    """By its properties; an import names all three: ecs/service/CLUSTER/NAME/ecs:service:DesiredCount."""
    if props.get("resourceId"):
        return props["serviceNamespace"], props["scalableDimension"], props["resourceId"]
    namespace, _, rest = resource_id.partition("/")
    resource, _, dimension = rest.rpartition("/")
    return namespace, dimension, resource


def _update_target(cloud: Cloud, change: Change) -> None:
    if change.touches("minCapacity", "maxCapacity"):
        _client(cloud).register_scalable_target(
            **picked_pascal(change.new, (*KEY, "minCapacity", "maxCapacity"))
        )


def _deregister(cloud: Cloud, _id: str, props: Props) -> None:
    _tolerating_absence(cloud, "deregister_scalable_target", picked_pascal(props, KEY))


def _tolerating_absence(cloud: Cloud, operation: str, arguments: Props) -> None:
    client = _client(cloud)
    try:
        getattr(client, operation)(**arguments)
    except client.exceptions.ClientError as fault:
        if NOT_FOUND not in str(fault):
            raise


def _check_target(props: Props) -> Faults:
    yield from one_of(props, "serviceNamespace", ("ecs",))
    low, high = known(props, "minCapacity"), known(props, "maxCapacity")
    yield from within(props, "minCapacity", 0, 1_000_000)
    if low is not None and high is not None and high < low:
        yield "maxCapacity", f"'maxCapacity' must be at least 'minCapacity', not {high}"


def _put_policy(cloud: Cloud, props: Props) -> str:
    steps = _steps(props.get("stepScalingPolicyConfiguration"))
    targets = _client(cloud).describe_scalable_targets(
        ServiceNamespace=props["serviceNamespace"], ResourceIds=[props["resourceId"]]
    )["ScalableTargets"]
    if not targets:  # moto takes a policy for what nobody registered
        raise CloudFault(f"ObjectNotFoundException: No scalable target registered for {props['resourceId']}")
    _client(cloud).put_scaling_policy(
        PolicyName=props["name"],
        PolicyType=props.get("policyType") or "StepScaling",
        StepScalingPolicyConfiguration=steps,
        **picked_pascal(props, KEY),
    )
    return str(props["name"])


def _steps(configuration: Props | None) -> Props:
    """Bounds are texts to Pulumi and numbers to AWS."""
    shaped: Props = pascal(configuration or {})
    shaped["StepAdjustments"] = [
        {name: float(value) if name.startswith("MetricInterval") else value for name, value in step.items()}
        for step in shaped.get("StepAdjustments", ())
    ]
    return shaped


def _read_policy(cloud: Cloud, resource_id: str, props: Props) -> Props:
    named = props if props.get("name") else _imported(resource_id)
    policies = _client(cloud).describe_scaling_policies(**picked_pascal(named, KEY))["ScalingPolicies"]
    held = next((one for one in policies if one["PolicyName"] == named["name"]), None)
    if held is None:
        raise Gone(resource_id)
    configuration = camel(held.get("StepScalingPolicyConfiguration") or {})
    configuration["stepAdjustments"] = [
        {name: f"{value:g}" if name.startswith("metricInterval") else value for name, value in step.items()}
        for step in configuration.get("stepAdjustments", ())
    ]
    return {
        **{name: named[name] for name in KEY},
        "id": named["name"],
        "name": named["name"],
        "policyType": held["PolicyType"],
        "arn": held["PolicyARN"],
        "alarmArns": [one["AlarmARN"] for one in held.get("Alarms", ())],
        "stepScalingPolicyConfiguration": configuration,
    }


def _imported(resource_id: str) -> Props:
    """The form of an import: ecs/service/CLUSTER/NAME/ecs:service:DesiredCount/POLICY."""
    rest, _, name = resource_id.rpartition("/")
    namespace, dimension, resource = _named(rest, {})
    return {
        "serviceNamespace": namespace,
        "scalableDimension": dimension,
        "resourceId": resource,
        "name": name,
    }


def _update_policy(cloud: Cloud, change: Change) -> None:
    _put_policy(cloud, change.new)


def _delete_policy(cloud: Cloud, name: str, props: Props) -> None:
    _tolerating_absence(cloud, "delete_scaling_policy", {"PolicyName": name, **picked_pascal(props, KEY)})


def _check_policy(props: Props) -> Faults:
    yield from one_of(props, "policyType", ("StepScaling",))
    configuration = known(props, "stepScalingPolicyConfiguration")
    if isinstance(configuration, dict):
        yield from one_of(configuration, "adjustmentType", ADJUSTMENTS)
        yield from _bounds(configuration)


def _bounds(configuration: Props) -> Iterator[tuple[str, str]]:
    steps = configuration.get("stepAdjustments")
    if isinstance(steps, list) and not steps:
        yield "stepScalingPolicyConfiguration", "a policy needs a step"


TYPES = (
    ResourceType(
        urn_type="aws:appautoscaling/target:Target",
        create=_register,
        read=_read_target,
        update=_update_target,
        delete=_deregister,
        retag=by_arn(SERVICE, argument="ResourceARN", style="map"),
        check=_check_target,
        replace=frozenset(KEY),
        identity=frozenset(KEY),
    ),
    ResourceType(
        urn_type="aws:appautoscaling/policy:Policy",
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        check=_check_policy,
        replace=frozenset({*KEY, "name"}),
        name="name",
        defaults={"policyType": "StepScaling"},
    ),
)
