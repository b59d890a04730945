"""The stack as a table of contents, and its outputs."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime import config as engine_config

from components.alarms import Alarms
from components.artifacts import Artifacts
from components.autoscaling import Autoscaling
from components.budget import Budget
from components.choices import Balancer
from components.compute.ec2_gpu import GpuFleet
from components.compute.fargate import FargateFleet
from components.compute.interface import ComputeType, Fleet
from components.compute.lambda_function import FunctionFleet
from components.compute.parts import FleetParts, TaskSurroundings
from components.config import ConfigInvalid, StackConfig, environment_fault, own_values
from components.dashboard import Dashboard
from components.fleet_component import StackContext
from components.forge_access import ForgeAccess
from components.image import Image
from components.image_builder import ImageBuilder
from components.ingress import DoorTarget, Ingress
from components.ingress_function import IngressFunction
from components.job_queue import JobQueue
from components.ledger import Ledger
from components.load_balancer import LoadBalancer
from components.naming import Names
from components.network import Network
from components.observability import Observability
from components.outputs import StackOutputs, output_name
from components.rescue import Rescue
from components.spending import Spending
from components.watchdogs import Watchdogs
from worker.domain.job import Lane

FLEETS_OF_TASKS: Mapping[ComputeType, type[FargateFleet | GpuFleet]] = {
    ComputeType.ECS_FARGATE: FargateFleet,
    ComputeType.EC2_GPU: GpuFleet,
}


def declare() -> None:
    """Declare the stack that Pulumi asks for."""
    context = read_context()
    parts = FleetParts(
        observability=Observability("observability", context),
        queue=JobQueue("queue", context),
        artifacts=Artifacts("artifacts", context),
        ledger=Ledger("ledger", context),
        image=Image("image", context),
        forge=ForgeAccess("forge", context) if context.config.github_credentials else None,
    )
    if context.config.codebuild:
        ImageBuilder("builder", context, artifacts=parts.artifacts, image=parts.image)
    is_function = context.config.compute_type is ComputeType.LAMBDA
    fleet, ingress = (_build_function if is_function else _build_tasks)(context, parts)
    alarms = Alarms("alarms", context, parts.queue)
    Watchdogs("watchdogs", context, queue=parts.queue, fleet=fleet, topic_arn=alarms.topic_arn)
    Dashboard("dashboard", context, queue=parts.queue, fleet=fleet, ingress=ingress)
    Budget("budget", context)
    if isinstance(fleet, FunctionFleet):
        Spending("spending", context, parts.ledger, feeds=fleet.feeds, topic_arn=alarms.topic_arn)
    else:
        Autoscaling("autoscaling", context, parts, fleet, topic_arn=alarms.topic_arn)
        Rescue("rescue", context, queue=parts.queue, fleet=fleet, topic_arn=alarms.topic_arn)
    if context.config.has_ingress:
        IngressFunction("intake", context, parts, fleet, door=ingress, topic_arn=alarms.topic_arn)
    export(outputs(context, parts, fleet, ingress))


def _build_tasks(context: StackContext, parts: FleetParts) -> tuple[Fleet, Ingress]:
    """The front door first: tasks register with it."""
    network = Network("network", context)
    balancer = (
        LoadBalancer("balancer", context, network) if context.config.load_balancer is Balancer.ALB else None
    )
    ingress = Ingress(
        "ingress",
        context,
        target=DoorTarget(network=network, listener_arn=balancer.listener_arn if balancer else None),
        log_group_arn=parts.observability.front_door_log_group_arn,
    )
    surroundings = TaskSurroundings(network=network, registration=(balancer or ingress).registration)
    return FLEETS_OF_TASKS[context.config.compute_type]("fleet", context, parts, surroundings), ingress


def _build_function(context: StackContext, parts: FleetParts) -> tuple[FunctionFleet, Ingress]:
    """The function first: the front door calls it. It has a network of ours only where it must not use Lambda's own."""
    network = Network("network", context) if context.config.network.is_private else None
    fleet = FunctionFleet("fleet", context, parts, network)
    ingress = Ingress(
        "ingress",
        context,
        target=DoorTarget(function=fleet.target),
        log_group_arn=parts.observability.front_door_log_group_arn,
    )
    return fleet, ingress


def read_context() -> StackContext:
    """Read name and settings of the stack; every fault of the latter in one error."""
    environment = pulumi.get_stack()
    if fault := environment_fault(environment):
        raise pulumi.RunError(fault)
    try:
        config = StackConfig.parse(own_values(_engine_values()))
    except ConfigInvalid as error:
        raise pulumi.RunError(str(error)) from error
    return StackContext(
        names=Names(environment=environment),
        config=config,
        region=pulumi.Config("aws").require("region"),
        account_id=aws.get_caller_identity_output().account_id,
    )


def outputs(context: StackContext, parts: FleetParts, fleet: Fleet, ingress: Ingress) -> dict[str, Any]:
    """Return a value for each field of StackOutputs."""
    config, queue = context.config, parts.queue
    return {
        "environment": context.names.environment,
        "region": context.region,
        "account_id": context.account_id,
        "compute_type": config.compute_type.value,
        "instances": config.instances,
        "auto_stop_minutes": config.auto_stop_minutes,
        "cluster_name": fleet.cluster_name,
        "service_name": fleet.service_name,
        "task_definition_arn": fleet.task_definition_arn,
        "queue_url": queue.lane_urls[Lane.NORMAL],
        "queue_url_high": queue.lane_urls[Lane.HIGH],
        "queue_url_low": queue.lane_urls[Lane.LOW],
        "dead_letter_queue_url": queue.dead_letter_url,
        "results_bucket": parts.artifacts.bucket,
        "ledger_table": parts.ledger.table_name,
        "repository_url": parts.image.repository_url,
        "log_group_name": parts.observability.worker_log_group,
        "service_endpoints": [ingress.endpoint],
        "model": config.engine_model,
    }


def export(values: dict[str, Any]) -> None:
    """Export exactly what StackOutputs names, under its names."""
    for field in fields(StackOutputs):
        pulumi.export(output_name(field.name), values.pop(field.name))
    if values:
        raise ValueError(f"StackOutputs has no fields {', '.join(values)}")


def _engine_values() -> dict[str, Any]:
    """Return the whole configuration; the engine hands it over in the environment or by call, as it starts us."""
    return {**engine_config.get_config_env(), **engine_config.CONFIG.get()}
