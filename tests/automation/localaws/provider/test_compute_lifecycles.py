"""What fleets beyond Fargate stand on, through create, read, no-op, change and delete, over gRPC on the embedded AWS."""

import base64
import json

import grpc
import pytest

TAGS = {"tags": {"A": "1"}}
NAT, TEMPLATE, GROUP = (
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:autoscaling/group:Group",
)
FUNCTION, FEED = "aws:lambda/function:Function", "aws:lambda/eventSourceMapping:EventSourceMapping"
BALANCER, TARGETS, LISTENER = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
)
PROVIDER = "aws:ecs/capacityProvider:CapacityProvider"


class Ground:
    """What a case needs before it; taken away in reverse order."""

    def __init__(self, engine):
        self.engine, self.made = engine, []

    def make(self, token, news):
        state = self.engine.create(token, news)
        self.made.append((token, state))
        return state

    def network(self):
        """A network with a subnet in each of two zones."""
        vpc = self.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.7.0.0/16"})[0]
        subnets = [
            self.make(
                "aws:ec2/subnet:Subnet",
                {"vpcId": vpc, "cidrBlock": f"10.7.{number}.0/24", "availabilityZone": zone},
            )[0]
            for number, zone in enumerate(("us-east-1b", "us-east-1c"))
        ]
        return vpc, subnets

    def role(self, name, service):
        trust = {
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]
        }
        role = {"name": name, "assumeRolePolicy": json.dumps(trust)}
        return self.make("aws:iam/role:Role", role)[1]["arn"]


@pytest.fixture
def ground(engine):
    ground = Ground(engine)
    yield ground
    for token, state in reversed(ground.made):
        engine.delete(token, state)


def live(engine, token, news, change, replacement=None):
    """Create, read back, change and read back again; the resource stays."""
    state = engine.create(token, news)
    assert engine.diff(token, state, news).changes == 1, list(engine.diff(token, state, news).diffs)
    _id, outputs, inputs = engine.read(token, *state)
    assert inputs == state[2]
    assert outputs == state[1]
    difference = engine.diff(token, state, {**news, **change})
    assert not difference.replaces
    assert set(change) <= set(difference.diffs)
    if replacement:
        assert engine.diff(token, state, {**news, **replacement}).replaces
    changed = engine.update(token, state, {**news, **change})
    assert {name: changed[1][name] for name in change} == change
    assert engine.read(token, *changed)[1:] == changed[1:]
    assert engine.diff(token, changed, {**news, **change}).changes == 1
    return changed


def gone(engine, token, state):
    engine.delete(token, state)
    engine.delete(token, state)
    assert engine.read(token, *state)[0] == ""


def refusal(engine, token, news):
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(token, news)
    return caught.value.details()


def template_of(**extra):
    return {
        "name": "gpu",
        "imageId": "resolve:ssm:/aws/service/ami",
        "instanceType": "g4dn.xlarge",
        "networkInterfaces": [{"associatePublicIpAddress": "true", "securityGroups": ["sg-1"]}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100, "encrypted": "true"}}],
        "tagSpecifications": [{"resourceType": "instance", "tags": {"A": "1"}}],
        "userData": base64.b64encode(b"#!/bin/bash\n").decode(),
        "updateDefaultVersion": True,
        **extra,
    }


def group_of(subnets, **extra):
    tag = {"key": "Name", "value": "gpu", "propagateAtLaunch": True}
    return {"name": "gpu", "minSize": 0, "maxSize": 3, "vpcZoneIdentifiers": subnets, "tags": [tag], **extra}


def test_a_nat_gateway_holds_its_address_until_it_is_gone(engine, ground):
    _vpc, subnets = ground.network()
    address = engine.create("aws:ec2/eip:Eip", {"domain": "vpc", **TAGS})
    news = {"allocationId": address[0], "subnetId": subnets[0], **TAGS}
    gateway = live(engine, NAT, news, {"tags": {"B": "2"}}, {"subnetId": subnets[1]})
    with pytest.raises(grpc.RpcError, match="InUse"):
        engine.delete("aws:ec2/eip:Eip", address)
    gone(engine, NAT, gateway)
    gone(engine, "aws:ec2/eip:Eip", address)


def test_a_launch_template_gets_a_new_version_for_each_change(engine):
    state = live(
        engine, TEMPLATE, {**template_of(), **TAGS}, {"instanceType": "g5.xlarge"}, {"name": "other"}
    )
    assert state[1]["latestVersion"] == state[1]["defaultVersion"] == 2
    gone(engine, TEMPLATE, state)


@pytest.mark.parametrize("purchase", ["plain", "warm", "mixed"])
def test_a_group_of_instances_lives_with_each_way_of_purchase(engine, ground, purchase):
    _vpc, subnets = ground.network()
    template = ground.make(TEMPLATE, template_of())
    plain = {"launchTemplate": {"id": template[0], "version": "$Latest"}}
    specification = {"launchTemplateId": template[0], "version": "$Latest"}
    bought = {
        "plain": plain,
        "warm": {**plain, "warmPool": {"poolState": "Stopped", "minSize": 1, "maxGroupPreparedCapacity": 1}},
        "mixed": {
            "mixedInstancesPolicy": {
                "launchTemplate": {"launchTemplateSpecification": specification},
                "instancesDistribution": {
                    "onDemandBaseCapacity": 1,
                    "spotAllocationStrategy": "lowest-price",
                },
            },
            "capacityRebalance": True,
        },
    }[purchase]
    tags = [{"key": "Name", "value": "other", "propagateAtLaunch": True}]
    state = live(engine, GROUP, group_of(subnets, **bought), {"maxSize": 5, "tags": tags}, {"name": "b"})
    with pytest.raises(grpc.RpcError, match="DependencyViolation"):
        engine.delete(TEMPLATE, template)
    gone(engine, GROUP, state)


def test_a_warm_pool_beside_a_mix_is_refused_as_by_ec2(engine):
    mixed = {
        "mixedInstancesPolicy": {
            "launchTemplate": {"launchTemplateSpecification": {"launchTemplateId": "lt"}}
        }
    }
    _inputs, faults = engine.check(GROUP, group_of(["s"], **mixed, warmPool={"poolState": "Stopped"}))
    assert [name for name, _reason in faults] == ["warmPool"]


def test_a_capacity_provider_goes_only_after_its_cluster_lets_go(engine, ground):
    _vpc, subnets = ground.network()
    template = ground.make(TEMPLATE, template_of())
    group = ground.make(GROUP, group_of(subnets, launchTemplate={"id": template[0]}))
    ground.make("aws:ecs/cluster:Cluster", {"name": "gpus"})
    scaling = {"status": "ENABLED", "targetCapacity": 100}
    settings = {"autoScalingGroupArn": group[1]["arn"], "managedTerminationProtection": "DISABLED"}
    news = {"name": "gpus", "autoScalingGroupProvider": {**settings, "managedScaling": scaling}, **TAGS}
    half = {**settings, "managedScaling": {**scaling, "targetCapacity": 50}}
    state = live(engine, PROVIDER, news, {"autoScalingGroupProvider": half}, {"name": "b"})
    token = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
    attachment = engine.create(token, {"clusterName": "gpus", "capacityProviders": ["gpus"]})
    with pytest.raises(grpc.RpcError, match="ResourceInUse"):
        engine.delete(PROVIDER, state)
    engine.delete(token, attachment)
    gone(engine, PROVIDER, state)


def test_an_instance_profile_carries_its_role(engine, ground):
    ground.role("instance", "ec2.amazonaws.com")
    token = "aws:iam/instanceProfile:InstanceProfile"
    state = live(
        engine, token, {"name": "p", "role": "instance", **TAGS}, {"tags": {"B": "2"}}, {"path": "/x/"}
    )
    gone(engine, token, state)


def function_of(role, **extra):
    return {
        "name": "worker",
        "packageType": "Image",
        "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1",
        "role": role,
        "memorySize": 2048,
        "timeout": 150,
        "ephemeralStorage": {"size": 2048},
        "environment": {"variables": {"DDF_ENGINE": "builtin"}},
        "loggingConfig": {"logFormat": "Text", "logGroup": "/logs"},
        "publish": True,
        **extra,
    }


def test_a_function_publishes_a_version_for_each_change(engine, ground):
    role = ground.role("function", "lambda.amazonaws.com")
    state = live(engine, FUNCTION, {**function_of(role), **TAGS}, {"memorySize": 4096}, {"name": "b"})
    assert state[1]["qualifiedArn"].endswith(":function:worker:2")
    gone(engine, FUNCTION, state)


def test_a_queue_feeds_a_function_only_if_it_hides_messages_long_enough(engine, ground):
    role = ground.role("function", "lambda.amazonaws.com")
    function = ground.make(FUNCTION, function_of(role))
    lanes = [
        ground.make("aws:sqs/queue:Queue", {"name": f"hides-{seconds}", "visibilityTimeoutSeconds": seconds})
        for seconds in (149, 900)
    ]
    news = {
        "functionName": function[1]["arn"],
        "batchSize": 2,
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "scalingConfig": {"maximumConcurrency": 2},
        **TAGS,
    }
    hasty, patient = (lane[1]["arn"] for lane in lanes)
    assert "Queue visibility timeout" in refusal(engine, FEED, {**news, "eventSourceArn": hasty})
    change = {"scalingConfig": {"maximumConcurrency": 9}}
    state = live(engine, FEED, {**news, "eventSourceArn": patient}, change, {"eventSourceArn": hasty})
    gone(engine, FEED, state)


@pytest.mark.parametrize(
    ("token", "news", "wrong"),
    [
        (FUNCTION, {"memorySize": 64}, "memorySize"),
        (FUNCTION, {"timeout": 901}, "timeout"),
        (FUNCTION, {"environment": {"variables": {"AWS_REGION": "r"}}}, "environment"),
        (FEED, {"functionName": "f", "batchSize": 11}, "batchSize"),
        (FEED, {"functionName": "f", "scalingConfig": {"maximumConcurrency": 1}}, "maximumConcurrency"),
        (BALANCER, {"name": "a" * 33}, "name"),
        (BALANCER, {"name": "internal-a"}, "name"),
        (BALANCER, {"subnets": ["one"]}, "subnets"),
        (TARGETS, {"healthCheck": {"interval": 5, "timeout": 5}}, "healthCheck"),
        (TEMPLATE, {"imageId": "/aws/service/ami"}, "imageId"),
        (TEMPLATE, {"userData": "#!/bin/bash"}, "userData"),
        (PROVIDER, {"name": "ecs-gpus", "autoScalingGroupProvider": {"autoScalingGroupArn": "a"}}, "name"),
    ],
)
def test_what_aws_refuses_is_refused_by_name(engine, token, news, wrong):
    needed = function_of("arn:aws:iam::1:role/r") if token == FUNCTION else {}
    _inputs, faults = engine.check(token, {**needed, **news})
    assert wrong in [name for name, _reason in faults]


def test_a_balancer_forwards_to_its_targets(engine, ground):
    vpc, subnets = ground.network()
    check = {"path": "/health", "interval": 10, "timeout": 5, "matcher": "200"}
    news = {
        "name": "t",
        "port": 8080,
        "protocol": "HTTP",
        "vpcId": vpc,
        "targetType": "ip",
        "healthCheck": check,
    }
    targets = live(engine, TARGETS, {**news, **TAGS}, {"deregistrationDelay": 30}, {"port": 80})
    news = {"name": "b", "internal": True, "subnets": subnets, "dropInvalidHeaderFields": True, **TAGS}
    balancer = live(engine, BALANCER, news, {"idleTimeout": 90}, {"internal": False})
    assert "two subnets" in refusal(engine, BALANCER, {**news, "name": "c", "subnets": [subnets[0]] * 2})
    action = {"type": "forward", "targetGroupArn": targets[1]["arn"]}
    news = {
        "loadBalancerArn": balancer[0],
        "port": 80,
        "protocol": "HTTP",
        "defaultActions": [action],
        **TAGS,
    }
    listener = live(engine, LISTENER, news, {"port": 81}, {"loadBalancerArn": "arn:other"})
    for token, state in ((LISTENER, listener), (BALANCER, balancer), (TARGETS, targets)):
        gone(engine, token, state)


def test_a_repository_lets_lambda_pull(engine, ground):
    ground.make("aws:ecr/repository:Repository", {"name": "pulled"})
    token = "aws:ecr/repositoryPolicy:RepositoryPolicy"
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    }
    other = {**policy, "Statement": [{**policy["Statement"][0], "Sid": "B"}]}
    news = {"repository": "pulled", "policy": json.dumps(policy)}
    state = live(engine, token, news, {"policy": json.dumps(other)}, {"repository": "other"})
    gone(engine, token, state)


def test_a_permission_names_who_may_call(engine, ground):
    role = ground.role("function", "lambda.amazonaws.com")
    ground.make(FUNCTION, function_of(role))
    token = "aws:lambda/permission:Permission"
    news = {
        "action": "lambda:InvokeFunction",
        "function": "worker",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:us-east-1:123456789012:api/*/*",
    }
    state = engine.create(token, news)
    assert engine.read(token, *state)[1:] == state[1:]
    assert engine.diff(token, state, {**news, "principal": "sns.amazonaws.com"}).replaces
    gone(engine, token, state)
