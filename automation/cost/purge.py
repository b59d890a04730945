"""Deletes leftovers that a scan found, in the order in which they depend on each other; nothing that no scan named.

Phases run in the order of PHASES, and the whole again while it still gets rid of something: AWS is late, and a network part
goes only after what uses it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from automation.cost import purge_network
from automation.cost.leftovers import Leftover
from automation.driver.protections import empty_bucket, empty_repository
from automation.fleet.access import AwsAccess

ROUNDS = 4
_GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")
Deleter = Callable[[AwsAccess, str], None]


@dataclass(frozen=True, kw_only=True)
class Purge:
    """What became of leftovers."""

    deleted: tuple[Leftover, ...]
    """They are gone."""
    failed: tuple[tuple[Leftover, str], ...]
    """They are not, and why."""


def purge(access: AwsAccess, leftovers: Iterable[Leftover]) -> Purge:
    """Delete what can be deleted."""
    left = sorted(leftovers, key=lambda one: (_phase(one), one.identity))
    deleted: list[Leftover] = []
    failed: list[tuple[Leftover, str]] = []
    for _ in range(ROUNDS):
        failed = []
        for leftover in left:
            fault = _delete(access, leftover)
            if fault:
                failed.append((leftover, fault))
            else:
                deleted.append(leftover)
        if not failed or len(failed) == len(left):
            break
        left = [leftover for leftover, _ in failed]
    return Purge(deleted=tuple(deleted), failed=tuple(failed))


def _delete(access: AwsAccess, leftover: Leftover) -> str:
    """Delete one; return what is wrong, nothing where it is gone."""
    deleter = _deleter(leftover)
    if deleter is None:
        return "no way to delete it is known here: delete it by hand"
    try:
        deleter(access, leftover.identity)
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        return "" if any(word in code for word in _GONE) else str(fault)
    except BotoCoreError as fault:
        return str(fault)
    return ""


def _deleter(leftover: Leftover) -> Deleter | None:
    if leftover.service in PHASES:
        return PHASES[leftover.service]
    return purge_network.deleter_of(leftover.identity) or _of_arn(leftover.identity)


def _of_arn(arn: str) -> Deleter | None:
    """What is tagged is found by name too; what only its tag names is deleted by the kind in its ARN."""
    return next((deleter for part, deleter in BY_ARN if part in arn), None)


def _phase(leftover: Leftover) -> int:
    order = list(PHASES)
    if leftover.service in PHASES:
        return order.index(leftover.service)
    return len(order) + purge_network.phase_of(leftover.identity)


def _cluster(access: AwsAccess, arn: str) -> None:
    ecs = access.client("ecs")
    for page in ecs.get_paginator("list_services").paginate(cluster=arn):
        for service in page["serviceArns"]:
            ecs.delete_service(cluster=arn, service=service, force=True)
    for page in ecs.get_paginator("list_tasks").paginate(cluster=arn):
        for task in page["taskArns"]:
            ecs.stop_task(cluster=arn, task=task, reason="purge of what a destroy left")
    ecs.delete_cluster(cluster=arn)


def _task_definition(access: AwsAccess, arn: str) -> None:
    access.client("ecs").deregister_task_definition(taskDefinition=arn)


def _api(access: AwsAccess, identity: str) -> None:
    access.client("apigatewayv2").delete_api(ApiId=_in_brackets(identity))


def _vpc_link(access: AwsAccess, identity: str) -> None:
    access.client("apigatewayv2").delete_vpc_link(VpcLinkId=_in_brackets(identity))


def _namespace(access: AwsAccess, identity: str) -> None:
    client, namespace = access.client("servicediscovery"), _in_brackets(identity)
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace]}]
    for page in client.get_paginator("list_services").paginate(Filters=filters):
        for service in page["Services"]:
            client.delete_service(Id=service["Id"])
    client.delete_namespace(Id=namespace)


def _function(access: AwsAccess, arn: str) -> None:
    access.client("lambda").delete_function(FunctionName=arn)


def _alarm(access: AwsAccess, name: str) -> None:
    access.client("cloudwatch").delete_alarms(AlarmNames=[name.rsplit(":", 1)[-1]])


def _scalable_target(access: AwsAccess, resource: str) -> None:
    access.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="ecs", ResourceId=resource, ScalableDimension="ecs:service:DesiredCount"
    )


def _queue(access: AwsAccess, url: str) -> None:
    access.client("sqs").delete_queue(QueueUrl=url)


def _topic(access: AwsAccess, arn: str) -> None:
    access.client("sns").delete_topic(TopicArn=arn)


def _table(access: AwsAccess, name: str) -> None:
    client = access.client("dynamodb")
    if client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.delete_table(TableName=name)


def _bucket(access: AwsAccess, name: str) -> None:
    client = access.client("s3")
    empty_bucket(client, name)
    client.delete_bucket(Bucket=name)


def _repository(access: AwsAccess, arn: str) -> None:
    client, name = access.client("ecr"), arn.partition(":repository/")[2] or arn
    empty_repository(client, name)
    client.delete_repository(repositoryName=name, force=True)


def _project_of_builds(access: AwsAccess, name: str) -> None:
    access.client("codebuild").delete_project(name=name.rpartition("/")[2])


def _log_group(access: AwsAccess, name: str) -> None:
    access.client("logs").delete_log_group(logGroupName=name)


def _role(access: AwsAccess, name: str) -> None:
    iam = access.client("iam")
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    for profile in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        iam.remove_role_from_instance_profile(
            RoleName=name, InstanceProfileName=profile["InstanceProfileName"]
        )
    iam.delete_role(RoleName=name)


def _policy(access: AwsAccess, arn: str) -> None:
    iam = access.client("iam")
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _network(access: AwsAccess, vpc: str) -> None:
    purge_network.delete_vpc(access, vpc)


def _in_brackets(identity: str) -> str:
    return identity.rpartition("(")[2].rstrip(")")


PHASES: dict[str, Deleter] = {
    "codebuild": _project_of_builds,
    "cloudwatch alarms": _alarm,
    "scalable targets": _scalable_target,
    "apigatewayv2 apis": _api,
    "apigatewayv2 vpc links": _vpc_link,
    "ecs clusters": _cluster,
    "ecs task definitions": _task_definition,
    "servicediscovery": _namespace,
    "sqs": _queue,
    "sns": _topic,
    "logs": _log_group,
    "s3": _bucket,
    "dynamodb": _table,
    "ecr": _repository,
    "iam roles": _role,
    "iam policies": _policy,
    "ec2": _network,
}
"""Services in order: what runs, then what it used, then its roles, then the network."""

BY_ARN: tuple[tuple[str, Deleter], ...] = (
    (":lambda:", _function),
    (
        ":parameter/",
        lambda access, arn: access.client("ssm").delete_parameter(Name=arn.partition(":parameter")[2]),
    ),
    (":alarm:", _alarm),
    (":task-definition/", _task_definition),
    (":cluster/", _cluster),
    (":sns:", _topic),
    (":dynamodb:", lambda access, arn: _table(access, arn.rpartition("/")[2])),
    (":ecr:", _repository),
    (":codebuild:", _project_of_builds),
    (
        ":log-group:",
        lambda access, arn: _log_group(access, arn.partition(":log-group:")[2].removesuffix(":*")),
    ),
    (":s3:::", lambda access, arn: _bucket(access, arn.rpartition(":")[2])),
    (":role/", lambda access, arn: _role(access, arn.rpartition("/")[2])),
    (":policy/", _policy),
    (":sqs:", lambda access, arn: _queue(access, _url_of(access, arn))),
    ("/apis/", lambda access, arn: access.client("apigatewayv2").delete_api(ApiId=arn.rpartition("/")[2])),
    (
        "/vpclinks/",
        lambda access, arn: access.client("apigatewayv2").delete_vpc_link(VpcLinkId=arn.rpartition("/")[2]),
    ),
    (":namespace/", lambda access, arn: _namespace(access, arn.rpartition("/")[2])),
)
"""Kinds by a part of their ARN."""


def _url_of(access: AwsAccess, arn: str) -> str:
    return str(access.client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])
