"""Whoever comes with a role's session may do what the role's policies grant: asked over HTTP, in every protocol that the fleet speaks."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.automation.localaws.clouds import Cloud, unique

CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'


class Guest:
    """A role of its own and a session of it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.name = cloud, unique("guest")
        role = cloud.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=TRUST)["Role"][
            "Arn"
        ]
        self.session = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]

    def may(self, action: str, *resources: str) -> "Guest":
        statement = {"Effect": "Allow", "Action": action, "Resource": list(resources)}
        self.cloud.client("iam").put_role_policy(
            RoleName=self.name,
            PolicyName=unique("p"),
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        return self

    def client(self, service: str, **changed: str):
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.session["AccessKeyId"],
            aws_secret_access_key=self.session["SecretAccessKey"],
            aws_session_token=changed.get("token", self.session["SessionToken"]),
            config=CONFIG,
        )


@pytest.fixture(scope="module")
def cloud():
    apply_patches()
    server = MotoServer()
    server.start()
    yield Cloud(endpoint=server.endpoint)
    server.stop()


@pytest.fixture
def guest(cloud):
    return Guest(cloud)


def refusal(call, **arguments) -> str:
    with pytest.raises(ClientError) as found:
        call(**arguments)
    return found.value.response["Error"]["Code"]


def test_a_role_without_rights_is_refused_in_the_words_of_each_protocol(cloud, guest):
    url, bucket = cloud.queue(), unique("b")
    cloud.client("s3").create_bucket(Bucket=bucket)
    topic = cloud.client("sns").create_topic(Name=unique("t"))["TopicArn"]
    assert refusal(guest.client("sqs").send_message, QueueUrl=url, MessageBody="m") == "AccessDenied"
    assert refusal(guest.client("s3").put_object, Bucket=bucket, Key="k", Body=b"") == "AccessDenied"
    assert refusal(guest.client("sns").publish, TopicArn=topic, Message="m") == "AccessDenied"
    assert (
        refusal(guest.client("ecs").describe_services, cluster="c", services=["s"]) == "AccessDeniedException"
    )
    assert (
        refusal(guest.client("dynamodb").get_item, TableName="t", Key={"pk": {"S": "x"}})
        == "AccessDeniedException"
    )


def test_a_right_to_one_queue_is_none_to_another(cloud, guest):
    mine, other = cloud.queue(), cloud.queue()
    guest.may("sqs:SendMessage", cloud.queue_arn(mine))
    guest.client("sqs").send_message_batch(QueueUrl=mine, Entries=[{"Id": "1", "MessageBody": "m"}])
    assert refusal(guest.client("sqs").send_message, QueueUrl=other, MessageBody="m") == "AccessDenied"
    assert refusal(guest.client("sqs").receive_message, QueueUrl=mine) == "AccessDenied"


def test_who_may_not_list_a_bucket_is_not_told_that_an_object_is_missing(cloud, guest):
    bucket = unique("b")
    cloud.client("s3").create_bucket(Bucket=bucket)
    guest.may("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    assert refusal(guest.client("s3").get_object, Bucket=bucket, Key="missing") == "AccessDenied"
    guest.may("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    assert refusal(guest.client("s3").get_object, Bucket=bucket, Key="missing") == "NoSuchKey"


def test_a_transaction_asks_for_the_right_to_each_of_its_writes(cloud, guest):
    table = unique("t")
    cloud.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
    put = {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}}}}
    delete = {"Delete": {"TableName": table, "Key": {"pk": {"S": "b"}}}}
    guest.may("dynamodb:PutItem", arn)
    write = guest.client("dynamodb").transact_write_items
    assert write(TransactItems=[put])["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refusal(write, TransactItems=[put, delete]) == "AccessDeniedException"


def test_a_session_that_nobody_opened_is_refused(guest):
    assert refusal(guest.client("sqs", token="forged").list_queues) == "InvalidClientTokenId"


def test_anybody_may_ask_who_he_is(guest):
    assert guest.name in guest.client("sts").get_caller_identity()["Arn"]


def test_whoever_deploys_has_no_session_and_may_do_all(cloud):
    assert cloud.client("iam").list_roles()["Roles"]
