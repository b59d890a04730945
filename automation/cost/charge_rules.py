"""Which resource is charged for what. A type that is in neither table is shown as unpriced.

| what charges by the month | what charges by request, counted by job | what charges by a worker's hour |
|---|---|---|
| NAT, load balancer, endpoints, addresses, alarms, dashboards, secrets, zones, images, builds, storage | queues, ledger, bucket, HTTP API, functions | tasks, instances, functions that work |
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from automation.cost import usage
from automation.cost.charges import Charge, Per, Rule, by_job, monthly, number
from automation.cost.compute_charges import function_charges, group_charges, service_charges
from automation.cost.planned import PlannedResource
from automation.cost.usage import UseOfFleet
from components.build_machines import MACHINES
from components.prices import HOURS_A_MONTH

QUEUE = "aws:sqs/queue:Queue"
FAST_PERIOD_SECONDS = 60
DAYS_A_MONTH = 30.0

Resources = Sequence[PlannedResource]


def _nat(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "hour of a NAT gateway", "nat_hour", HOURS_A_MONTH)
    yield monthly(resource, "GB through it", "nat_gb", usage.NAT_GB_A_MONTH)


def _load_balancer(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "hour of a load balancer", "alb_hour", HOURS_A_MONTH)
    yield monthly(resource, "capacity unit-hour", "alb_lcu_hour", usage.ALB_CAPACITY_UNITS * HOURS_A_MONTH)
    if resource.inputs.get("internal") is not True:
        zones = len(resource.inputs.get("subnets") or ()) or 2
        yield monthly(resource, "hour of its addresses", "public_ipv4_hour", zones * HOURS_A_MONTH)


def _endpoint(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    if resource.inputs.get("vpcEndpointType") == "Interface":
        zones = len(resource.inputs.get("subnetIds") or ()) or 2
        yield monthly(resource, "hour and zone of an endpoint", "endpoint_hour", zones * HOURS_A_MONTH)


def _address(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "hour of an address", "public_ipv4_hour", HOURS_A_MONTH)


def _alarm(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    is_fast = number(resource.inputs, "period", FAST_PERIOD_SECONDS) < FAST_PERIOD_SECONDS
    queries = resource.inputs.get("metricQueries") or ()
    metrics = sum(isinstance(one, Mapping) and bool(one.get("metric")) for one in queries)
    key = "fast_alarm_month" if is_fast else "alarm_month"
    yield monthly(resource, "alarm, for each of its metrics", key, max(metrics, 1))


def _dashboard(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "dashboard", "dashboard_month", 1)


def _log_group(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    if resource.name.endswith("worker"):
        kept_days = number(resource.inputs, "retentionInDays", 365) or 365
        yield monthly(resource, "GB of logs", "logs_gb", usage.LOGS_GB_A_MONTH)
        kept = usage.LOGS_GB_A_MONTH * kept_days / DAYS_A_MONTH
        yield monthly(resource, f"GB-month of logs, {kept_days:.0f} days", "logs_gb_month", kept)


def _repository(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    size = usage.MODEL_IMAGE_GB if resource.name.endswith("ollama") else usage.WORKER_IMAGE_GB
    yield monthly(resource, "GB of images", "ecr_gb_month", size)


def _builds(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    """A project is charged only while it builds."""
    kind = (resource.inputs.get("environment") or {}).get("type")
    processor = next((it for it, machine in MACHINES.items() if machine.kind == kind), kind)
    minutes = usage.IMAGE_BUILD_MINUTES_A_MONTH
    yield monthly(resource, "minute of builds", f"codebuild_minute.{processor}", minutes)


def _secret(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "secret", "secret_month", 1)


def _zone(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "private DNS zone", "hosted_zone_month", 1)


def _discovery(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    yield Charge(
        resource=resource.name,
        what="registered task-month",
        per=Per.WORKER_HOUR,
        quantity=1 / HOURS_A_MONTH,
        price_key="cloud_map_resource_month",
    )


def _bucket(resource: PlannedResource, _all: Resources, use: UseOfFleet) -> Iterable[Charge]:
    if resource.component == "artifacts":
        yield monthly(resource, "GB of results", "s3_gb_month", usage.STORED_RESULTS_GB)
        yield by_job(resource, "PUT", "s3_put", use.requests.s3_puts)
        yield by_job(resource, "GET", "s3_get", use.requests.s3_gets)


def _table(resource: PlannedResource, _all: Resources, use: UseOfFleet) -> Iterable[Charge]:
    yield monthly(resource, "GB of ledger", "dynamodb_gb_month", usage.LEDGER_GB)
    if (resource.inputs.get("pointInTimeRecovery") or {}).get("enabled") is True:
        yield monthly(resource, "GB of backup to any second", "dynamodb_backup_gb_month", usage.LEDGER_GB)
    yield by_job(resource, "write unit", "dynamodb_write", use.requests.dynamodb_writes)
    yield by_job(resource, "read unit", "dynamodb_read", use.requests.dynamodb_reads)


def _queue(resource: PlannedResource, every: Resources, use: UseOfFleet) -> Iterable[Charge]:
    """A job goes through one queue, whichever: the first stands for all."""
    if next((one for one in every if one.type == QUEUE), None) is resource:
        lanes = replace(resource, name=resource.component or resource.name)
        yield by_job(lanes, "request to the queues", "sqs_request", use.requests.sqs)


def _api(resource: PlannedResource, _all: Resources, use: UseOfFleet) -> Iterable[Charge]:
    yield by_job(resource, "request", "http_api_request", use.requests.http)


def _cluster(resource: PlannedResource, _all: Resources, _use: UseOfFleet) -> Iterable[Charge]:
    settings = resource.inputs.get("settings") or []
    if any(one.get("value") in {"enabled", "enhanced"} for one in settings):
        yield monthly(resource, "metric of Container Insights", "metric_month", usage.INSIGHTS_METRICS)


RULES: Mapping[str, Rule] = {
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:alb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ec2/eip:Eip": _address,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ecr/repository:Repository": _repository,
    "aws:codebuild/project:Project": _builds,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _zone,
    "aws:servicediscovery/service:Service": _discovery,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:dynamodb/table:Table": _table,
    QUEUE: _queue,
    "aws:apigatewayv2/api:Api": _api,
    "aws:ecs/cluster:Cluster": _cluster,
    "aws:ecs/service:Service": service_charges,
    "aws:autoscaling/group:Group": group_charges,
    "aws:lambda/function:Function": function_charges,
}
"""Type -> what it is charged for."""

FREE_SERVICES = ("aws:iam/", "aws:budgets/", "aws:vpc/")
"""Services that charge for nothing that the program makes; a budget without actions costs nothing."""

FREE_TYPES = frozenset(
    {
        "aws:apigatewayv2/integration:Integration",
        "aws:apigatewayv2/route:Route",
        "aws:apigatewayv2/stage:Stage",
        "aws:apigatewayv2/vpcLink:VpcLink",
        "aws:appautoscaling/policy:Policy",
        "aws:appautoscaling/target:Target",
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:ecs/capacityProvider:CapacityProvider",
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/permission:Permission",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "aws:ssm/parameter:Parameter",
    }
)
"""Types without a charge of their own: what they do is charged for elsewhere, or costs nothing."""

FREE_PREFIXES = ("aws:s3/bucket",)
"""Settings of a bucket; the bucket itself has a rule."""


def is_free(type_token: str) -> bool:
    """Tell whether a type has no charge of its own."""
    return (
        type_token in FREE_TYPES
        or type_token.startswith(FREE_SERVICES)
        or (type_token.startswith(FREE_PREFIXES) and type_token not in RULES)
    )
