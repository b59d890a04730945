"""What no stack may be: ours break no rule, and each rule notices what it is for."""

import json

import pytest

from components.guardrails import RULES, Judged, violations, violations_together
from tests.components.declared import Declaration, Declared
from tests.components.variants import VARIANTS, variant

BUCKET = "aws:s3/bucket:Bucket"
PUBLIC = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
        ]
    }
)
ALL_RIGHTS = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}]})
ANYWHERE = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]})
NOT_ACTION = json.dumps(
    {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::b"}]}
)
TAGS = {"Project": "p", "Environment": "dev", "ManagedBy": "pulumi"}

BROKEN = {
    "a bucket without a block of public policies": (
        "private-buckets",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {
            "blockPublicAcls": True,
            "blockPublicPolicy": False,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
    ),
    "a bucket with an access list": ("private-buckets", "aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}),
    "a queue in plain text": ("encrypted-at-rest", "aws:sqs/queue:Queue", {"redrivePolicy": "{}"}),
    "a disk in plain text": (
        "encrypted-at-rest",
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "metadataOptions": {"httpTokens": "required"},
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "false"}}],
        },
    ),
    "a grant of all actions": ("narrow-rights", "aws:iam/rolePolicy:RolePolicy", {"policy": ALL_RIGHTS}),
    "a grant on all resources": ("narrow-rights", "aws:iam/rolePolicy:RolePolicy", {"policy": ANYWHERE}),
    "a grant of all but some": ("narrow-rights", "aws:iam/rolePolicy:RolePolicy", {"policy": NOT_ACTION}),
    "a grant to anybody": ("narrow-rights", "aws:s3/bucketPolicy:BucketPolicy", {"policy": PUBLIC}),
    "a managed policy": (
        "narrow-rights",
        "aws:iam/role:Role",
        {"managedPolicyArns": ["arn:aws:iam::aws:policy/X"]},
    ),
    "a log that never forgets": ("logs-expire", "aws:cloudwatch/logGroup:LogGroup", {"tags": TAGS}),
    "a resource without its project": ("tagged", "aws:sns/topic:Topic", {"tags": {"Environment": "dev"}}),
    "a way in for everybody": (
        "closed-network",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0"},
    ),
    "a way in for everybody, inline": (
        "closed-network",
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"cidrBlocks": ["10.0.0.0/8"], "ipv6CidrBlocks": ["::/0"]}]},
    ),
    "a balancer on the internet": ("closed-network", "aws:lb/loadBalancer:LoadBalancer", {"internal": False}),
    "credentials without a session": ("closed-network", "aws:ec2/launchTemplate:LaunchTemplate", {}),
    "a queue that drops poison": ("dead-letters", "aws:sqs/queue:Queue", {"sqsManagedSseEnabled": True}),
    "production's bucket that empties itself": ("protected-data", BUCKET, {"forceDestroy": True}),
    "production's table that may go": ("protected-data", "aws:dynamodb/table:Table", {}),
}


def judged(one: Declared) -> Judged:
    return Judged(type=one.token, name=one.name, inputs=one.inputs, is_protected=one.is_protected)


def judged_all(declaration: Declaration) -> list[Judged]:
    return [judged(it) for it in declaration.resources if it.token.startswith("aws:")]


def test_none_of_our_stacks_breaks_a_rule(declaration):
    stack = declaration.outputs["Environment"]
    assert violations(judged_all(declaration), environment=stack) == []


@pytest.mark.parametrize(("kind", "network", "balancer"), VARIANTS)
def test_no_kind_of_stack_breaks_a_rule(kind, network, balancer):
    assert violations(judged_all(variant(kind, network, balancer)), environment="dev") == []


@pytest.mark.parametrize("what", BROKEN)
def test_each_rule_notices(what):
    rule, token, inputs = BROKEN[what]
    found = violations([Judged(type=token, name="it", inputs=inputs)], environment="prod")
    assert rule in {it.rule for it in found}, what


def test_every_rule_is_shown_to_notice_something():
    assert {rule for rule, _, _ in BROKEN.values()} == {rule.name for rule in RULES}


def test_a_bucket_whose_settings_are_missing_is_noticed_in_the_whole_stack():
    bucket = Judged(type=BUCKET, name="results", inputs={})
    assert {it.rule for it in violations_together([bucket])} == {"private-buckets", "encrypted-at-rest"}


def test_what_binds_production_leaves_other_stacks_alone():
    table = Judged(type="aws:dynamodb/table:Table", name="ledger", inputs={}, is_protected=False)
    assert violations([table], environment="dev") == []
    assert len(violations([table], environment="prod")) == 2


def test_what_a_plan_does_not_know_yet_is_not_judged():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    rights = Judged(type="aws:iam/rolePolicy:RolePolicy", name="rights", inputs={"policy": unknown})
    assert violations([rights], environment="prod") == []
