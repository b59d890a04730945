"""Finders for what runs a fleet beside ECS: functions, groups of instances, balancers, budgets, builds (see finders.py)."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from automation.driver.pending import Found

ClientOf = Callable[[str], Any]
Inputs = Mapping[str, Any]


def _listed(
    service: str, operation: str, key: str, *, by: str, identity: str
) -> Callable[..., Iterable[Found]]:
    """Find what a call lists when it is given a list with one name: `by` is that parameter."""

    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        answer = getattr(client_of(service), operation)(**{by: [inputs["name"]]})
        for entry in answer[key]:
            arn = next((str(value) for name, value in entry.items() if name.lower().endswith("arn")), "")
            yield Found(resource_id=str(entry[identity]), outputs={"arn": arn} if arn else {})

    return finder


def _capacity_provider(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    answer = client_of("ecs").describe_capacity_providers(capacityProviders=[inputs["name"]])
    for entry in answer["capacityProviders"]:
        if entry["status"] == "ACTIVE":
            arn = str(entry["capacityProviderArn"])
            yield Found(resource_id=arn, outputs={"arn": arn})


def _function(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    found = client_of("lambda").get_function(FunctionName=inputs["name"])["Configuration"]
    yield Found(resource_id=str(found["FunctionName"]))


def _permission(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    policy = json.loads(client_of("lambda").get_policy(FunctionName=inputs["function"])["Policy"])
    for statement in policy["Statement"]:
        if statement.get("Sid") == inputs["statementId"]:
            yield Found(resource_id=str(inputs["statementId"]))


def _event_source(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    answer = client_of("lambda").list_event_source_mappings(
        FunctionName=inputs["functionName"], EventSourceArn=inputs["eventSourceArn"]
    )
    for mapping in answer["EventSourceMappings"]:
        yield Found(resource_id=str(mapping["UUID"]), outputs={"uuid": str(mapping["UUID"])})


def _listener(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    answer = client_of("elbv2").describe_listeners(LoadBalancerArn=inputs["loadBalancerArn"])
    for listener in answer["Listeners"]:
        if listener.get("Port") == inputs.get("port"):
            yield Found(resource_id=listener["ListenerArn"], outputs={"arn": listener["ListenerArn"]})


def _instance_profile(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    found = client_of("iam").get_instance_profile(InstanceProfileName=inputs["name"])
    yield Found(resource_id=str(found["InstanceProfile"]["InstanceProfileName"]))


def _budget(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    account = str(client_of("sts").get_caller_identity()["Account"])
    found = client_of("budgets").describe_budget(AccountId=account, BudgetName=inputs["name"])
    yield Found(resource_id=f"{account}:{found['Budget']['BudgetName']}")


def _address(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    tags = inputs["tags"]
    filters = [{"Name": f"tag:{name}", "Values": [tags[name]]} for name in ("Name", "Project", "Environment")]
    for address in client_of("ec2").describe_addresses(Filters=filters)["Addresses"]:
        yield Found(resource_id=str(address["AllocationId"]))


COMPUTE_FINDERS: Mapping[str, Callable[[ClientOf, Inputs], Iterable[Found]]] = {
    "aws:autoscaling/group:Group": _listed(
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups",
        by="AutoScalingGroupNames",
        identity="AutoScalingGroupName",
    ),
    "aws:budgets/budget:Budget": _budget,
    "aws:codebuild/project:Project": _listed(
        "codebuild", "batch_get_projects", "projects", by="names", identity="arn"
    ),
    "aws:ec2/eip:Eip": _address,
    "aws:ec2/launchTemplate:LaunchTemplate": _listed(
        "ec2",
        "describe_launch_templates",
        "LaunchTemplates",
        by="LaunchTemplateNames",
        identity="LaunchTemplateId",
    ),
    "aws:ecs/capacityProvider:CapacityProvider": _capacity_provider,
    "aws:iam/instanceProfile:InstanceProfile": _instance_profile,
    "aws:lambda/eventSourceMapping:EventSourceMapping": _event_source,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": _permission,
    "aws:lb/listener:Listener": _listener,
    "aws:lb/loadBalancer:LoadBalancer": _listed(
        "elbv2", "describe_load_balancers", "LoadBalancers", by="Names", identity="LoadBalancerArn"
    ),
    "aws:lb/targetGroup:TargetGroup": _listed(
        "elbv2", "describe_target_groups", "TargetGroups", by="Names", identity="TargetGroupArn"
    ),
}
"""By type."""
