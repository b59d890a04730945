"""What an interrupted creation left is found by name or tags, in a real moto cloud; what is not there is not."""

import secrets
from typing import Any

import pytest

from automation.driver.finders import FINDERS, REPEATABLE, find
from automation.driver.pending import Settlement
from automation.driver.recovery import decide
from automation.fleet.access import AwsAccess

pytestmark = pytest.mark.slow
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}'
TRUST = '{"Version": "2012-10-17", "Statement": []}'
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def name() -> str:
    return f"find-{secrets.token_hex(4)}"


def id_of(
    access: AwsAccess, token: str, inputs: dict[str, Any], known: frozenset[str] = NOTHING
) -> str | None:
    found = find(access.client, token, inputs, known=known)
    return found.resource_id if found else None


def test_what_has_a_name_is_found_by_it_and_is_absent_before_it_was_made(
    access: AwsAccess, name: str
) -> None:
    def client(service: str) -> Any:
        return access.client(service)

    makers = {
        "aws:sqs/queue:Queue": lambda: client("sqs").create_queue(QueueName=name),
        "aws:s3/bucket:Bucket": lambda: client("s3").create_bucket(Bucket=name),
        "aws:dynamodb/table:Table": lambda: client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        ),
        "aws:ecr/repository:Repository": lambda: client("ecr").create_repository(repositoryName=name),
        "aws:cloudwatch/logGroup:LogGroup": lambda: client("logs").create_log_group(logGroupName=name),
        "aws:ecs/cluster:Cluster": lambda: client("ecs").create_cluster(clusterName=name),
        "aws:sns/topic:Topic": lambda: client("sns").create_topic(Name=name),
        "aws:cloudwatch/metricAlarm:MetricAlarm": lambda: client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            MetricName="m",
            Namespace="n",
            EvaluationPeriods=1,
            Period=60,
            Statistic="Sum",
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        ),
        "aws:iam/role:Role": lambda: client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST),
        "aws:iam/policy:Policy": lambda: client("iam").create_policy(PolicyName=name, PolicyDocument=ALLOW),
        "aws:apigatewayv2/api:Api": lambda: client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP"),
        "aws:codebuild/project:Project": lambda: client("codebuild").create_project(
            name=name,
            serviceRole="arn:aws:iam::123456789012:role/any",
            source={"type": "S3", "location": "bucket/none.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
        ),
    }
    inputs = {"name": name, "bucket": name}
    for token, make in makers.items():
        assert id_of(access, token, inputs) is None, token
        make()
        assert name in str(id_of(access, token, inputs)) or token == "aws:apigatewayv2/api:Api", token
        assert id_of(access, token, inputs), token


def test_parts_of_a_network_are_found_by_the_tags_that_name_them_and_their_stack(
    access: AwsAccess, name: str
) -> None:
    ec2 = access.client("ec2")
    tags = {"Name": name, "Project": "p", "Environment": "dev"}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]
    wanted = {
        "aws:ec2/vpc:Vpc": vpc,
        "aws:ec2/subnet:Subnet": subnet,
        "aws:ec2/securityGroup:SecurityGroup": group,
    }
    for token, identity in wanted.items():
        assert id_of(access, token, {"tags": tags}) is None
        ec2.create_tags(Resources=[identity], Tags=listed)
        assert id_of(access, token, {"tags": tags}) == identity
        assert id_of(access, token, {"tags": {**tags, "Environment": "prod"}}) is None
        assert id_of(access, token, {"tags": {"Name": name}}) is None


def test_routes_and_rules_are_found_by_what_they_say(access: AwsAccess) -> None:
    ec2 = access.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    route = {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}
    assert id_of(access, "aws:ec2/route:Route", route) is None
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert id_of(access, "aws:ec2/route:Route", route) == f"{table}_0.0.0.0/0"
    pair = {"routeTableId": table, "subnetId": subnet}
    kind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    assert id_of(access, kind, pair) is None
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    assert id_of(access, kind, pair) == made


def test_of_a_family_the_revision_that_the_state_does_not_know_is_the_one_that_was_made(
    access: AwsAccess, name: str
) -> None:
    ecs = access.client("ecs")
    containers = [{"name": "worker", "image": "worker", "memory": 64}]

    def register() -> str:
        answer = ecs.register_task_definition(family=name, containerDefinitions=containers)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    token, inputs = "aws:ecs/taskDefinition:TaskDefinition", {"family": name}
    old = register()
    assert find(access.client, token, inputs, known=frozenset({old})) is None
    new = register()
    found = find(access.client, token, inputs, known=frozenset({old}))
    assert found is not None
    assert (found.resource_id, found.outputs["arn"]) == (name, new)


def test_a_repository_of_the_same_name_does_not_hide_a_revision_that_was_made(
    access: AwsAccess, name: str
) -> None:
    containers = [{"name": "worker", "image": "worker", "memory": 64}]
    ecs = access.client("ecs")
    made = ecs.register_task_definition(family=name, containerDefinitions=containers)["taskDefinition"]
    token = "aws:ecs/taskDefinition:TaskDefinition"
    pending = {"urn": f"urn:pulumi:dev::p::{token}::task", "type": token, "inputs": {"family": name}}
    state = {
        "resources": [{"type": "aws:ecr/repository:Repository", "id": name, "urn": "urn"}],
        "pending_operations": [{"type": "creating", "resource": pending}],
    }
    (one,) = decide(state, access.client)
    assert one.settlement is Settlement.IMPORT
    assert one.found is not None
    assert one.found.outputs["arn"] == made["taskDefinitionArn"]


def test_what_the_state_knows_was_not_left_by_an_interruption(access: AwsAccess, name: str) -> None:
    access.client("s3").create_bucket(Bucket=name)
    assert id_of(access, "aws:s3/bucket:Bucket", {"bucket": name}, frozenset({name})) is None


def test_no_type_is_both_looked_for_and_made_twice() -> None:
    assert FINDERS.keys() & REPEATABLE == set()


@pytest.mark.parametrize(
    "token",
    [
        "aws:sqs/queue:Queue",
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:ecr/repository:Repository",
        "aws:ecs/service:Service",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:iam/role:Role",
        "aws:ec2/vpc:Vpc",
    ],
)
def test_what_holds_data_or_costs_money_is_never_made_a_second_time(token: str) -> None:
    assert token in FINDERS


def test_every_type_that_the_embedded_aws_knows_is_looked_for_or_may_be_made_twice() -> None:
    from automation.localaws.resources.table import TYPES

    left_to_people = {"aws:kms/key:Key", "aws:ssm/parameter:Parameter"}  # the program makes none of these
    assert TYPES.keys() - FINDERS.keys() - REPEATABLE - left_to_people == set()


def test_functions_templates_and_profiles_are_found_by_their_names(access: AwsAccess, name: str) -> None:
    ec2, iam = access.client("ec2"), access.client("iam")
    template, profile = "aws:ec2/launchTemplate:LaunchTemplate", "aws:iam/instanceProfile:InstanceProfile"
    assert id_of(access, template, {"name": name}) is None
    assert id_of(access, profile, {"name": name}) is None
    assert id_of(access, "aws:lambda/function:Function", {"name": name}) is None
    made = ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.micro"}
    )
    iam.create_instance_profile(InstanceProfileName=name)
    assert id_of(access, template, {"name": name}) == made["LaunchTemplate"]["LaunchTemplateId"]
    assert id_of(access, profile, {"name": name}) == name


def test_a_budget_is_found_with_the_account_that_it_belongs_to(access: AwsAccess, name: str) -> None:
    kind = "aws:budgets/budget:Budget"
    assert id_of(access, kind, {"name": name}) is None
    account = access.account_id()
    budget = {
        "BudgetName": name,
        "BudgetLimit": {"Amount": "5", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    access.client("budgets").create_budget(AccountId=account, Budget=budget)
    assert id_of(access, kind, {"name": name}) == f"{account}:{name}"
