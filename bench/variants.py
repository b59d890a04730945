"""Every kind of stack through Pulumi's real engine, on an embedded AWS of this process: no workers, no state that stays.

A variant lives a whole life: preview, up, nothing to do, somebody's hand in the cloud, refresh, healed, changed, destroyed, nothing left.
"""

import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from pulumi import automation

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.provider import ProviderServer
from components.naming import IMAGE_BUILDER_PART, PROJECT, Names
from components.program import declare

REGION = "us-east-1"
STACK = "variant"
COMMON = {"instances": "0", "cpu": "1024", "memory_mib": "4096", "log_retention_days": "7"}
KINDS: Mapping[str, Mapping[str, str]] = {
    "fargate": {"compute_type": "ecs-fargate", "spot": "mixed", "architecture": "arm64"},
    "gpu-warm": {"compute_type": "ec2-gpu", "warm_pool": "1"},
    "gpu-spot": {"compute_type": "ec2-gpu", "spot": "mixed"},
    "lambda": {"compute_type": "lambda", "engine": "builtin", "instances": "2"},
}
OPTIONS: Mapping[str, Mapping[str, str]] = {"fargate-codebuild": {**KINDS["fargate"], "codebuild": "true"}}
"""A kind with something beside it, which lives in one network."""
NETWORKS = ("public", "private-nat", "private-endpoints")
BALANCERS = ("none", "alb")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One combination of kind, network and front door."""

    kind: str
    network: str
    balancer: str

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.network}, {'balancer' if self.balancer == 'alb' else 'no balancer'}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            **COMMON,
            **{**KINDS, **OPTIONS}[self.kind],
            "network": self.network,
            "load_balancer": self.balancer,
        }


VARIANTS = tuple(
    Variant(kind=kind, network=network, balancer=balancer)
    for kind, network, balancer in itertools.product(KINDS, NETWORKS, BALANCERS)
    if not (kind == "lambda" and balancer == "alb")  # the front door calls a function itself
)
VARIANTS += tuple(Variant(kind=kind, network="public", balancer="none") for kind in OPTIONS)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one operation did."""

    name: str
    changes: Mapping[str, int]
    seconds: float


@dataclass(kw_only=True)
class Life:
    """What became of a variant."""

    resources: int = 0
    steps: list[Step] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def changes(self, name: str) -> Mapping[str, int]:
        return next(step.changes for step in self.steps if step.name == name)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a life is lived."""

    endpoint: str
    provider_port: int
    cli: Path
    folder: Path

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def stack(self, program: Callable[[], None], settings: Mapping[str, str]) -> automation.Stack:
        root = self.folder / "cli" / "bin"
        root.mkdir(parents=True, exist_ok=True)
        if not (root / "pulumi").exists():
            (root / "pulumi").symlink_to(self.cli)
        backend = self.folder / f"state-{time.time_ns()}"
        backend.mkdir()
        project = self.folder / f"project-{backend.name}"  # else the SDK makes a folder that nobody removes
        project.mkdir()
        environment = {
            "PATH": f"{self.cli.parent}:{os.environ['PATH']}",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{self.provider_port}",
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        command = automation.PulumiCommand(str(self.folder / "cli"))
        options = automation.LocalWorkspaceOptions(
            work_dir=str(project), env_vars=environment, pulumi_command=command
        )
        stack = automation.create_stack(STACK, project_name=PROJECT, program=program, opts=options)
        stack.set_config("aws:region", automation.ConfigValue(REGION))
        change(stack, settings)
        return stack


def change(stack: automation.Stack, settings: Mapping[str, str]) -> None:
    """Tell a stack something else."""
    stack.set_all_config(
        {f"{PROJECT}:{key}": automation.ConfigValue(value) for key, value in settings.items()}
    )


def find_cli() -> Path | None:
    """The Pulumi CLI on the PATH, or the one that `make setup` keeps."""
    found = shutil.which("pulumi")
    cache = Path(os.environ.get("DDF_CACHE_DIR", "~/.cache/deployer-ddf-mod-llm-models")).expanduser()
    return (
        Path(found)
        if found
        else next((path for path in sorted(cache.glob("pulumi/**/pulumi")) if path.is_file()), None)
    )


def live(variant: Variant, place: Place, *, is_short: bool = False) -> Life:
    """Live a whole life, or only birth, rest and death; a failing operation raises, and the stack is destroyed all the same."""
    there_before = set(leftovers(place))
    life, stack = Life(), place.stack(declare, variant.settings)

    def do(name: str, operation: Callable[[], Any]) -> None:
        began = time.perf_counter()
        result = operation()
        summary = getattr(result, "change_summary", None)
        counts = result.summary.resource_changes if summary is None else summary
        changes = {str(getattr(kind, "value", kind)): count for kind, count in (counts or {}).items()}
        changes.pop("same", None)
        life.steps.append(Step(name=name, changes=changes, seconds=time.perf_counter() - began))

    try:
        if not is_short:
            do("preview", stack.preview)
        do("up", stack.up)
        life.resources = len(stack.export_stack().deployment["resources"])
        do("up, nothing to do", stack.up)
        if not is_short:
            _change_and_heal(variant, place, stack, do)
    finally:
        do("destroy", stack.destroy)
    life.left = [it for it in leftovers(place) if it not in there_before]
    return life


def _change_and_heal(
    variant: Variant, place: Place, stack: automation.Stack, do: Callable[[str, Callable[[], Any]], None]
) -> None:
    do("refresh, nothing to do", stack.refresh)
    meddle(place, variant)
    do("refresh after somebody's hand", stack.refresh)
    do("up, healed", stack.up)
    change(stack, {"log_retention_days": "14", "memory_mib": "8192"})
    do("up, changed", stack.up)
    do("up, nothing to do after all", stack.up)


def faults(variant: Variant, life: Life) -> list[str]:
    """What was not as it should be."""
    found = [f"left behind: {it}" for it in life.left]
    for step in life.steps:
        if "nothing to do" in step.name and step.changes:
            found.append(f"{step.name}: {dict(step.changes)}")
        if "hand" in step.name and step.changes != hands(variant):
            found.append(f"{step.name}: {dict(step.changes)}, not {hands(variant)}")
    return found


def meddle(place: Place, variant: Variant) -> None:
    """Change by hand what this kind of stack stands on."""
    names = Names(environment=STACK)
    sqs = place.client("sqs")
    url = sqs.get_queue_url(QueueName=names.queue)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7777"})
    place.client("logs").delete_log_group(logGroupName=names.log_group("ingress"))
    if variant.kind.startswith("gpu"):
        place.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=names.part("ec2-gpu"), MaxSize=3
        )
    if variant.kind == "fargate-codebuild":
        place.client("codebuild").update_project(name=names.part(IMAGE_BUILDER_PART), timeoutInMinutes=7)
    if variant.kind == "lambda":
        place.client("lambda").update_function_configuration(
            FunctionName=names.part("function"), MemorySize=512
        )
    if variant.balancer == "alb":
        balancers = place.client("elbv2")
        [balancer] = balancers.describe_load_balancers(Names=[names.short("alb")])["LoadBalancers"]
        settings = [{"Key": "idle_timeout.timeout_seconds", "Value": "999"}]
        balancers.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=settings
        )


def hands(variant: Variant) -> dict[str, int]:
    """What a refresh must see of it."""
    is_seen = variant.kind != "fargate"
    return {"update": 1 + is_seen + (variant.balancer == "alb"), "delete": 1}


def leftovers(place: Place) -> Iterator[str]:
    """Everything of the services that a stack uses that is still there."""
    for service, operation, key, name in (
        ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
        ("ec2", "describe_addresses", "Addresses", "AllocationId"),
        ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
        ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
        ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
        ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
        ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
        ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("s3", "list_buckets", "Buckets", "Name"),
        ("logs", "describe_log_groups", "logGroups", "logGroupName"),
        ("ecr", "describe_repositories", "repositories", "repositoryName"),
        ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        ("sns", "list_topics", "Topics", "TopicArn"),
        ("apigatewayv2", "get_apis", "Items", "ApiId"),
        ("apigatewayv2", "get_vpc_links", "Items", "VpcLinkId"),
    ):
        for item in getattr(place.client(service), operation)().get(key) or []:
            if item.get("State") != "deleted":
                yield f"{service}: {item[name]}"
    for vpc in place.client("ec2").describe_vpcs()["Vpcs"]:
        if not vpc.get("IsDefault"):
            yield f"ec2: {vpc['VpcId']}"
    for service, operation, key in (
        ("codebuild", "list_projects", "projects"),
        ("sqs", "list_queues", "QueueUrls"),
        ("dynamodb", "list_tables", "TableNames"),
        ("ecs", "list_clusters", "clusterArns"),
    ):
        yield from (f"{service}: {it}" for it in getattr(place.client(service), operation)().get(key) or [])


def main(words: list[str]) -> int:
    """Run those variants whose name holds one of the words, or all; the number of those that were not right."""
    cli, wrong = find_cli(), 0
    if cli is None:
        sys.exit("no Pulumi CLI here: `make setup`")
    apply_patches()
    server = MotoServer(port=0, routes={})
    server.start()
    provider = ProviderServer(endpoint=server.endpoint, region=REGION)
    port = provider.start()
    print(f"{'variant':44} {'resources':>9} {'up':>6} {'no-op':>6} {'destroy':>7} {'all':>6}  verdict")
    for variant in (it for it in VARIANTS if not words or any(word in it.name for word in words)):
        with tempfile.TemporaryDirectory() as folder:
            life = live(
                variant, Place(endpoint=server.endpoint, provider_port=port, cli=cli, folder=Path(folder))
            )
        seconds = {step.name: step.seconds for step in life.steps}
        found = faults(variant, life)
        wrong += bool(found)
        times = (seconds["up"], seconds["up, nothing to do"], seconds["destroy"], sum(seconds.values()))
        print(
            f"{variant.name:44} {life.resources:9}",
            *(f"{it:6.1f}" for it in times),
            f" {'; '.join(found) or 'right'}",
            flush=True,
        )
    provider.stop()
    server.stop()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
