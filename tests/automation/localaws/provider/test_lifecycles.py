"""Each service's types through create, read, no-op, change, import and delete, over gRPC on the embedded AWS."""

import json

import grpc
import pytest

from automation.localaws.provider import ProviderServer

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            }
        ],
    }
)
ALARM = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "m",
    "namespace": "n",
    "period": 60,
    "statistic": "Sum",
    "threshold": 1,
}
TABLE = {
    "name": "ledger",
    "billingMode": "PAY_PER_REQUEST",
    "hashKey": "pk",
    "attributes": [{"name": "pk", "type": "S"}],
    "ttl": {"attributeName": "expires_at", "enabled": True},
}
BUDGET = {
    "name": "monthly",
    "budgetType": "COST",
    "timeUnit": "MONTHLY",
    "limitAmount": "120",
    "limitUnit": "USD",
    "metrics": "UnblendedCost",
    "filterExpression": {
        "ands": [
            {"tags": {"key": "Project", "values": ["p"]}},
            {"tags": {"key": "Environment", "values": ["dev"]}},
        ]
    },
    "notifications": [
        {
            "comparisonOperator": "GREATER_THAN",
            "threshold": 50,
            "thresholdType": "PERCENTAGE",
            "notificationType": "ACTUAL",
            "subscriberEmailAddresses": ["team@example.com"],
        }
    ],
}
TAGS = {"tags": {"A": "1"}}

LIFECYCLES = [
    ("aws:sqs/queue:Queue", {"name": "q", **TAGS}, {"visibilityTimeoutSeconds": 77}, {"name": "other"}),
    ("aws:s3/bucket:Bucket", {"bucket": "a-bucket", **TAGS}, {"tags": {"B": "2"}}, {"bucket": "another"}),
    (
        "aws:iam/role:Role",
        {"name": "r", "assumeRolePolicy": TRUST, **TAGS},
        {"description": "d"},
        {"path": "/x/"},
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/l", "retentionInDays": 7, **TAGS},
        {"retentionInDays": 14},
        {"name": "/m"},
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {"name": "a", **ALARM, **TAGS},
        {"threshold": 2},
        {"name": "b"},
    ),
    (
        "aws:dynamodb/table:Table",
        {**TABLE, **TAGS},
        {"pointInTimeRecovery": {"enabled": True}},
        {"name": "t2t"},
    ),
    (
        "aws:ecr/repository:Repository",
        {"name": "repo", **TAGS},
        {"imageTagMutability": "IMMUTABLE"},
        {"name": "r2"},
    ),
    ("aws:ecs/cluster:Cluster", {"name": "c", **TAGS}, {"tags": {"B": "2"}}, {"name": "d"}),
    (
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.9.0.0/16", **TAGS},
        {"enableDnsHostnames": True},
        {"cidrBlock": "10.8.0.0/16"},
    ),
    ("aws:sns/topic:Topic", {"name": "topic", **TAGS}, {"displayName": "d"}, {"name": "t2"}),
    (
        "aws:apigatewayv2/api:Api",
        {"name": "api", "protocolType": "HTTP", **TAGS},
        {"description": "d"},
        {"protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"},
    ),
    (
        "aws:ssm/parameter:Parameter",
        {"name": "/p", "type": "String", "value": "v", **TAGS},
        {"value": "w"},
        {"name": "/o"},
    ),
    ("aws:kms/key:Key", {"description": "k", **TAGS}, {"enableKeyRotation": True}, None),
    ("aws:budgets/budget:Budget", {**BUDGET, **TAGS}, {"limitAmount": "240"}, {"name": "another"}),
]


@pytest.mark.parametrize(
    ("token", "news", "change", "replacement"), LIFECYCLES, ids=[case[0] for case in LIFECYCLES]
)
def test_a_resource_lives_and_dies_as_on_aws(engine, token, news, change, replacement):
    state = engine.create(token, news)
    assert engine.diff(token, state, news).changes == 1

    _id, outputs, inputs = engine.read(token, *state)
    assert (outputs, inputs) == state[1:]

    difference = engine.diff(token, state, {**news, **change})
    assert not difference.replaces
    assert set(change) <= set(difference.diffs)
    if replacement:
        assert engine.diff(token, state, {**news, **replacement}).replaces

    changed = engine.update(token, state, {**news, **change})
    assert {name: changed[1][name] for name in change} == change
    assert engine.read(token, *changed)[1:] == changed[1:]

    imported_id, _outputs, imported = engine.read(token, state[0])
    assert imported_id == state[0]
    assert engine.diff(token, (state[0], changed[1], imported), {**news, **change}).changes == 1

    engine.delete(token, changed)
    engine.delete(token, changed)
    assert engine.read(token, *changed)[0] == ""


def test_drift_is_read_back_and_differs(engine, embedded):
    token, news = "aws:sqs/queue:Queue", {"name": "drifting"}
    state = engine.create(token, news)
    from automation.localaws.provider_cloud import Clients

    sqs = Clients(embedded[0].endpoint).get("sqs", "us-east-1")
    sqs.set_queue_attributes(QueueUrl=state[0], Attributes={"VisibilityTimeout": "99"})
    sqs.tag_queue(QueueUrl=state[0], Tags={"Rogue": "yes"})
    seen = engine.read(token, *state)
    assert set(engine.diff(token, seen, news).diffs) >= {"visibilityTimeoutSeconds", "tags"}
    engine.delete(token, state)


def test_an_update_never_undoes_a_scaling(engine):
    cluster = engine.create("aws:ecs/cluster:Cluster", {"name": "scaling"})
    task = {"family": "t", "containerDefinitions": json.dumps([{"name": "w", "image": "i", "memory": 128}])}
    definition = engine.create("aws:ecs/taskDefinition:TaskDefinition", task)
    token = "aws:ecs/service:Service"
    news = {"name": "s", "cluster": cluster[0], "taskDefinition": definition[1]["arn"], "desiredCount": 1}
    state = engine.create(token, news)
    scaled = engine.update(token, state, {**news, "desiredCount": 3})
    stale = (state[0], scaled[1], {**scaled[2], "desiredCount": 1})
    kept = engine.update(token, stale, {**news, "desiredCount": 1, "enableExecuteCommand": True})
    assert engine.read(token, kept[0], kept[1], kept[2])[1]["desiredCount"] == 3
    engine.delete(token, kept)


def test_an_unknown_type_is_an_error_that_names_it(engine):
    with pytest.raises(grpc.RpcError) as caught:
        engine.check("aws:rds/instance:Instance", {})
    assert caught.value.details() == "aws:rds/instance:Instance is not in the embedded AWS"


def test_a_refusal_is_one_line_with_its_code(engine):
    state = engine.create("aws:sqs/queue:Queue", {"name": "taken"})
    with pytest.raises(grpc.RpcError) as caught:
        engine.create("aws:sqs/queue:Queue", {"name": "taken"})
    assert caught.value.details().startswith("creating sqs.Queue 'it': QueueAlreadyExists: ")
    assert "\n" not in caught.value.details()
    engine.delete("aws:sqs/queue:Queue", state)


def test_an_endpoint_beyond_this_computer_is_refused():
    with pytest.raises(ValueError, match="loopback"):
        ProviderServer(endpoint="https://sqs.us-east-1.amazonaws.com", region="us-east-1")
