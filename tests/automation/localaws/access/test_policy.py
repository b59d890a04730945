"""What IAM says of a request: grants, denials, resources, conditions."""

import pytest

from automation.localaws.access.policy import Asked, Verdict, judge, trusts

QUEUE = "arn:aws:sqs:us-east-1:1:jobs"


def said(asked, *statements):
    return judge([{"Version": "2012-10-17", "Statement": list(statements)}], asked)


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (allow("sqs:SendMessage", QUEUE), Verdict.ALLOWED),
        (allow(["sqs:sendmessage"], [QUEUE]), Verdict.ALLOWED),
        (allow("sqs:Send*", "arn:aws:sqs:*:1:j?bs"), Verdict.ALLOWED),
        (allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:other"), Verdict.NOBODY_ALLOWS),
        (allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:job"), Verdict.NOBODY_ALLOWS),
        (allow("sqs:SendMessage", QUEUE.upper()), Verdict.NOBODY_ALLOWS),
        (allow("sqs:ReceiveMessage", QUEUE), Verdict.NOBODY_ALLOWS),
        ({"Effect": "Allow", "NotAction": "sqs:Delete*", "Resource": "*"}, Verdict.ALLOWED),
        ({"Effect": "Allow", "Action": "sqs:*", "NotResource": QUEUE}, Verdict.NOBODY_ALLOWS),
    ],
)
def test_a_grant_names_action_and_resource(statement, verdict):
    assert said(Asked(action="sqs:SendMessage", resource=QUEUE), statement) is verdict


def test_a_denial_beats_every_grant_wherever_it_stands():
    asked = Asked(action="sqs:SendMessage", resource=QUEUE)
    denial = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    assert said(asked, denial, allow("*", "*")) is Verdict.DENIED
    assert judge([{"Statement": allow("*", "*")}, {"Statement": denial}], asked) is Verdict.DENIED


@pytest.mark.parametrize(
    ("condition", "keys", "verdict"),
    [
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["control"]}}, ["control"], Verdict.ALLOWED),
        (
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["control"]}},
            ["job#1"],
            Verdict.NOBODY_ALLOWS,
        ),
        (
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["control"]}},
            ["control", "job#1"],
            Verdict.NOBODY_ALLOWS,
        ),
        (
            {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "job#*"}},
            ["control", "job#1"],
            Verdict.ALLOWED,
        ),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["control"]}}, [], Verdict.ALLOWED),
        ({"StringEquals": {"dynamodb:LeadingKeys": ["control"]}}, [], Verdict.NOBODY_ALLOWS),
    ],
)
def test_a_condition_that_does_not_hold_grants_nothing(condition, keys, verdict):
    asked = Asked(
        action="dynamodb:GetItem", resource="t", context={"dynamodb:leadingkeys": keys} if keys else {}
    )
    assert said(asked, allow("dynamodb:GetItem", "t", Condition=condition)) is verdict


def test_a_denial_whose_condition_does_not_hold_denies_nothing():
    elsewhere = {"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:r:1:function:f"}}
    denial = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": elsewhere}
    assert (
        said(Asked(action="ec2:DescribeSubnets"), allow("ec2:DescribeSubnets", "*"), denial)
        is Verdict.ALLOWED
    )


def test_a_condition_that_is_not_understood_is_no_grant_but_a_fault():
    with pytest.raises(NotImplementedError, match="IpAddress"):
        said(Asked(action="a:B"), allow("a:B", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))


def test_a_role_is_trusted_to_the_service_that_its_policy_names_and_to_no_other():
    trust = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
    assert trusts(trust, "lambda.amazonaws.com")
    assert not trusts(trust, "ecs-tasks.amazonaws.com")
    assert not trusts(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}},
        "lambda.amazonaws.com",
    )
