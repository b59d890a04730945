"""Leftovers are purged in the order in which they depend on each other, on a real moto cloud; nothing else is touched."""

import gc
from collections.abc import Iterator

import pytest

from automation.cost.leftover_prices import monthly_usd, total_usd
from automation.cost.leftovers import Leftover, scan_leftovers
from automation.cost.purge import purge
from automation.driver.protections import empty_bucket
from automation.fleet.access import AwsAccess
from components.naming import Names
from components.prices import read_prices

# moto leaves the temporary files of deleted objects to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
NAMES = Names(environment="purge")
TAGS = NAMES.tags()
TRUST = '{"Version": "2012-10-17", "Statement": []}'
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}'
LISTED = [{"Key": key, "Value": value} for key, value in TAGS.items()]


@pytest.fixture(autouse=True)
def _no_garbage_for_other_tests() -> Iterator[None]:
    yield
    gc.collect()


def leave_a_network(access: AwsAccess) -> None:
    ec2 = access.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    groups = [
        ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=vpc)["GroupId"] for n in (1, 2)
    ]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": groups[1]}]}
    ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[rule])
    ec2.create_tags(Resources=[vpc, subnet, gateway, table, *groups], Tags=LISTED)


def leave_a_scalable_target(access: AwsAccess) -> None:
    """Its service went without it."""
    ecs = access.client("ecs")
    ecs.register_task_definition(
        family="any", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )
    ecs.create_service(cluster=NAMES.cluster, serviceName=NAMES.service, taskDefinition="any", desiredCount=0)
    access.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{NAMES.cluster}/{NAMES.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=1,
    )
    ecs.delete_service(cluster=NAMES.cluster, service=NAMES.service, force=True)


def leave_services(access: AwsAccess) -> None:
    access.client("sqs").create_queue(QueueName=NAMES.queue, tags=TAGS)
    s3, bucket = access.client("s3"), NAMES.part("results")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    access.client("dynamodb").create_table(
        TableName=NAMES.ledger,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        Tags=LISTED,
    )
    iam, role = access.client("iam"), NAMES.part("task")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=ALLOW)
    access.client("logs").create_log_group(logGroupName=NAMES.log_group("worker"))
    access.client("ecr").create_repository(repositoryName=NAMES.part("worker"))
    access.client("apigatewayv2").create_api(Name=NAMES.part("api"), ProtocolType="HTTP")
    access.client("sns").create_topic(Name=NAMES.part("alarms"))
    access.client("ecs").create_cluster(clusterName=NAMES.cluster)
    leave_a_scalable_target(access)


@pytest.mark.slow
def test_what_a_destroy_left_is_purged_whole_and_another_stack_is_left_alone(access: AwsAccess) -> None:
    other = Names(environment="other-purge").queue
    access.client("sqs").create_queue(QueueName=other)
    leave_network_and_services = (leave_a_network, leave_services)
    for leave in leave_network_and_services:
        leave(access)
    found = scan_leftovers(access, NAMES.environment)
    assert len(found.leftovers) > 10
    done = purge(access, found.leftovers)
    assert done.failed == ()
    assert scan_leftovers(access, NAMES.environment).leftovers == ()
    assert access.client("sqs").get_queue_url(QueueName=other)["QueueUrl"]


@pytest.mark.slow
def test_what_nobody_knows_how_to_delete_is_named_with_a_reason(access: AwsAccess) -> None:
    strange = Leftover(service="tagging", identity="arn:aws:quantum:us-east-1:1:qubit/7", found_by="tag")
    ((failed, why),) = purge(access, [strange]).failed
    assert failed == strange
    assert "by hand" in why


@pytest.mark.slow
def test_a_bucket_is_emptied_of_versions_markers_and_uploads(access: AwsAccess) -> None:
    s3, bucket = access.client("s3"), "purge-versions"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
        s3.put_object(Bucket=bucket, Key=key, Body=b"2")
    s3.delete_object(Bucket=bucket, Key="a")
    s3.create_multipart_upload(Bucket=bucket, Key="c")
    empty_bucket(s3, bucket)
    versions = s3.list_object_versions(Bucket=bucket)
    assert (versions.get("Versions"), versions.get("DeleteMarkers")) == (None, None)
    s3.delete_bucket(Bucket=bucket)


def cost(service: str, identity: str = "") -> float | None:
    leftover = Leftover(service=service, identity=identity, found_by="tag")
    return monthly_usd(leftover, read_prices(), "us-east-1")


def test_what_is_charged_by_request_costs_nothing_by_being_there() -> None:
    assert cost("sqs") == cost("iam roles") == cost("tagging", "arn:aws:ec2:us-east-1:1:vpc/vpc-1") == 0.0


def test_a_forgotten_nat_gateway_is_told_with_its_price() -> None:
    usd = cost("tagging", "arn:aws:ec2:us-east-1:1:natgateway/nat-1")
    assert usd is not None
    assert 30 < usd < 40


def test_what_is_charged_by_its_size_is_unpriced_and_so_is_a_region_without_prices() -> None:
    assert cost("s3") is None
    alarm = Leftover(service="cloudwatch alarms", identity="late", found_by="name")
    assert monthly_usd(alarm, read_prices(), "mars-north-1") is None
    assert total_usd([1.5, None, 0.0]) == (1.5, 1)
