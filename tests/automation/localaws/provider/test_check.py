import json

import pytest

QUEUE, BUCKET, ROLE = "aws:sqs/queue:Queue", "aws:s3/bucket:Bucket", "aws:iam/role:Role"
TASK, LOGS, TABLE = (
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
)
CONTAINERS = json.dumps([{"name": "worker", "image": "x"}])


def fargate(cpu, memory):
    return {
        "family": "f",
        "containerDefinitions": CONTAINERS,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": cpu,
        "memory": memory,
    }


@pytest.mark.parametrize(
    ("token", "news", "wrong"),
    [
        (QUEUE, {"visibilityTimeoutSeconds": 99999}, "visibilityTimeoutSeconds"),
        (QUEUE, {"messageRetentionSeconds": 5}, "messageRetentionSeconds"),
        (QUEUE, {"visibilityTimeoutSeconds": "soon"}, "visibilityTimeoutSeconds"),
        (QUEUE, {"name": "a b"}, "name"),
        (QUEUE, {"redrivePolicy": "{}"}, "redrivePolicy"),
        (QUEUE, {"tags": ["a"]}, "tags"),
        (BUCKET, {"bucket": "A_B"}, "bucket"),
        (BUCKET, {"bucket": "10.0.0.1"}, "bucket"),
        (ROLE, {"assumeRolePolicy": "{not json"}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": "{}", "name": "a/b"}, "assumeRolePolicy"),
        (ROLE, {}, "assumeRolePolicy"),
        (TASK, fargate("333", "100"), "cpu"),
        (TASK, fargate("256", "4096"), "memory"),
        (TASK, {**fargate("256", "512"), "networkMode": "bridge"}, "networkMode"),
        (TASK, {**fargate("256", "512"), "containerDefinitions": "[]"}, "containerDefinitions"),
        (LOGS, {"retentionInDays": 13}, "retentionInDays"),
        (
            TABLE,
            {
                "billingMode": "PAY_PER_REQUEST",
                "hashKey": "pk",
                "attributes": [{"name": "other", "type": "S"}],
            },
            "attributes",
        ),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.1/16"}, "cidrBlock"),
        ("aws:apigatewayv2/route:Route", {"apiId": "a", "routeKey": "FETCH /x"}, "routeKey"),
    ],
)
def test_what_aws_refuses_is_refused_by_name(engine, token, news, wrong):
    _inputs, faults = engine.check(token, news)
    assert wrong in [name for name, _reason in faults]


def test_a_made_up_name_stays_across_checks(engine):
    first, _faults = engine.check(QUEUE, {})
    again, _faults = engine.check(QUEUE, {}, first)
    assert first["name"].startswith("it-")
    assert first["name"] == again["name"]


def test_default_tags_join_the_resources_own(engine):
    engine.configure(region="us-east-1", defaultTags=json.dumps({"tags": {"Project": "p", "A": "default"}}))
    inputs, _faults = engine.check(QUEUE, {"tags": {"A": "own"}})
    assert inputs["tagsAll"] == {"Project": "p", "A": "own"}


def test_numbers_given_as_text_are_numbers(engine):
    inputs, faults = engine.check(QUEUE, {"visibilityTimeoutSeconds": "40"})
    assert not faults
    assert inputs["visibilityTimeoutSeconds"] == 40
