"""GpuCapacity: the instances of a GPU fleet, from nothing to as many as there are tasks.

Instances are never protected from scale-in: with that protection set, deleting the group waits for ever. ECS drains an
instance before it ends instead, and a worker gives back what it can't finish.
"""

import base64

import pulumi
from pulumi_aws import autoscaling, ec2, ecs, iam

from components.choices import NetworkKind, Spot
from components.compute.interface import ComputeType
from components.compute.shares import INSTANCE_SHARES
from components.compute_permissions import instance_policy, service_trust
from components.fleet_component import FleetComponent, StackContext
from components.load_balancer import has_own_address
from components.network import Network

IMAGE_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
"""EC2 looks it up whenever it starts an instance: new instances are patched, and a new image is no change of the stack."""
DISK_GIB = 100
"""System, both images, a model of some gigabytes."""
WARM_UP_SECONDS = 120
LARGEST_FLEET = 100
MANAGED_TAG = "AmazonECSManaged"
"""ECS sets it on the group of a capacity provider; a group that lacks it in the program changes at every deployment."""


def user_data(cluster: str, *, is_warm: bool, has_own_address: bool) -> str:
    """Return what makes an instance join the cluster, as EC2 wants it."""
    settings = {
        "ECS_CLUSTER": cluster,
        "ECS_ENABLE_GPU_SUPPORT": "true",
        "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE": "true",
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING": "true",
        "ECS_CONTAINER_STOP_TIMEOUT": "120s",
        "ECS_IMAGE_PULL_BEHAVIOR": "prefer-cached",
    }
    if has_own_address:
        settings["ECS_AWSVPC_BLOCK_IMDS"] = "true"
    if is_warm:  # else an instance that is only being prepared takes tasks, and stops with them
        settings["ECS_WARM_POOLS_CHECK"] = "true"
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    script = f"#!/bin/bash\ncat >> /etc/ecs/ecs.config <<'END'\n{lines}END\n"
    return base64.b64encode(script.encode()).decode()


class GpuCapacity(FleetComponent):
    """Instance role, launch template, Auto Scaling group, capacity provider."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        *,
        cluster: ecs.Cluster,
        network: Network,
        parent: pulumi.Resource,
    ) -> None:
        """Build what instances are made of, then the group, then what lets ECS size it."""
        super().__init__(name, context, parent=parent)
        self._cluster, self._network = cluster, network
        profile, policy = self._build_profile()
        template = self._build_template(profile)
        group = self._build_group(template, policy)
        provider = self._build_provider(group)
        self.provider_name = provider.name
        self.attachment = ecs.ClusterCapacityProviders(
            self.child_name("capacity"),
            cluster_name=cluster.name,
            capacity_providers=[provider.name],
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider=provider.name, base=0, weight=1
                )
            ],
            opts=self.child(),
        )
        """A service can't name the provider before."""
        self.finish({"group_name": group.name})

    def _build_profile(self) -> tuple[iam.InstanceProfile, iam.RolePolicy]:
        names, region = self._context.names, self._context.region
        role = iam.Role(
            self.child_name("instance"),
            name=names.part("gpu-instance"),
            description="The ECS agent of a GPU instance; tasks have roles of their own",
            assume_role_policy=pulumi.Output.json_dumps(service_trust("ec2.amazonaws.com")),
            tags=self.tags("gpu-instance"),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            self.child_name("instance-policy"),
            name="agent",
            role=role.name,
            policy=pulumi.Output.json_dumps(
                pulumi.Output.all(self._context.account_id, self._cluster.name).apply(
                    lambda known: instance_policy(region=region, account_id=known[0], cluster=known[1])
                )
            ),
            opts=self.child(),
        )
        profile = iam.InstanceProfile(
            self.child_name("profile"),
            name=names.part("gpu-instance"),
            role=role.name,
            tags=self.tags("gpu-instance"),
            opts=self.child(),
        )
        return profile, policy

    def _build_template(self, profile: iam.InstanceProfile) -> ec2.LaunchTemplate:
        config = self._context.config
        is_warm, own_address, tags = config.warm_pool > 0, has_own_address(config), self.tags("gpu-worker")
        return ec2.LaunchTemplate(
            self.child_name("template"),
            name=self.physical_name(ComputeType.EC2_GPU.value),
            image_id=f"resolve:ssm:{IMAGE_PARAMETER}",
            instance_type=config.gpu_instance_type,
            update_default_version=True,
            iam_instance_profile={"arn": profile.arn},
            network_interfaces=[
                {
                    "associate_public_ip_address": str(config.network is NetworkKind.PUBLIC).lower(),
                    "delete_on_termination": "true",
                    "security_groups": [self._network.worker_group_id],
                }
            ],
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
            },
            block_device_mappings=[
                {
                    "device_name": "/dev/xvda",
                    "ebs": {
                        "volume_size": DISK_GIB,
                        "volume_type": "gp3",
                        "encrypted": "true",
                        "delete_on_termination": "true",
                    },
                }
            ],
            user_data=self._cluster.name.apply(
                lambda cluster: user_data(cluster, is_warm=is_warm, has_own_address=own_address)
            ),
            tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
            tags=tags,
            opts=self.child(),
        )

    def _build_group(self, template: ec2.LaunchTemplate, policy: iam.RolePolicy) -> autoscaling.Group:
        config = self._context.config
        tags = {**self.tags("gpu-worker"), MANAGED_TAG: "true"}
        return autoscaling.Group(
            self.child_name("group"),
            name=self.physical_name(ComputeType.EC2_GPU.value),
            min_size=0,
            max_size=LARGEST_FLEET,
            vpc_zone_identifiers=self._network.subnet_ids,
            launch_template=_plain(template) if config.spot is Spot.NONE else None,
            mixed_instances_policy=None if config.spot is Spot.NONE else _mixed(template, config.spot),
            capacity_rebalance=None if config.spot is Spot.NONE else True,
            warm_pool=_warm_pool(config.warm_pool) if config.warm_pool else None,
            health_check_type="EC2",
            protect_from_scale_in=False,
            force_delete=True,  # a destroy must not wait for instances to drain
            force_delete_warm_pool=True,
            tags=[
                autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in tags.items()
            ],
            # ECS sets the size: a deployment must not undo it.
            opts=self.child(ignore_changes=["desiredCapacity"], depends_on=[policy, *self._network.way_out]),
        )

    def _build_provider(self, group: autoscaling.Group) -> ecs.CapacityProvider:
        return ecs.CapacityProvider(
            self.child_name("provider"),
            name=self.physical_name("gpu"),
            auto_scaling_group_provider={
                "auto_scaling_group_arn": group.arn,
                "managed_termination_protection": "DISABLED",
                "managed_draining": "ENABLED",
                "managed_scaling": {
                    "status": "ENABLED",
                    "target_capacity": 100,  # an instance without a task is money for nothing
                    "minimum_scaling_step_size": 1,
                    "maximum_scaling_step_size": 10,
                    "instance_warmup_period": WARM_UP_SECONDS,
                },
            },
            tags=self.tags("gpu"),
            opts=self.child(),
        )


def _plain(template: ec2.LaunchTemplate) -> autoscaling.GroupLaunchTemplateArgs:
    """On demand is a plain template: EC2 refuses a warm pool beside a mix, even one without Spot."""
    return autoscaling.GroupLaunchTemplateArgs(id=template.id, version="$Latest")


def _mixed(template: ec2.LaunchTemplate, spot: Spot) -> autoscaling.GroupMixedInstancesPolicyArgs:
    share = INSTANCE_SHARES[spot]
    return autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template.id, version="$Latest"
            )
        ),
        instances_distribution=autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=share.on_demand_base,
            on_demand_percentage_above_base_capacity=share.on_demand_percentage,
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )


def _warm_pool(size: int) -> autoscaling.GroupWarmPoolArgs:
    return autoscaling.GroupWarmPoolArgs(
        pool_state="Stopped", min_size=size, max_group_prepared_capacity=size
    )
