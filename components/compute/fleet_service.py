"""Cluster and service of a fleet on ECS: what Fargate and EC2 have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs

from components.choices import NetworkKind
from components.compute.containers import MODEL_LOAD_SECONDS, WORKER_CONTAINER
from components.compute.parts import TaskSurroundings
from components.fleet_component import FleetComponent, StackContext
from components.load_balancer import Registration, has_own_address
from components.port_numbers import GATEWAY_PORT


@dataclass(frozen=True, kw_only=True)
class ServiceBlueprint:
    """What one kind of compute says of its service."""

    cluster_arn: pulumi.Output[str]
    """Cluster."""
    definition_arn: pulumi.Output[str]
    """Revision to run."""
    capacity: Sequence[ecs.ServiceCapacityProviderStrategyArgs]
    """Capacity providers that it runs on."""
    minimum_healthy_percent: int
    """Share of the tasks that a deployment leaves alone until others are up."""
    maximum_percent: int
    """Share of the tasks that a deployment may run at once."""
    after: Sequence[pulumi.Resource]
    """What must be there before."""


def build_cluster(owner: FleetComponent, context: StackContext, physical_name: str) -> ecs.Cluster:
    """Build the cluster, with insights where the stack pays for them."""
    insights = "enabled" if context.config.container_insights else "disabled"
    return ecs.Cluster(
        owner.child_name("cluster"),
        name=physical_name,
        settings=[{"name": "containerInsights", "value": insights}],
        tags=owner.tags("cluster"),
        opts=owner.child(),
    )


def build_service(
    owner: FleetComponent, context: StackContext, surroundings: TaskSurroundings, plan: ServiceBlueprint
) -> ecs.Service:
    """Build the service, known to the front door."""
    registration = surroundings.registration
    return ecs.Service(
        owner.child_name("service"),
        name=context.names.service,
        cluster=plan.cluster_arn,
        task_definition=plan.definition_arn,
        desired_count=context.config.instances,
        capacity_provider_strategies=list(plan.capacity),
        network_configuration=_network(context, surroundings),
        load_balancers=_targets(registration),
        service_registries=_registry(registration),
        # A balancer's checks don't count while a model is loaded.
        health_check_grace_period_seconds=MODEL_LOAD_SECONDS
        if registration.target_group_arn is not None
        else None,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        deployment_minimum_healthy_percent=plan.minimum_healthy_percent,
        deployment_maximum_percent=plan.maximum_percent,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        force_delete=True,  # a destroy must not wait for somebody to scale to zero
        # The wait says nothing for twenty minutes and calls a roll-back a success; `health` tells the truth.
        wait_for_steady_state=False,
        tags=owner.tags("service"),
        opts=owner.child(
            # A deployment must not undo what the scaling did.
            ignore_changes=["desiredCount"],
            depends_on=[*plan.after, *surroundings.network.way_out, *registration.after],
        ),
    )


def _network(
    context: StackContext, surroundings: TaskSurroundings
) -> ecs.ServiceNetworkConfigurationArgs | None:
    if not has_own_address(context.config):
        return None
    return ecs.ServiceNetworkConfigurationArgs(
        subnets=surroundings.network.subnet_ids,
        security_groups=[surroundings.network.worker_group_id],
        # On Fargate the only way out of a public subnet without NAT; nothing gets in.
        assign_public_ip=context.config.network is NetworkKind.PUBLIC,
    )


def _targets(registration: Registration) -> list[ecs.ServiceLoadBalancerArgs] | None:
    if registration.target_group_arn is None:
        return None
    return [
        ecs.ServiceLoadBalancerArgs(
            target_group_arn=registration.target_group_arn,
            container_name=WORKER_CONTAINER,
            container_port=GATEWAY_PORT,
        )
    ]


def _registry(registration: Registration) -> ecs.ServiceServiceRegistriesArgs | None:
    if registration.discovery_arn is None:
        return None
    return ecs.ServiceServiceRegistriesArgs(
        registry_arn=registration.discovery_arn,
        container_name=WORKER_CONTAINER,
        container_port=GATEWAY_PORT,
    )
