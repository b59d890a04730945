"""What makes a stack's images on AWS: a project for its processor, whose role reaches one prefix, its own repositories and its own log."""

import json

import pytest

from automation.localaws.access.policy import Asked, Verdict, judge, trusts
from components.builder_permissions import (
    SOURCES_PREFIX,
    BuilderResources,
    builder_policy,
    builder_trust,
)
from components.naming import PROJECT
from tests.components.declared import declare, stack_values
from tests.components.variants import variant

TOKEN = "aws:codebuild/project:Project"
BUCKET, REPOSITORY = "arn:aws:s3:::results", "arn:aws:ecr:r:1:repository/fleet-worker"
LOGS = "arn:aws:logs:r:1:log-group:/fleet/image-builder"
POLICY = builder_policy(BuilderResources(bucket_arn=BUCKET, repository_arns=[REPOSITORY], log_group_arn=LOGS))


def with_builder(**settings):
    told = {"codebuild": "true", **settings}
    return declare("dev", {**stack_values("dev"), **{f"{PROJECT}:{key}": it for key, it in told.items()}})


def test_a_stack_has_no_project_unless_it_is_asked_for():
    assert not variant("fargate").of_type(TOKEN)
    assert not [item for item in variant("fargate").resources if item.name.startswith("builder")]
    (rule,) = variant("fargate").named("artifacts-expiry").inputs["rules"]
    assert rule["id"] == "expire-results"


@pytest.mark.parametrize(
    ("architecture", "kind", "image"),
    [
        ("arm64", "ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
        ("x86_64", "LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    ],
)
def test_a_build_runs_on_the_processor_of_the_fleet_with_room_for_dockers_own_server(
    architecture, kind, image
):
    project = with_builder(architecture=architecture).only(TOKEN).inputs
    assert (project["environment"]["type"], project["environment"]["image"]) == (kind, image)
    assert project["environment"]["privilegedMode"] is True
    assert project["artifacts"] == {"type": "NO_ARTIFACTS"}


def test_a_build_reads_below_one_prefix_and_logs_where_lines_expire():
    declaration = variant("fargate-codebuild")
    project, logs = declaration.only(TOKEN).inputs, declaration.named("builder-logs").inputs
    bucket = declaration.named("artifacts-results").inputs["bucket"]
    assert project["source"]["location"].startswith(f"{bucket}/{SOURCES_PREFIX}")
    assert project["logsConfig"]["cloudwatchLogs"] == {"status": "ENABLED", "groupName": logs["name"]}
    assert project["logsConfig"]["s3Logs"] == {"status": "DISABLED"}
    assert logs["retentionInDays"] == 7


def test_a_build_that_no_driver_started_ends_as_failed():
    buildspec = json.loads(variant("fargate-codebuild").only(TOKEN).inputs["source"]["buildspec"])
    assert buildspec["phases"]["build"]["commands"][-1] == "false"


def test_sources_that_a_killed_driver_left_are_forgotten_after_a_day():
    rules = variant("fargate-codebuild").named("artifacts-expiry").inputs["rules"]
    [rule] = [it for it in rules if it["filter"]["prefix"] == SOURCES_PREFIX]
    assert (rule["status"], rule["expiration"]["days"]) == ("Enabled", 1)


def test_the_role_belongs_to_this_project_alone():
    project = variant("fargate-codebuild").only(TOKEN).inputs["name"]
    role = variant("fargate-codebuild").named("builder-role")
    trust = json.loads(role.inputs["assumeRolePolicy"])
    condition = trust["Statement"][0]["Condition"]["StringEquals"]
    assert condition["aws:SourceArn"].endswith(f":project/{project}")
    assert trusts(builder_trust(region="r", account_id="1", project="p"), "codebuild.amazonaws.com")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{BUCKET}/{SOURCES_PREFIX}a.zip"),
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", REPOSITORY),
        ("ecr:UploadLayerPart", REPOSITORY),
        ("ecr:PutImage", REPOSITORY),
        ("logs:PutLogEvents", f"{LOGS}:log-stream:a"),
    ],
)
def test_a_build_may_do_what_it_is_for(action, resource):
    assert judge([POLICY], Asked(action=action, resource=resource)) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{BUCKET}/test-results/a.json"),
        ("s3:PutObject", f"{BUCKET}/{SOURCES_PREFIX}a.zip"),
        ("s3:ListBucket", BUCKET),
        ("ecr:PutImage", "arn:aws:ecr:r:1:repository/another"),
        ("ecr:BatchDeleteImage", REPOSITORY),
        ("logs:PutLogEvents", "arn:aws:logs:r:1:log-group:/fleet/worker:log-stream:a"),
        ("ssm:GetParameter", "arn:aws:ssm:r:1:parameter/secret"),
    ],
)
def test_a_build_may_do_nothing_else(action, resource):
    assert judge([POLICY], Asked(action=action, resource=resource)) is Verdict.NOBODY_ALLOWS
