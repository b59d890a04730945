"""What the stack's time costs, for the controller's meter.

The estimate knows every resource of a plan; this knows only the settings, and counts what stands for more than a few dollars. A fleet
that is partly on Spot is priced at its usual size: a larger one has a larger part on Spot, so the meter is never too low.
"""

from collections.abc import Iterable

from components.choices import Balancer, NetworkKind
from components.compute.interface import ComputeType
from components.compute.shares import FARGATE_SHARES, INSTANCE_SHARES
from components.config import StackConfig
from components.interface_endpoints import SERVICES
from components.network import ZONES
from components.prices import HOURS_A_MONTH, PriceTable
from components.worker_rate import MIB_A_GB, TaskShape, Use, spot_share_of, task_hour, uses_usd
from worker.domain.budget import Rates

GPU_DISK_GB = 100.0


def rates_of(config: StackConfig, table: PriceTable, region: str) -> Rates:
    """Return the rates of a stack; a worker's hour without a price stays without one, and the ladder then freezes the fleet."""
    return Rates(
        worker_hour_usd=uses_usd(worker_hour(config), table, region),
        fixed_month_usd=uses_usd(standing_month(config), table, region) or 0.0,
    )


def worker_hour(config: StackConfig) -> tuple[Use, ...]:
    """Return what one worker uses up in an hour."""
    if config.compute_type is ComputeType.LAMBDA:
        gb_seconds = config.memory_mib / MIB_A_GB * 3600.0
        key = f"lambda_gb_second.{config.architecture.value}"
        return (Use(price_key=key, quantity=gb_seconds, what="GB-second"),)
    is_public = config.network is NetworkKind.PUBLIC
    if config.compute_type is ComputeType.EC2_GPU:
        address = Use(price_key="public_ipv4_hour", quantity=1, what="public IPv4 address")
        return (*_instance_hour(config), address) if is_public else _instance_hour(config)
    shape = TaskShape(
        vcpu=config.cpu / 1024,
        memory_gb=config.memory_mib / MIB_A_GB,
        architecture=config.architecture.value,
        has_public_address=is_public,
    )
    shares = [(one.provider, one.base, one.weight) for one in FARGATE_SHARES[config.spot]]
    return task_hour(shape, spot_share=spot_share_of(shares, max(config.instances, 1)))


def _instance_hour(config: StackConfig) -> tuple[Use, ...]:
    share, workers = INSTANCE_SHARES[config.spot], max(config.instances, 1)
    above_base = max(workers - share.on_demand_base, 0)
    on_spot = above_base * (100 - share.on_demand_percentage) / 100 / workers
    kind = config.gpu_instance_type
    disk = Use(price_key="ebs_gp3_gb_month", quantity=GPU_DISK_GB / HOURS_A_MONTH, what="its disk")
    markets = (("ec2_hour", 1.0 - on_spot), ("ec2_spot_hour", on_spot))
    machine = (
        Use(price_key=f"{market}.{kind}", quantity=part, what="instance") for market, part in markets if part
    )
    return (*machine, disk)


def standing_month(config: StackConfig) -> Iterable[Use]:
    """Return what costs in a month in which nothing runs: the ways out, the balancer, instances that wait."""
    if config.network is NetworkKind.PRIVATE_NAT:
        yield Use(price_key="nat_hour", quantity=HOURS_A_MONTH, what="NAT gateway")
        yield Use(price_key="public_ipv4_hour", quantity=HOURS_A_MONTH, what="its address")
    if config.network is NetworkKind.PRIVATE_ENDPOINTS:
        count = len(SERVICES[config.compute_type]) * (ZONES if config.protect else 1)
        yield Use(price_key="endpoint_hour", quantity=count * HOURS_A_MONTH, what="interface endpoints")
    if config.load_balancer is Balancer.ALB:
        yield Use(price_key="alb_hour", quantity=HOURS_A_MONTH, what="load balancer")
    if config.warm_pool:
        disks = config.warm_pool * GPU_DISK_GB
        yield Use(price_key="ebs_gp3_gb_month", quantity=disks, what="disks that wait")
