"""FunctionFleet: workers as invocations of a Lambda function, which SQS feeds.

No cluster and no service: each lane has an event source mapping, `instances` is how many batches of a lane run at once, and
what a batch could not do goes back to its lane alone.
"""

import pulumi
from pulumi_aws import ecr, iam, lambda_

from components.choices import Architecture
from components.compute.containers import settings_of
from components.compute.parts import FleetParts
from components.compute_permissions import image_access, network_policy, service_trust
from components.fleet_component import FleetComponent, StackContext
from components.function_limits import LARGEST_BATCH
from components.ingress import FunctionTarget
from components.network import Network
from components.permissions import FunctionResources, function_policy
from components.role_policy import build_role_policy
from worker.domain.job import Lane

KIND = "function"
SCRATCH_MIB = 2048
"""Of /tmp, the one folder that a function may write to."""


class FunctionFleet(FleetComponent):
    """Role, function, a mapping for each lane."""

    def __init__(self, name: str, context: StackContext, parts: FleetParts, network: Network | None) -> None:
        """Build the role first; without a network of ours the function lives in Lambda's own, and reaches AWS from there."""
        super().__init__(name, context)
        self._parts, self._network = parts, network
        role, rights = self._build_role()
        function = self._build_function(role, rights)
        self.feeds = self._build_mappings(function)
        """What takes messages from each lane."""
        self.cluster_name = pulumi.Output.from_input("")
        self.service_name = function.name
        self.task_definition_arn = function.qualified_arn
        self.target = FunctionTarget(name=function.name, invoke_arn=function.invoke_arn)
        """What the front door calls."""
        self.finish(
            {
                "cluster_name": self.cluster_name,
                "service_name": self.service_name,
                "task_definition_arn": self.task_definition_arn,
            }
        )

    def _build_role(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        parts = self._parts
        role = iam.Role(
            self.child_name("role"),
            name=self.physical_name(KIND),
            description="The worker as a function: takes jobs, stores results, keeps the ledger",
            assume_role_policy=pulumi.Output.json_dumps(service_trust("lambda.amazonaws.com")),
            tags=self.tags(KIND),
            opts=self.child(),
        )
        work = pulumi.Output.all(parts.worker_resources(), parts.observability.worker_log_group_arn).apply(
            lambda known: function_policy(FunctionResources(worker=known[0], log_group_arn=known[1]))
        )
        rights: list[pulumi.Resource] = [build_role_policy(self, "worker", role, work)]
        if self._network is not None:
            region, function = self._context.region, self.physical_name(KIND)
            place = pulumi.Output.all(
                self._context.account_id,
                self._network.worker_group_id,
                pulumi.Output.all(*self._network.subnet_ids),
            ).apply(
                lambda known: network_policy(
                    region=region,
                    account_id=known[0],
                    group_id=known[1],
                    subnet_ids=known[2],
                    function=function,
                )
            )
            rights += [build_role_policy(self, "network", role, place), *self._network.way_out]
        return role, [*rights, self._let_lambda_pull()]

    def _let_lambda_pull(self) -> ecr.RepositoryPolicy:
        region, function = self._context.region, self.physical_name(KIND)
        return ecr.RepositoryPolicy(
            self.child_name("image-access"),
            repository=self._parts.image.worker_repository,
            policy=pulumi.Output.json_dumps(
                self._context.account_id.apply(
                    lambda account: image_access(f"arn:aws:lambda:{region}:{account}:function:{function}")
                )
            ),
            opts=self.child(),
        )

    def _build_function(self, role: iam.Role, rights: list[pulumi.Resource]) -> lambda_.Function:
        config, parts = self._context.config, self._parts
        variables = parts.addresses(self._context.names.environment).apply(
            lambda addresses: {
                name: value for name, value in settings_of(config, addresses).to_env().items() if value
            }
        )
        return lambda_.Function(
            self.child_name("function"),
            name=self.physical_name(KIND),
            description=f"Workers of the fleet {self._context.names.prefix}",
            package_type="Image",
            image_uri=parts.image.worker_image,
            architectures=["arm64" if config.architecture is Architecture.ARM64 else "x86_64"],
            role=role.arn,
            memory_size=config.memory_mib,
            timeout=config.function_timeout_seconds,
            vpc_config=self._place(),
            ephemeral_storage={"size": SCRATCH_MIB},
            environment={"variables": variables},
            logging_config={"log_format": "Text", "log_group": parts.observability.worker_log_group},
            publish=True,  # a version for each deployment: `health` compares it with what runs
            tags=self.tags(KIND),
            opts=self.child(depends_on=rights),
        )

    def _place(self) -> lambda_.FunctionVpcConfigArgs | None:
        if self._network is None:
            return None
        return lambda_.FunctionVpcConfigArgs(
            subnet_ids=self._network.subnet_ids, security_group_ids=[self._network.worker_group_id]
        )

    def _build_mappings(self, function: lambda_.Function) -> list[lambda_.EventSourceMapping]:
        config, queue = self._context.config, self._parts.queue
        scaling = (
            lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=config.instances)
            if config.instances
            else None
        )
        return [
            lambda_.EventSourceMapping(
                self.child_name(f"from-{lane.value}"),
                event_source_arn=queue.arns[lane],
                function_name=function.arn,
                enabled=config.instances > 0,
                batch_size=min(config.concurrency, LARGEST_BATCH),
                scaling_config=scaling,
                function_response_types=["ReportBatchItemFailures"],
                tags=self.tags(f"from-{lane.value}"),
                # A deployment must not wake what was stopped.
                opts=self.child(ignore_changes=["enabled"]),
            )
            for lane in Lane
        ]
