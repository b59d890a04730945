"""What holds for every kind of compute, network and front door, and what is another for each."""

import base64
import json
import re

import pytest

from components.naming import PROJECT
from components.outputs import StackOutputs
from components.permissions import WITHOUT_RESOURCE
from tests.components.test_program import is_taggable
from tests.components.variants import VARIANTS, variant
from worker.domain.settings import WorkerSettings

SERVICE, TASK = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
FUNCTION, FEED = "aws:lambda/function:Function", "aws:lambda/eventSourceMapping:EventSourceMapping"
TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.fixture(params=VARIANTS, ids="-".join)
def any_variant(request):
    return variant(*request.param)


def statements(declaration):
    for item in declaration.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(item.inputs["policy"])["Statement"]:
            yield item.name, statement


def worker_functions(declaration):
    return [item for item in declaration.of_type(FUNCTION) if item.parent == "fleet"]


def test_the_outputs_are_the_same_for_all(any_variant):
    outputs = StackOutputs.from_exports(any_variant.outputs)
    assert len(any_variant.outputs) == len(StackOutputs.__dataclass_fields__)
    assert outputs.service_endpoints[0].startswith("https://")
    assert outputs.service_name.startswith(PROJECT)
    assert bool(outputs.cluster_name) is (outputs.compute_type != "lambda")


def test_every_resource_belongs_to_a_component_and_carries_its_tags(any_variant):
    owners = {item.name for item in any_variant.resources if item.token.startswith("ddf:")}
    for item in any_variant.resources:
        if item.token.startswith("aws:"):
            assert item.parent in owners, item.name
            assert item.name.startswith(f"{item.parent}-"), item.name
            if is_taggable(item.token):
                given = item.inputs.get("tags", {})
                tags = {tag["key"]: tag["value"] for tag in given} if isinstance(given, list) else given
                assert tags.get("Project") == PROJECT, item.name
                assert tags.get("Environment") == "dev", item.name


def test_no_grant_is_a_wildcard_but_of_actions_that_know_no_resource(any_variant):
    for name, statement in statements(any_variant):
        if statement["Effect"] == "Deny":
            continue
        assert not [action for action in statement["Action"] if "*" in action], name
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= WITHOUT_RESOURCE, name


def test_nothing_from_outside_reaches_a_worker(any_variant):
    for rule in any_variant.of_type(RULE_IN):
        assert rule.inputs["referencedSecurityGroupId"], rule.name
        assert not {"cidrIpv4", "cidrIpv6"} & rule.inputs.keys(), rule.name
    for balancer in any_variant.of_type("aws:lb/loadBalancer:LoadBalancer"):
        assert balancer.inputs["internal"] is True


def test_names_on_aws_fit_even_for_the_longest_stack_name():
    stack = "a" * 14
    for kind, network, balancer in (("gpu", "private-nat", "alb"), ("lambda", "private-nat", "none")):
        settings = variant(kind, network, balancer).resources
        assert settings
        for item in settings:
            name = str(item.inputs.get("name", "")).replace("-dev", f"-{stack}")
            if item.token.startswith("aws:lb/") and name:
                assert len(name) <= 32, name
            if item.token in {"aws:iam/role:Role", FUNCTION}:
                assert len(name) <= 64, name


@pytest.mark.parametrize("network", ["private-nat", "private-endpoints"])
@pytest.mark.parametrize("kind", ["fargate", "gpu"])
def test_private_tasks_have_no_address_on_the_internet(kind, network):
    service = variant(kind, network).only(SERVICE).inputs["networkConfiguration"]
    assert service["assignPublicIp"] is False
    assert service["subnets"] == ["network-private-0-id", "network-private-1-id"]


def test_a_private_network_has_one_way_out_or_none():
    nat, closed = variant("fargate", "private-nat"), variant("fargate", "private-endpoints")
    gateway = nat.only("aws:ec2/natGateway:NatGateway").inputs
    assert gateway["subnetId"] == "network-public-0-id"
    assert nat.named("network-nat-out").inputs["natGatewayId"] == "network-nat-id"
    assert nat.named("network-nat-out").inputs["routeTableId"] == "network-private-routes-id"
    assert not closed.of_type("aws:ec2/natGateway:NatGateway")
    assert not closed.of_type("aws:ec2/internetGateway:InternetGateway")
    assert {"network-nat-out"} <= set(nat.only(SERVICE).depends_on)


@pytest.mark.parametrize(
    ("kind", "services"),
    [
        ("fargate", {"ecr.api", "ecr.dkr", "ecs", "logs", "sqs"}),
        ("gpu", {"ecr.api", "ecr.dkr", "ecs", "logs", "sqs", "ecs-agent", "ecs-telemetry"}),
        ("lambda", {"sqs"}),
    ],
)
def test_workers_without_a_way_out_reach_the_services_that_they_call(kind, services):
    endpoints = [
        item.inputs
        for item in variant(kind, "private-endpoints").of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
        if item.inputs["vpcEndpointType"] == "Interface"
    ]
    assert {item["serviceName"].partition("us-east-1.")[2] for item in endpoints} == services
    assert all(item["privateDnsEnabled"] and len(item["subnetIds"]) == 1 for item in endpoints)


def test_production_has_its_endpoints_in_both_zones():
    endpoints = variant("fargate", "private-endpoints", stack="prod").of_type(
        "aws:ec2/vpcEndpoint:VpcEndpoint"
    )
    assert {len(item.inputs.get("subnetIds", [])) for item in endpoints} == {0, 2}


def test_subnets_of_all_kinds_do_not_overlap():
    subnets = variant("fargate", "private-nat").of_type("aws:ec2/subnet:Subnet")
    assert len({item.inputs["cidrBlock"] for item in subnets}) == 4


@pytest.mark.parametrize(
    ("kind", "network", "target_type"),
    [("fargate", "public", "ip"), ("gpu", "public", "instance"), ("gpu", "private-nat", "ip")],
)
def test_a_balancer_takes_the_place_of_cloud_map(kind, network, target_type):
    declaration = variant(kind, network, "alb")
    assert not declaration.of_type("aws:servicediscovery/service:Service")
    targets = declaration.only("aws:lb/targetGroup:TargetGroup").inputs
    assert targets["targetType"] == target_type
    assert targets["healthCheck"]["path"] == "/health"
    service = declaration.only(SERVICE)
    assert "serviceRegistries" not in service.inputs
    assert service.inputs["loadBalancers"][0]["containerPort"] == 8080
    assert service.inputs["healthCheckGracePeriodSeconds"] == 300
    assert "balancer-listener" in service.depends_on
    integration = declaration.only(INTEGRATION).inputs
    assert integration["connectionType"] == "VPC_LINK"
    assert "listener" in integration["integrationUri"]
    ways = {
        (item.inputs["referencedSecurityGroupId"], item.inputs["securityGroupId"], item.inputs["toPort"])
        for item in declaration.of_type(RULE_IN)
    }
    assert ways == {
        ("network-link-group-id", "balancer-balancer-group-id", 80),
        ("balancer-balancer-group-id", "network-worker-group-id", 8080),
    }


def test_the_gpu_belongs_to_the_model():
    containers = json.loads(variant("gpu").only(TASK).inputs["containerDefinitions"])
    gpus = {item["name"]: item.get("resourceRequirements") for item in containers}
    assert gpus == {"worker": None, "ollama": [{"type": "GPU", "value": "1"}]}


def test_a_task_on_a_public_instance_shares_its_address_because_it_gets_none_itself():
    public, private = variant("gpu"), variant("gpu", "private-nat")
    assert public.only(TASK).inputs["networkMode"] == "host"
    assert "networkConfiguration" not in public.only(SERVICE).inputs
    assert private.only(TASK).inputs["networkMode"] == "awsvpc"
    for declaration, text in ((public, "true"), (private, "false")):
        (interface,) = declaration.only(TEMPLATE).inputs["networkInterfaces"]
        assert interface["associatePublicIpAddress"] == text
        assert interface["securityGroups"] == ["network-worker-group-id"]


def settings_of_agent(declaration):
    script = base64.b64decode(declaration.only(TEMPLATE).inputs["userData"]).decode()
    return dict(re.findall(r"^(ECS_\w+)=(.*)$", script, re.MULTILINE))


def test_an_instance_joins_the_fleets_cluster_and_takes_no_task_while_it_only_waits():
    warm, spot = settings_of_agent(variant("gpu")), settings_of_agent(variant("gpu-spot", "public", "alb"))
    cluster = variant("gpu").only("aws:ecs/cluster:Cluster").inputs["name"]
    assert warm["ECS_CLUSTER"] == spot["ECS_CLUSTER"] == cluster
    assert warm["ECS_WARM_POOLS_CHECK"] == "true"
    assert "ECS_WARM_POOLS_CHECK" not in spot
    assert spot["ECS_ENABLE_SPOT_INSTANCE_DRAINING"] == "true"


def test_instances_are_found_by_parameter_and_keep_their_credentials_from_tasks():
    template = variant("gpu").only(TEMPLATE).inputs
    assert template["imageId"].startswith("resolve:ssm:/aws/service/ecs/optimized-ami/")
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert settings_of_agent(variant("gpu", "private-nat", "alb"))["ECS_AWSVPC_BLOCK_IMDS"] == "true"


def test_a_warm_pool_and_spot_never_meet():
    warm, spot = variant("gpu").only(GROUP), variant("gpu-spot", "public", "alb").only(GROUP)
    assert warm.inputs["warmPool"] == {"poolState": "Stopped", "minSize": 2, "maxGroupPreparedCapacity": 2}
    assert "mixedInstancesPolicy" not in warm.inputs
    assert "warmPool" not in spot.inputs
    shares = spot.inputs["mixedInstancesPolicy"]["instancesDistribution"]
    assert (shares["onDemandBaseCapacity"], shares["onDemandPercentageAboveBaseCapacity"]) == (1, 25)


def test_instances_come_and_go_with_tasks_and_never_hold_up_a_destroy():
    declaration = variant("gpu")
    group = declaration.only(GROUP)
    assert (group.inputs["minSize"], group.inputs["protectFromScaleIn"], group.inputs["forceDelete"]) == (
        0,
        False,
        True,
    )
    assert group.ignored == ("desiredCapacity",)
    provider = declaration.only("aws:ecs/capacityProvider:CapacityProvider").inputs[
        "autoScalingGroupProvider"
    ]
    assert provider["managedTerminationProtection"] == "DISABLED"
    assert provider["managedDraining"] == "ENABLED"
    assert provider["managedScaling"]["targetCapacity"] == 100
    service = declaration.only(SERVICE)
    assert "fleet-gpu-capacity" in service.depends_on
    assert (
        service.inputs["deploymentMinimumHealthyPercent"],
        service.inputs["deploymentMaximumPercent"],
    ) == (0, 100)


def test_kinds_of_tasks_stand_beside_each_other_while_one_replaces_the_other():
    def names(declaration):
        kinds = {"aws:iam/role:Role", "aws:ecs/cluster:Cluster", TASK}
        return {
            (item.token, item.inputs.get("name") or item.inputs.get("family"))
            for item in declaration.resources
            if item.token in kinds and item.parent.startswith("fleet")
        }

    assert names(variant("fargate")).isdisjoint(names(variant("gpu")))


def test_a_change_of_kind_touches_nothing_that_holds_jobs_or_results():
    def kept(declaration):
        holders = {"queue", "artifacts", "ledger", "image"}
        held = {item.name: item.inputs for item in declaration.resources if item.parent in holders}
        for inputs in held.values():
            inputs.get("visibilityTimeoutSeconds")
        return {
            name: {key: value for key, value in inputs.items() if key != "visibilityTimeoutSeconds"}
            for name, inputs in held.items()
        }

    assert kept(variant("fargate")) == kept(variant("gpu"))
    queues = {name for name in kept(variant("lambda")) if name.startswith(("queue", "artifacts", "ledger"))}
    assert all(kept(variant("lambda"))[name] == kept(variant("fargate"))[name] for name in queues)


def test_each_lane_feeds_the_function_as_often_as_the_stack_has_instances():
    declaration = variant("lambda")
    feeds = declaration.of_type(FEED)
    assert {item.name for item in feeds} == {"fleet-from-high", "fleet-from-normal", "fleet-from-low"}
    for feed in feeds:
        assert feed.inputs["scalingConfig"] == {"maximumConcurrency": 4}
        assert feed.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert feed.ignored == ("enabled",)
    hidden = {item.inputs["visibilityTimeoutSeconds"] for item in declaration.of_type("aws:sqs/queue:Queue")}
    (function,) = worker_functions(declaration)
    assert min(hidden) == 6 * function.inputs["timeout"]


def test_a_function_is_the_workers_image_and_is_told_what_a_task_is_told():
    declaration = variant("lambda")
    (function,) = worker_functions(declaration)
    assert function.inputs["packageType"] == "Image"
    assert function.inputs["imageUri"].endswith("dev-worker:0.1.0")
    assert function.inputs["architectures"] == ["arm64"]
    settings = WorkerSettings.from_env(function.inputs["environment"]["variables"])
    outputs = StackOutputs.from_exports(declaration.outputs)
    assert settings.queue_url_normal == outputs.queue_url
    assert settings.results_bucket == outputs.results_bucket
    assert not [name for name in function.inputs["environment"]["variables"] if name.startswith("AWS_")]
    assert function.inputs["loggingConfig"]["logGroup"] == outputs.log_group_name


def test_a_function_has_a_network_of_ours_only_where_it_must_not_use_lambdas_own():
    (free,) = worker_functions(variant("lambda"))
    (private,) = worker_functions(variant("lambda", "private-nat"))
    assert "vpcConfig" not in free.inputs
    assert not variant("lambda").of_type("aws:ec2/vpc:Vpc")
    assert private.inputs["vpcConfig"]["securityGroupIds"] == ["network-worker-group-id"]
    denied = [it for _, it in statements(variant("lambda", "private-nat")) if it["Effect"] == "Deny"]
    assert denied[0]["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].endswith(private.inputs["name"])


def test_the_front_door_calls_a_function_without_a_link_and_alone_may_do_so():
    declaration = variant("lambda")
    assert declaration.only(INTEGRATION).inputs["integrationType"] == "AWS_PROXY"
    assert not declaration.of_type("aws:apigatewayv2/vpcLink:VpcLink")
    permission = declaration.named("ingress-may-call").inputs
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"].endswith("/*/*")


def test_only_lambda_for_this_function_pulls_the_image_besides_ecs():
    (policy,) = variant("lambda").of_type("aws:ecr/repositoryPolicy:RepositoryPolicy")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    (function,) = worker_functions(variant("lambda"))
    assert statement["Condition"]["StringLike"]["aws:sourceArn"].endswith(
        f":function:{function.inputs['name']}"
    )
    assert not variant("fargate").of_type("aws:ecr/repositoryPolicy:RepositoryPolicy")
