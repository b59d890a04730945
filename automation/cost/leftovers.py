"""Finds what a destroyed stack left behind: by tag and by name, per service, never by Pulumi's state.

Both ways are needed: the Tagging API does not know every type, and a name says nothing about an untagged network part.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.fleet.access import AwsAccess
from components.naming import PROJECT, Names


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A resource that still exists."""

    service: str
    """AWS service."""
    identity: str
    """ARN, name or id."""
    found_by: str
    """tag or name."""


@dataclass(frozen=True, kw_only=True)
class LeftoverScan:
    """What a scan found, and what it could not look at."""

    leftovers: tuple[Leftover, ...]
    """What still exists."""
    services_scanned: tuple[str, ...]
    """Services that answered."""
    unscanned: tuple[str, ...]
    """Services that did not, each with the reason: absence is only proved for the others."""


_Lister = Callable[[AwsAccess, Names], Iterable[str]]


def scan_leftovers(access: AwsAccess, environment: str) -> LeftoverScan:
    """Look through every service that the program uses."""
    names = Names(environment=environment)
    found: dict[tuple[str, str], Leftover] = {}
    scanned: list[str] = []
    unscanned: list[str] = []
    for service, (how, lister) in _LISTERS.items():
        try:
            for identity in lister(access, names):
                key = (service, identity)
                found.setdefault(key, Leftover(service=service, identity=identity, found_by=how))
            scanned.append(service)
        except (ClientError, BotoCoreError) as fault:
            unscanned.append(f"{service}: {fault}")
    return LeftoverScan(
        leftovers=tuple(found[key] for key in sorted(found)),
        services_scanned=tuple(scanned),
        unscanned=tuple(unscanned),
    )


def _pages(access: AwsAccess, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    for page in access.client(service).get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])


def _tagged(access: AwsAccess, names: Names) -> Iterator[str]:
    filters = [{"Key": "Project", "Values": [PROJECT]}, {"Key": "Environment", "Values": [names.environment]}]
    client = "resourcegroupstaggingapi"
    for entry in _pages(access, client, "get_resources", "ResourceTagMappingList", TagFilters=filters):
        arn = str(entry["ResourceARN"])
        if not _is_ghost(access, arn):
            yield arn


def _is_ghost(access: AwsAccess, arn: str) -> bool:
    """Tell whether AWS keeps only the record of it: inactive clusters, services and deregistered task definitions."""
    ecs = access.client("ecs")
    if ":task-definition/" in arn:
        return str(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"]) != "ACTIVE"
    if ":cluster/" in arn and ":ecs:" in arn:
        return all(one["status"] == "INACTIVE" for one in ecs.describe_clusters(clusters=[arn])["clusters"])
    return ":ecs:" in arn and (":service/" in arn or ":task/" in arn)  # these end with their cluster


def _queues(access: AwsAccess, names: Names) -> Iterator[str]:
    yield from _pages(access, "sqs", "list_queues", "QueueUrls", QueueNamePrefix=names.prefix)


def _buckets(access: AwsAccess, names: Names) -> Iterator[str]:
    for bucket in access.client("s3").list_buckets()["Buckets"]:
        if str(bucket["Name"]).startswith(names.prefix):
            yield str(bucket["Name"])


def _tables(access: AwsAccess, names: Names) -> Iterator[str]:
    tables = _pages(access, "dynamodb", "list_tables", "TableNames")
    yield from (name for name in tables if name.startswith(names.prefix))


def _clusters(access: AwsAccess, names: Names) -> Iterator[str]:
    arns = list(_pages(access, "ecs", "list_clusters", "clusterArns"))
    mine = [arn for arn in arns if arn.rsplit("/", 1)[-1].startswith(names.prefix)]
    if mine:
        described = access.client("ecs").describe_clusters(clusters=mine)["clusters"]
        yield from (one["clusterArn"] for one in described if one["status"] != "INACTIVE")


def _task_definitions(access: AwsAccess, names: Names) -> Iterator[str]:
    arns = _pages(access, "ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
    yield from (arn for arn in arns if arn.rsplit("/", 1)[-1].startswith(names.prefix))


def _roles(access: AwsAccess, names: Names) -> Iterator[str]:
    roles = _pages(access, "iam", "list_roles", "Roles")
    yield from (role["RoleName"] for role in roles if role["RoleName"].startswith(names.prefix))


def _policies(access: AwsAccess, names: Names) -> Iterator[str]:
    policies = _pages(access, "iam", "list_policies", "Policies", Scope="Local")
    yield from (policy["Arn"] for policy in policies if policy["PolicyName"].startswith(names.prefix))


def _log_groups(access: AwsAccess, names: Names) -> Iterator[str]:
    prefix = names.log_group("")
    groups = _pages(access, "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    yield from (group["logGroupName"] for group in groups)


def _repositories(access: AwsAccess, names: Names) -> Iterator[str]:
    repositories = _pages(access, "ecr", "describe_repositories", "repositories")
    yield from (
        one["repositoryArn"] for one in repositories if one["repositoryName"].startswith(names.prefix)
    )


def _projects_of_builds(access: AwsAccess, names: Names) -> Iterator[str]:
    projects = _pages(access, "codebuild", "list_projects", "projects")
    yield from (name for name in projects if name.startswith(names.prefix))


def _apis(access: AwsAccess, names: Names) -> Iterator[str]:
    apis = access.client("apigatewayv2").get_apis().get("Items", [])
    yield from (f"{api['Name']} ({api['ApiId']})" for api in apis if api["Name"].startswith(names.prefix))


def _vpc_links(access: AwsAccess, names: Names) -> Iterator[str]:
    links = access.client("apigatewayv2").get_vpc_links().get("Items", [])
    yield from (
        f"{link['Name']} ({link['VpcLinkId']})" for link in links if link["Name"].startswith(names.prefix)
    )


def _namespaces(access: AwsAccess, names: Names) -> Iterator[str]:
    namespaces = _pages(access, "servicediscovery", "list_namespaces", "Namespaces")
    yield from (f"{one['Name']} ({one['Id']})" for one in namespaces if one["Name"].startswith(names.prefix))


def _topics(access: AwsAccess, names: Names) -> Iterator[str]:
    topics = _pages(access, "sns", "list_topics", "Topics")
    yield from (
        one["TopicArn"] for one in topics if one["TopicArn"].rsplit(":", 1)[-1].startswith(names.prefix)
    )


def _alarms(access: AwsAccess, names: Names) -> Iterator[str]:
    alarms = _pages(access, "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=names.prefix)
    yield from (alarm["AlarmName"] for alarm in alarms)


def _scalable_targets(access: AwsAccess, names: Names) -> Iterator[str]:
    """They may outlive the service whose size they set, and set that of the next one with its name."""
    client = "application-autoscaling"
    targets = _pages(access, client, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs")
    mine = f"service/{names.cluster}/"
    yield from (one["ResourceId"] for one in targets if one["ResourceId"].startswith(mine))


def _budgets(access: AwsAccess, names: Names) -> Iterator[str]:
    budgets = _pages(access, "budgets", "describe_budgets", "Budgets", AccountId=access.account_id())
    yield from (one["BudgetName"] for one in budgets if one["BudgetName"].startswith(f"{names.prefix}-"))


def _networks(access: AwsAccess, names: Names) -> Iterator[str]:
    filters = [
        {"Name": "tag:Project", "Values": [PROJECT]},
        {"Name": "tag:Environment", "Values": [names.environment]},
    ]
    yield from (vpc["VpcId"] for vpc in _pages(access, "ec2", "describe_vpcs", "Vpcs", Filters=filters))


_LISTERS: dict[str, tuple[str, _Lister]] = {
    "tagging": ("tag", _tagged),
    "ec2": ("tag", _networks),
    "sqs": ("name", _queues),
    "s3": ("name", _buckets),
    "dynamodb": ("name", _tables),
    "ecs clusters": ("name", _clusters),
    "ecs task definitions": ("name", _task_definitions),
    "iam roles": ("name", _roles),
    "iam policies": ("name", _policies),
    "logs": ("name", _log_groups),
    "ecr": ("name", _repositories),
    "codebuild": ("name", _projects_of_builds),
    "apigatewayv2 apis": ("name", _apis),
    "apigatewayv2 vpc links": ("name", _vpc_links),
    "servicediscovery": ("name", _namespaces),
    "sns": ("name", _topics),
    "cloudwatch alarms": ("name", _alarms),
    "budgets": ("name", _budgets),
    "scalable targets": ("name", _scalable_targets),
}
