"""The doctor's look at the AWS account: who calls, where, what is allowed, what is left of the quotas."""

import re
from collections.abc import Iterable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from automation.cli.doctor_finding import Unsure
from automation.cli.session import Session
from automation.errors import AuthFault, Diagnostic
from components.config import StackConfig, own_values

NEEDED_ACTIONS = (
    "apigateway:POST",
    "application-autoscaling:RegisterScalableTarget",
    "cloudwatch:PutMetricAlarm",
    "dynamodb:CreateTable",
    "dynamodb:PutItem",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ecr:CreateRepository",
    "ecs:CreateCluster",
    "ecs:CreateService",
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "iam:CreateRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "logs:CreateLogGroup",
    "s3:CreateBucket",
    "s3:PutBucketPolicy",
    "servicediscovery:CreatePrivateDnsNamespace",
    "sns:CreateTopic",
    "sqs:CreateQueue",
    "tag:GetResources",
)
"""What a deploy cannot do without, one or two of each service: not all that it calls."""
CODEBUILD_ACTIONS = (
    "codebuild:BatchGetBuilds",
    "codebuild:BatchGetProjects",
    "codebuild:CreateProject",
    "codebuild:StartBuild",
    "codebuild:StopBuild",
    "logs:GetLogEvents",
    "s3:DeleteObject",
    "s3:PutObject",
)
"""And where the stack builds its images itself."""
_ASSUMED = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/")
_FARGATE_QUOTA, _VPC_QUOTA = ("fargate", "L-3032A538"), ("vpc", "L-F678F1CE")
_ZONES_NEEDED = 2


def is_asleep(session: Session) -> bool:
    """Tell whether the stack lives on an embedded AWS that does not run."""
    return session.is_embedded and session.embedded.status() is None


def check_credentials(session: Session) -> str:
    """Somebody calls, and may."""
    if is_asleep(session):
        return "the embedded AWS is not running; deploy starts it"
    return f"account {session.access.account_id()}"


def check_region(session: Session) -> str:
    """The region is switched on for this account and has two zones."""
    if is_asleep(session):
        return session.region
    zones = session.access.client("ec2").describe_availability_zones(
        Filters=[{"Name": "state", "Values": ["available"]}]
    )["AvailabilityZones"]
    if len(zones) < _ZONES_NEEDED:
        raise Diagnostic(
            f"{session.region} has {len(zones)} zones for this account",
            next_step="choose another region, or switch this one on in the account's settings",
        )
    return f"{session.region}, {len(zones)} zones"


def check_permissions(session: Session) -> str:
    """Ask IAM what would be allowed, without doing it."""
    if session.is_embedded:
        return "the embedded AWS asks for none"
    arn = str(session.access.client("sts").get_caller_identity()["Arn"])
    if arn.endswith(":root"):
        raise Unsure(
            "you are the root user: everything is allowed, and nothing can be simulated",
            next_step="deploy with a role",
        )
    needed = needed_actions(StackConfig.parse(own_values(session.config)))
    refused = refused_actions(session, principal_of(arn), needed)
    if refused:
        raise Diagnostic(
            f"{len(refused)} of {len(needed)} actions are refused to {principal_of(arn)}",
            why=", ".join(refused),
            next_step="let an administrator allow these, or choose another AWS_PROFILE",
        )
    return f"{len(needed)} actions that a deploy needs are allowed, as IAM simulates it"


def needed_actions(config: StackConfig) -> tuple[str, ...]:
    """Return what a deployment of such a stack can't do without."""
    return (*NEEDED_ACTIONS, *CODEBUILD_ACTIONS) if config.codebuild else NEEDED_ACTIONS


def principal_of(arn: str) -> str:
    """Return whose policies count: of an assumed role, the role."""
    assumed = _ASSUMED.match(arn)
    return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}" if assumed else arn


def refused_actions(session: Session, principal: str, actions: Sequence[str]) -> list[str]:
    """Return the actions that a simulation refuses; raises Unsure where nobody may simulate."""
    iam = session.access.client("iam")
    try:
        pages: Iterable[dict[str, list[dict[str, str]]]] = iam.get_paginator(
            "simulate_principal_policy"
        ).paginate(PolicySourceArn=principal, ActionNames=list(actions))
        results = [one for page in pages for one in page["EvaluationResults"]]
    except (ClientError, BotoCoreError) as fault:
        raise Unsure(
            "what is allowed is not known",
            why=str(fault),
            next_step="allow iam:SimulatePrincipalPolicy to have it simulated; a deploy tells it as well, later",
        ) from fault
    return sorted(one["EvalActionName"] for one in results if one["EvalDecision"] != "allowed")


def check_quotas(session: Session) -> str:
    """The fleet at full size, and one more network, must fit."""
    if session.is_embedded:
        return "the embedded AWS has none"
    config = StackConfig.parse(own_values(session.config))
    wanted = config.instances * config.cpu / 1024
    vcpus, networks = _quota(session, _FARGATE_QUOTA), _quota(session, _VPC_QUOTA)
    taken = len(session.access.client("ec2").describe_vpcs()["Vpcs"])
    faults = []
    if vcpus < wanted:
        faults.append(
            f"Fargate grants {vcpus:.0f} vCPUs, and {wanted:.0f} are asked for (quota {_FARGATE_QUOTA[1]})"
        )
    if networks <= taken:
        faults.append(f"{taken} of {networks:.0f} networks are taken (quota {_VPC_QUOTA[1]})")
    if faults:
        raise Unsure(
            "a quota may be reached",
            why="; ".join(faults),
            next_step="ask for more under Service Quotas, or make instances and cpu smaller; a deployed stack has its network already",
        )
    return f"{wanted:.0f} of {vcpus:.0f} Fargate vCPUs, {taken} of {networks:.0f} networks"


def _quota(session: Session, quota: tuple[str, str]) -> float:
    client = session.access.client("service-quotas")
    return float(client.get_service_quota(ServiceCode=quota[0], QuotaCode=quota[1])["Quota"]["Value"])


def check_ownership(session: Session, accounts: frozenset[str]) -> str:
    """The caller is of the account that the stack lives in."""
    if not accounts:
        return "the stack is not deployed yet: it will belong to the caller's account"
    caller = session.access.account_id()
    if caller not in accounts:
        raise AuthFault(
            f"the credentials are of {caller}, the stack lives in {', '.join(sorted(accounts))}",
            why="every operation would be refused",
            next_step="choose the right AWS_PROFILE",
        )
    return f"the stack lives in the caller's account {caller}"
