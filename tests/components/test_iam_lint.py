"""Every policy document of every kind of stack, held against a published linter's knowledge of AWS, and against what AWS itself grants."""

import json
import warnings

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components.compute_permissions import instance_policy, network_policy
from components.permissions import FunctionResources, WorkerResources, execution_policy, function_policy
from tests.components.conftest import declare_once
from tests.components.declared import STACKS
from tests.components.variants import VARIANTS, variant

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it finds its data by what setuptools wants to drop
    import parliament

NO_RESOURCE = "Statement contains neither Resource nor NotResource"
EXCEPTIONS = {
    # the linter knows policies of identities; a role's trust and a repository's policy are about what they belong to
    ("MALFORMED", NO_RESOURCE): {
        *("TasksOfThisAccount", "TheService", "LambdaPullsForOneFunction", "BuildsOfThisProject")
    },
    # it warns of every call that hands out credentials: to start a task is to sign in to the registry
    ("CREDENTIALS_EXPOSURE", ""): {"SignInToRegistry"},
    # AWS documents the key for just this denial: docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    ("UNKNOWN_CONDITION_FOR_ACTION", "Unknown condition lambda:SourceFunctionArn"): {"NotTheCode"},
}


def documents():
    declarations = [*(declare_once(stack) for stack in STACKS), *(variant(*one) for one in VARIANTS)]
    found = {}
    for declaration in declarations:
        for item in declaration.resources:
            for key in ("policy", "assumeRolePolicy"):
                text = item.inputs.get(key)
                if isinstance(text, str) and '"Statement"' in text:
                    found.setdefault(text, item.name)
    return found


def is_excepted(finding, sids):
    detail = str(finding.detail or "")
    return any(
        finding.issue == issue and detail.startswith(text) and sids & allowed
        for (issue, text), allowed in EXCEPTIONS.items()
    )


def test_a_published_linter_finds_nothing_but_what_is_excepted_with_its_reason():
    linted, found = documents(), []
    assert len(linted) > 20
    for text, name in linted.items():
        sids = {statement["Sid"] for statement in json.loads(text)["Statement"]}
        checked = parliament.analyze_policy_string(text, include_community_auditors=True)
        found += [(name, it.issue, it.detail) for it in checked.findings if not is_excepted(it, sids)]
    assert found == []


def test_the_linter_knows_an_action_that_does_not_exist():
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sqs:ReceiveMessages",
                    "Resource": "arn:aws:sqs:us-east-1:123456789012:q",
                }
            ],
        }
    )
    assert [it.issue for it in parliament.analyze_policy_string(text).findings] == ["UNKNOWN_ACTION"]


LEFT_OUT = {
    "AmazonECSTaskExecutionRolePolicy": {},
    "AmazonEC2ContainerServiceforEC2Role": {
        "ec2:DescribeTags": "we ask the agent for no tags of its instance",
        "ecs:CreateCluster": "the stack makes the cluster",
        "ecs:ListTagsForResource": "the agent asks for tags where it is told to hand them to tasks, and is not",
        "ecs:TagResource": "instances get their tags from the launch template",
        "ecs:Submit*": "each of the three is granted by name",
        "ecr:BatchCheckLayerAvailability": "images are pulled by the tasks' execution role",
        "ecr:BatchGetImage": "the same",
        "ecr:GetAuthorizationToken": "the same",
        "ecr:GetDownloadUrlForLayer": "the same",
        "logs:CreateLogStream": "logs are written by the tasks' execution role",
        "logs:PutLogEvents": "the same",
    },
    "AWSLambdaSQSQueueExecutionRole": {"logs:CreateLogGroup": "the stack makes the group"},
    "AWSLambdaVPCAccessExecutionRole": {
        "logs:CreateLogGroup": "the stack makes the group",
        "logs:CreateLogStream": "the worker's own policy has it",
        "logs:PutLogEvents": "the same",
    },
}
"""What AWS grants its agents and we do not, and why; what the agents call can't be seen here."""

WORKER = WorkerResources(lane_arns=["l"], dead_letter_arn="d", bucket_arn="b", table_arn="t", tasks_arn="k")
ALSO_THE_WORKERS = {"AWSLambdaSQSQueueExecutionRole"}
"""Policies of a role that the worker's own code has as well: it may do more than Lambda does."""
OURS = {
    "AmazonECSTaskExecutionRolePolicy": execution_policy(repository_arns=["r"], log_group_arn="g"),
    "AmazonEC2ContainerServiceforEC2Role": instance_policy(region="r", account_id="1", cluster="c"),
    "AWSLambdaSQSQueueExecutionRole": function_policy(FunctionResources(worker=WORKER, log_group_arn="g")),
    "AWSLambdaVPCAccessExecutionRole": network_policy(
        region="r", account_id="1", group_id="g", subnet_ids=["s"], function="f"
    ),
}


@pytest.fixture(scope="module")
def published():
    """The policies that AWS itself publishes, as moto brings them along."""
    return json.loads(aws_managed_policies_data)


@pytest.mark.parametrize("name", OURS)
def test_an_agent_of_aws_is_granted_what_aws_grants_it_but_for_what_has_a_reason(published, name):
    document = published[name]["Document"]
    theirs = {action for statement in document["Statement"] for action in listed(statement["Action"])}
    ours = {
        action
        for statement in OURS[name]["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    by_name = (
        {action for action in ours if action.startswith("ecs:Submit")} if "ecs:Submit*" in theirs else set()
    )
    assert name in ALSO_THE_WORKERS or ours - by_name <= theirs
    assert theirs - ours == set(LEFT_OUT[name])


def listed(value):
    return value if isinstance(value, list) else [value]
