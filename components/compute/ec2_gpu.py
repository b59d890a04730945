"""GpuFleet: workers as tasks of an ECS service on EC2 instances with a GPU each.

The capacity provider follows the service: ECS starts an instance for each task that finds no place, and ends those without
tasks. `spot` or `warm_pool` decides what instances cost; EC2 forbids both at once.
"""

from pulumi_aws import ecs

from components.compute.containers import SCRATCH_VOLUME, WORKER_CONTAINER
from components.compute.fleet_service import ServiceBlueprint, build_cluster, build_service
from components.compute.gpu_capacity import GpuCapacity
from components.compute.parts import FleetParts, TaskSurroundings, containers, role_subjects
from components.compute.task_roles import TaskRoles
from components.fleet_component import FleetComponent, StackContext
from components.load_balancer import has_own_address

KIND = "gpu"
GPUS_OF_TASK = 1


class GpuFleet(FleetComponent):
    """Cluster, instances, task definition, service; names of their own, so that it stands beside a Fargate fleet that it replaces."""

    def __init__(
        self, name: str, context: StackContext, parts: FleetParts, surroundings: TaskSurroundings
    ) -> None:
        """Build the roles first, then the cluster and its instances, then what runs on them."""
        super().__init__(name, context)
        self._parts = parts
        subjects = role_subjects(parts, context, self.physical_name(KIND))
        self._roles = TaskRoles(f"{name}-roles", context, subjects, parent=self, kind=f"{KIND}-")
        cluster = build_cluster(self, context, self.physical_name(KIND))
        capacity = GpuCapacity(
            f"{name}-gpu", context, cluster=cluster, network=surroundings.network, parent=self
        )
        definition = self._build_task_definition()
        service = build_service(
            self,
            context,
            surroundings,
            ServiceBlueprint(
                cluster_arn=cluster.arn,
                definition_arn=definition.arn,
                capacity=[
                    ecs.ServiceCapacityProviderStrategyArgs(
                        capacity_provider=capacity.provider_name, base=0, weight=1
                    )
                ],
                # A task takes a whole GPU: its successor would need an instance more. Jobs wait in the queue meanwhile.
                minimum_healthy_percent=0,
                maximum_percent=100,
                after=[capacity.attachment, *self._roles.policies],
            ),
        )
        self.cluster_name = cluster.name
        self.service_name = service.name
        self.task_definition_arn = definition.arn
        self.finish({"cluster_name": self.cluster_name, "service_name": self.service_name})

    def _build_task_definition(self) -> ecs.TaskDefinition:
        config = self._context.config
        return ecs.TaskDefinition(
            self.child_name("task"),
            family=self.physical_name(f"{KIND}-{WORKER_CONTAINER}"),
            cpu=str(config.cpu),
            memory=str(config.memory_mib),
            # A task's own network interface gets no public address on EC2: without NAT or endpoints it could reach nothing.
            network_mode="awsvpc" if has_own_address(config) else "host",
            requires_compatibilities=["EC2"],
            execution_role_arn=self._roles.execution_role_arn,
            task_role_arn=self._roles.task_role_arn,
            volumes=[{"name": SCRATCH_VOLUME}],
            container_definitions=containers(self._parts, self._context, gpus=GPUS_OF_TASK),
            tags=self.tags(WORKER_CONTAINER),
            opts=self.child(),
        )
