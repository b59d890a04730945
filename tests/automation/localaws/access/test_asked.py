"""Which actions on which resources a request asks for."""

import pytest

from automation.localaws.access.asked import Request, asked_for

ARN = "arn:aws:{}:us-east-1:1:{}"


def asked(service, operation="", *, method="POST", path="/", query="", **parameters):
    request = Request(
        service=service,
        region="us-east-1",
        account="1",
        method=method,
        path=path,
        query=query,
        target=f"Some.{operation}" if operation else "",
        parameters=parameters,
    )
    return [(it.action, it.resource) for it in asked_for(request, hash_key=lambda _table: "pk")]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            asked("sqs", "DeleteMessageBatch", QueueUrl="http://127.0.0.1:1/1/jobs"),
            [("sqs:DeleteMessage", ARN.format("sqs", "jobs"))],
        ),
        (
            asked(
                "ecs", "DescribeServices", cluster="arn:aws:ecs:us-east-1:1:cluster/c", services=["s", "x/t"]
            ),
            [("ecs:DescribeServices", ARN.format("ecs", f"service/c/{name}")) for name in "st"],
        ),
        (asked("ecs", "ListTasks", cluster="c"), [("ecs:ListTasks", ARN.format("ecs", "cluster/c"))]),
        (
            asked("ssm", "GetParameter", Name="/a/b"),
            [("ssm:GetParameter", ARN.format("ssm", "parameter/a/b"))],
        ),
        (
            asked("cloudwatch", "DisableAlarmActions", AlarmNames=["a", "b"]),
            [("cloudwatch:DisableAlarmActions", ARN.format("cloudwatch", f"alarm:{name}")) for name in "ab"],
        ),
        (
            asked("lambda", method="PUT", path="/2015-03-31/event-source-mappings/a-1"),
            [("lambda:UpdateEventSourceMapping", ARN.format("lambda", "event-source-mapping:a-1"))],
        ),
        (
            asked("lambda", method="GET", path="/2015-03-31/event-source-mappings", query="FunctionName=f"),
            [("lambda:ListEventSourceMappings", "*")],
        ),
        (asked("lambda", method="POST", path="/2015-03-31/event-source-mappings"), [("lambda:", "*")]),
        (asked("sns", Action="Publish", TopicArn="arn:t"), [("sns:Publish", "arn:t")]),
        (asked("s3", method="PUT", path="/b/k/l"), [("s3:PutObject", "arn:aws:s3:::b/k/l")]),
        (asked("s3", method="HEAD", path="/b/k"), [("s3:GetObject", "arn:aws:s3:::b/k")]),
        (
            asked("s3", method="GET", path="/b/k", query="versionId=1"),
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        (asked("s3", method="GET", path="/b", query="list-type=2"), [("s3:ListBucket", "arn:aws:s3:::b")]),
        (asked("s3", method="PUT", path="/b", query="policy"), [("s3:ConfigureBucket", "arn:aws:s3:::b")]),
        (
            asked("dynamodb", "Query", TableName="t", IndexName="i"),
            [("dynamodb:Query", ARN.format("dynamodb", "table/t/index/i"))],
        ),
        (
            asked("dynamodb", "BatchGetItem", RequestItems={"t": {}}),
            [("dynamodb:BatchGetItem", ARN.format("dynamodb", "table/t"))],
        ),
        (
            asked("lambda", path="/2015-03-31/functions/the-controller/invocations"),
            [("lambda:InvokeFunction", ARN.format("lambda", "function:the-controller"))],
        ),
        (asked("lambda", path="/2015-03-31/functions/the-controller"), [("lambda:", "*")]),
        (asked("events", "ListRules"), [("events:ListRules", "*")]),
    ],
)
def test_a_request_asks_for_an_action_on_what_it_names(found, expected):
    assert found == expected


def keys(operation, **parameters):
    request = Request(
        service="dynamodb",
        region="us-east-1",
        account="1",
        method="POST",
        path="/",
        query="",
        target=f"DynamoDB_20120810.{operation}",
        parameters={"TableName": "t", **parameters},
    )
    return [it.context.get("dynamodb:leadingkeys") for it in asked_for(request, hash_key=lambda _table: "pk")]


def test_the_partition_that_an_item_or_a_query_is_about_is_known_to_conditions():
    assert keys("PutItem", Item={"pk": {"S": "job#1"}, "sk": {"S": "job"}}) == [["job#1"]]
    assert keys("GetItem", Key={"pk": {"S": "control"}}) == [["control"]]
    values = {":p": {"S": "meter"}, ":s": {"S": "2026"}}
    assert keys("Query", KeyConditionExpression="pk = :p AND sk > :s", ExpressionAttributeValues=values) == [
        ["meter"]
    ]
    assert keys("Scan") == [None]
