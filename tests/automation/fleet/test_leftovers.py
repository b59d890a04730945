"""The scan for what a destroyed stack left behind."""

import pytest

from automation.cost.leftover_prices import monthly_usd
from automation.cost.leftovers import scan_leftovers
from automation.cost.purge import purge
from automation.fleet.access import AwsAccess
from components.naming import Names
from components.prices import read_prices

pytestmark = pytest.mark.slow
NAMES = Names(environment="scan")
TAGS = NAMES.tags()
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def as_list(upper: bool = True) -> list[dict[str, str]]:
    key, value = ("Key", "Value") if upper else ("key", "value")
    return [{key: name, value: text} for name, text in TAGS.items()]


def make_project(access: AwsAccess, name: str) -> str:
    made = access.client("codebuild").create_project(
        name=name,
        serviceRole=f"arn:aws:iam::{access.account_id()}:role/any",
        source={"type": "S3", "location": "bucket/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
        tags=as_list(upper=False),
    )
    return str(made["project"]["arn"])


def test_a_project_of_builds_is_found_by_name_and_by_tag_and_costs_nothing_by_being_there(
    access: AwsAccess,
) -> None:
    arn = make_project(access, NAMES.part("another-builder"))
    mine = [one for one in scan_leftovers(access, "scan").leftovers if "another-builder" in one.identity]
    assert {one.found_by for one in mine} == {"name", "tag"}
    assert arn in {one.identity for one in mine}
    assert {monthly_usd(one, read_prices(), "us-east-1") for one in mine} == {0.0}
    assert purge(access, mine).failed == ()
    left = {one.identity for one in scan_leftovers(access, "scan").leftovers}
    assert not [one for one in left if "another-builder" in one]


def test_an_empty_account_has_no_leftovers_and_every_service_was_looked_at(access: AwsAccess) -> None:
    scan = scan_leftovers(access, "nothing")
    assert (scan.leftovers, scan.unscanned) == ((), ())
    assert len(scan.services_scanned) > 12


def test_each_kind_of_resource_is_found_by_name_or_by_tag(access: AwsAccess) -> None:
    def client(service: str):
        return access.client(service)

    client("sqs").create_queue(QueueName=NAMES.queue)
    client("s3").create_bucket(Bucket=NAMES.part("results"))
    client("dynamodb").create_table(
        TableName=NAMES.ledger,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("ecs").create_cluster(clusterName=NAMES.cluster)
    client("ecs").register_task_definition(
        family="any", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )
    client("ecs").create_service(
        cluster=NAMES.cluster, serviceName=NAMES.service, taskDefinition="any", desiredCount=0
    )
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{NAMES.cluster}/{NAMES.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=1,
    )
    client("ecs").delete_service(cluster=NAMES.cluster, service=NAMES.service, force=True)
    client("iam").create_role(RoleName=NAMES.part("task"), AssumeRolePolicyDocument=TRUST)
    client("logs").create_log_group(logGroupName=NAMES.log_group("worker"))
    client("ecr").create_repository(repositoryName=NAMES.part("worker"))
    client("apigatewayv2").create_api(Name=NAMES.part("api"), ProtocolType="HTTP")
    client("budgets").create_budget(
        AccountId=access.account_id(),
        Budget={
            "BudgetName": NAMES.part("month"),
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
        },
    )
    client("sns").create_topic(Name=NAMES.part("alerts"))
    make_project(access, NAMES.part("image-builder"))
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client("ec2").create_tags(Resources=[vpc], Tags=as_list())
    found = {one.service for one in scan_leftovers(access, "scan").leftovers}
    expected = {
        "sqs", "s3", "dynamodb", "ecs clusters", "iam roles", "logs", "ecr", "apigatewayv2 apis", "sns", "ec2", "tagging", "budgets",
        "scalable targets", "codebuild",
    }  # fmt: skip
    assert found >= expected


def test_another_environment_of_the_project_is_no_leftover(access: AwsAccess) -> None:
    access.client("sqs").create_queue(QueueName=Names(environment="other").queue)
    assert all("-other-" not in one.identity for one in scan_leftovers(access, "scan").leftovers)


def test_the_record_of_a_deleted_cluster_is_no_leftover(access: AwsAccess) -> None:
    names = Names(environment="ghost")
    access.client("ecs").create_cluster(
        clusterName=names.cluster, tags=[{"key": k, "value": v} for k, v in names.tags().items()]
    )
    access.client("ecs").delete_cluster(cluster=names.cluster)
    assert scan_leftovers(access, "ghost").leftovers == ()
