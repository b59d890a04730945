"""CodeBuild's projects through create, read, no-op, change, tags and delete, over gRPC on the embedded AWS; and what AWS refuses of them."""

import json

import grpc
import pytest

PROJECT, ROLE = "aws:codebuild/project:Project", "aws:iam/role:Role"
ARM = {
    "type": "ARM_CONTAINER",
    "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
    "computeType": "BUILD_GENERAL1_SMALL",
    "privilegedMode": True,
    "imagePullCredentialsType": "CODEBUILD",
}


@pytest.fixture
def role_of(engine):
    made = []

    def make(service):
        trust = {
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]
        }
        name = f"of-{service.partition('.')[0]}"
        made.append(engine.create(ROLE, {"name": name, "assumeRolePolicy": json.dumps(trust)}))
        return made[-1][1]["arn"]

    yield make
    for state in made:
        engine.delete(ROLE, state)


def project(role, **changes):
    return {
        "name": "builder",
        "description": "Makes images",
        "serviceRole": role,
        "buildTimeout": 30,
        "queuedTimeout": 15,
        "source": {"type": "S3", "location": "bucket/sources/none.zip", "buildspec": "version: 0.2"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": ARM,
        "logsConfig": {
            "cloudwatchLogs": {"status": "ENABLED", "groupName": "/builder"},
            "s3Logs": {"status": "DISABLED"},
        },
        "tags": {"A": "1"},
        **changes,
    }


def test_a_project_lives_and_dies_as_on_aws(engine, role_of):
    role = role_of("codebuild.amazonaws.com")
    news = project(role)
    state = engine.create(PROJECT, news)
    assert state[0].endswith(":project/builder")
    assert engine.diff(PROJECT, state, news).changes == 1
    assert engine.read(PROJECT, *state)[1:] == state[1:]

    longer = project(role, buildTimeout=45, tags={"B": "2"})
    difference = engine.diff(PROJECT, state, longer)
    assert not difference.replaces
    assert {"buildTimeout", "tags"} <= {path.partition(".")[0] for path in difference.diffs}
    assert engine.diff(PROJECT, state, project(role, name="other")).replaces

    changed = engine.update(PROJECT, state, longer)
    seen = engine.read(PROJECT, *changed)[1]
    assert (seen["buildTimeout"], seen["tagsAll"]) == (45, {"B": "2"})

    _id, _outputs, imported = engine.read(PROJECT, "builder")
    assert engine.diff(PROJECT, (state[0], changed[1], imported), longer).changes == 1

    engine.delete(PROJECT, changed)
    engine.delete(PROJECT, changed)
    assert engine.read(PROJECT, *changed)[0] == ""


def test_a_role_that_codebuild_may_not_take_is_refused_as_on_aws(engine, role_of):
    with pytest.raises(grpc.RpcError, match="not authorized to perform: sts:AssumeRole"):
        engine.create(PROJECT, project(role_of("lambda.amazonaws.com")))


@pytest.mark.parametrize(
    ("changes", "property_name"),
    [
        ({"buildTimeout": 1}, "buildTimeout"),
        ({"queuedTimeout": 481}, "queuedTimeout"),
        ({"name": "a b"}, "name"),
        ({"environment": {**ARM, "type": "PDP11_CONTAINER"}}, "environment"),
        ({"environment": {**ARM, "type": "LINUX_CONTAINER"}}, "environment"),
        ({"source": {"type": "S3", "location": "bucket"}}, "source"),
    ],
)
def test_what_aws_refuses_is_refused_before_it_is_asked(engine, changes, property_name):
    role = "arn:aws:iam::123456789012:role/any"
    assert engine.check(PROJECT, project(role))[1] == []
    assert property_name in [name for name, _ in engine.check(PROJECT, project(role, **changes))[1]]
