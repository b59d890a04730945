"""What the workers are charged for: tasks on Fargate, instances with a GPU, functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from automation.cost.charges import Charge, Per, by_job, monthly, number
from automation.cost.planned import PlannedResource
from automation.cost.usage import UseOfFleet
from components.prices import HOURS_A_MONTH
from components.worker_rate import INCLUDED_STORAGE_GB, MIB_A_GB, TaskShape, Use, spot_share_of, task_hour

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
WARM_POOL = "warmPool"
FLEET_COMPONENT = "fleet"
"""Component whose functions are workers; all others serve them."""
CONTROLLER_COMPONENT = "autoscaling"
CONTROLLER_RUNS_A_MONTH = 43_800.0
CONTROLLER_SECONDS = 45.0
"""While workers run it looks every twenty seconds within its minute."""
CONTROLLER_ASLEEP_SECONDS = 3.0
"""While none runs it looks once."""
SPENDING_COMPONENT = "spending"
SPENDING_LOOKS_A_MONTH = 8_760.0
SPENDING_SECONDS = 1.0
"""Eight calls, one after the other; a cold start now and then."""
INGRESS_SECONDS = 0.2
INGRESS_COMPONENT = "intake"
SWEEPS_A_MONTH = 8_760.0
"""Each five minutes it looks for what was left half done."""


def service_charges(
    service: PlannedResource, resources: Sequence[PlannedResource], use: UseOfFleet
) -> Iterable[Charge]:
    """Charge a worker's hour on Fargate; on instances it is the instances that cost."""
    definition = next((one for one in resources if one.type == TASK_DEFINITION), None)
    if definition is None or not _runs_on_fargate(service, definition):
        return
    storage = _first(definition.inputs.get("ephemeralStorage"))
    shape = TaskShape(
        vcpu=number(definition.inputs, "cpu", 0.0) / 1024,
        memory_gb=number(definition.inputs, "memory", 0.0) / MIB_A_GB,
        architecture=str(
            _first(definition.inputs.get("runtimePlatform")).get("cpuArchitecture", "X86_64")
        ).lower(),
        storage_gb=number(storage, "sizeInGib", INCLUDED_STORAGE_GB),
        has_public_address=_first(service.inputs.get("networkConfiguration")).get("assignPublicIp") is True,
    )
    shares = [
        (str(one.get("capacityProvider")), int(number(one, "base", 0)), int(number(one, "weight", 0)))
        for one in service.inputs.get("capacityProviderStrategies") or []
    ]
    yield from _worker_hour(service, task_hour(shape, spot_share=spot_share_of(shares, use.workers)))


def group_charges(
    group: PlannedResource, resources: Sequence[PlannedResource], _use: UseOfFleet
) -> Iterable[Charge]:
    """Charge an instance's hour with its disk and address, and the disks of those that wait stopped."""
    template = next((one for one in resources if one.type == LAUNCH_TEMPLATE), None)
    if template is None:
        return
    market = "ec2_spot_hour" if _is_spot(group, template) else "ec2_hour"
    kind = str(template.inputs.get("instanceType") or _first_override(group))
    disk_gb = sum(
        number(_first(disk.get("ebs")), "volumeSize", 0.0)
        for disk in template.inputs.get("blockDeviceMappings") or []
    )
    uses = [
        Use(price_key=f"{market}.{kind}", quantity=1, what=f"{kind}{' on Spot' if 'spot' in market else ''}"),
        Use(price_key="ebs_gp3_gb_month", quantity=disk_gb / HOURS_A_MONTH, what="GB-month of its disk"),
    ]
    interfaces = template.inputs.get("networkInterfaces") or []
    if any(str(one.get("associatePublicIpAddress")).lower() == "true" for one in interfaces):
        uses.append(Use(price_key="public_ipv4_hour", quantity=1, what="public IPv4 address"))
    yield from _worker_hour(group, uses)
    waiting = number(_first(group.inputs.get(WARM_POOL)), "minSize", 0.0)
    if waiting:
        yield monthly(group, "GB-month of disks that wait stopped", "ebs_gp3_gb_month", waiting * disk_gb)


def function_charges(
    function: PlannedResource, _resources: Sequence[PlannedResource], use: UseOfFleet
) -> Iterable[Charge]:
    """Charge a worker by its hour, controllers by the month, any other function by job."""
    architecture = (function.inputs.get("architectures") or ["x86_64"])[0]
    key, gigabytes = (
        f"lambda_gb_second.{architecture}",
        number(function.inputs, "memorySize", 128) / MIB_A_GB,
    )
    if function.component == FLEET_COMPONENT:
        gb_seconds = Use(price_key=key, quantity=gigabytes * 3600.0, what="GB-second")
        yield from _worker_hour(function, (gb_seconds,))
        yield by_job(function, "call of the function", "lambda_request", 1.0)
    elif function.component == CONTROLLER_COMPONENT:
        duty = use.hours_a_month / HOURS_A_MONTH
        seconds = duty * CONTROLLER_SECONDS + (1.0 - duty) * CONTROLLER_ASLEEP_SECONDS
        gb_seconds_a_month = CONTROLLER_RUNS_A_MONTH * seconds * gigabytes
        yield monthly(function, "GB-second of looking each minute", key, gb_seconds_a_month)
        yield monthly(function, "call of the function", "lambda_request", CONTROLLER_RUNS_A_MONTH)
    elif function.component == SPENDING_COMPONENT:
        looked = SPENDING_LOOKS_A_MONTH * SPENDING_SECONDS * gigabytes
        yield monthly(function, "GB-second of looking at the budget", key, looked)
        yield monthly(function, "call of the function", "lambda_request", SPENDING_LOOKS_A_MONTH)
        yield monthly(function, "question to CloudWatch", "cloudwatch_request", SPENDING_LOOKS_A_MONTH)
    else:
        if function.component == INGRESS_COMPONENT:
            swept = SWEEPS_A_MONTH * INGRESS_SECONDS * gigabytes
            yield monthly(function, "GB-second of sweeping", key, swept)
            yield monthly(function, "sweep", "lambda_request", SWEEPS_A_MONTH)
        yield by_job(function, "GB-second of the front door", key, INGRESS_SECONDS * gigabytes)
        yield by_job(function, "call of the function", "lambda_request", use.requests.http)


def _runs_on_fargate(service: PlannedResource, definition: PlannedResource) -> bool:
    providers = [
        str(one.get("capacityProvider")) for one in service.inputs.get("capacityProviderStrategies") or []
    ]
    if providers:
        return all(one.startswith("FARGATE") for one in providers)
    return "FARGATE" in {
        service.inputs.get("launchType"),
        *(definition.inputs.get("requiresCompatibilities") or []),
    }


def _worker_hour(resource: PlannedResource, uses: Iterable[Use]) -> Iterable[Charge]:
    for use in uses:
        yield Charge(
            resource=resource.name,
            what=use.what,
            per=Per.WORKER_HOUR,
            quantity=use.quantity,
            price_key=use.price_key,
        )


def _is_spot(group: PlannedResource, template: PlannedResource) -> bool:
    policy = _first(group.inputs.get("mixedInstancesPolicy"))
    distribution = _first(policy.get("instancesDistribution"))
    if distribution:
        return number(distribution, "onDemandPercentageAboveBaseCapacity", 100.0) == 0
    return _first(template.inputs.get("instanceMarketOptions")).get("marketType") == "spot"


def _first_override(group: PlannedResource) -> str:
    template = _first(_first(group.inputs.get("mixedInstancesPolicy")).get("launchTemplate"))
    return str(_first(template.get("overrides")).get("instanceType", "unknown"))


def _first(value: object) -> Mapping[str, Any]:
    """Return a block, whether Pulumi has it as an object or as a list; an empty one while it is unknown."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        value = value[0]
    return value if isinstance(value, Mapping) else {}
