"""`deploy --build`: which way is taken, what waits for the deployment, and what is said where no way works; registry and project are moto's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from automation.cli.deploy import deploy
from automation.cli.image_building import WAYS, Prepared, build_images, finish_images, prepare_images
from automation.driver.events import Phase, ResourceRow, Step
from automation.driver.image_codebuild import Wait
from automation.driver.image_maker import NoBuilder
from automation.errors import ExitCode, UsageFault
from automation.fleet.access import AwsAccess
from components.compute.interface import ComputeType
from components.naming import IMAGE_BUILDER_PART, PROJECT, WORKER_PART, Names
from components.outputs import StackOutputs
from tests.automation.fleet.conftest import Stores

ACCOUNT = "123456789012"
NAMES = Names(environment="built")
BUILTIN = {f"{PROJECT}:image_tag": "7", f"{PROJECT}:engine": "builtin"}
WITH_CODEBUILD = {**BUILTIN, f"{PROJECT}:codebuild": "true"}


@dataclass
class Screen:
    """Keeps what was said."""

    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class Stack:
    """What of a session is asked."""

    access: AwsAccess
    config: Mapping[str, str]
    environment: str = NAMES.environment
    is_embedded: bool = False
    screen: Screen = field(default_factory=Screen)
    outputs: StackOutputs | None = None


@pytest.fixture(autouse=True)
def _a_machine_without_docker_and_podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def repository(access: AwsAccess) -> Iterator[str]:
    ecr, name = access.client("ecr"), NAMES.part(WORKER_PART)
    ecr.create_repository(repositoryName=name)
    yield name
    ecr.delete_repository(repositoryName=name, force=True)


@pytest.fixture
def project(access: AwsAccess) -> Iterator[Any]:
    builds, name = access.client("codebuild"), NAMES.part(IMAGE_BUILDER_PART)
    builds.create_project(
        name=name,
        serviceRole=f"arn:aws:iam::{ACCOUNT}:role/any",
        source={"type": "S3", "location": "bucket/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
    )
    s3, bucket = access.client("s3"), NAMES.results_bucket(ACCOUNT)
    s3.create_bucket(Bucket=bucket)
    yield lambda: builds.list_builds_for_project(projectName=name)["ids"]
    builds.delete_project(name=name)
    s3.delete_bucket(Bucket=bucket)


def build(access: AwsAccess, config: Mapping[str, str], way: str) -> bool | None:
    clock = Wait(now=lambda: 0.0, sleep=lambda _: None)
    return build_images(Stack(access, config), {}, way=way, account=ACCOUNT, clock=clock)


def test_the_ways_are_offered_by_the_command() -> None:
    [option] = [it for it in deploy.params if it.name == "build"]
    assert list(option.type.choices) == list(WAYS) == ["auto", "docker", "podman", "codebuild"]


@pytest.mark.parametrize("way", ["auto", "codebuild"])
def test_a_first_deployment_makes_repositories_and_project_before_there_is_a_build(
    access: AwsAccess, way: str
) -> None:
    stack = Stack(access, WITH_CODEBUILD)
    assert prepare_images(stack, {}, way=way, account=ACCOUNT) == Prepared(way=way, has_pushed=False)


@pytest.mark.usefixtures("repository")
def test_a_stack_that_is_just_told_to_have_a_project_is_deployed_first(access: AwsAccess) -> None:
    assert build(access, WITH_CODEBUILD, "codebuild") is None


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("way", ["auto", "codebuild"])
def test_a_stack_with_its_project_is_built_before_the_plan(access: AwsAccess, project: Any, way: str) -> None:
    before = len(project())
    assert build(access, WITH_CODEBUILD, way) is True
    assert len(project()) == before + 1


@pytest.mark.usefixtures("project")
def test_a_tag_that_is_there_starts_no_build(access: AwsAccess, project: Any, repository: str) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    access.client("ecr").put_image(
        repositoryName=repository, imageManifest=json.dumps(manifest), imageTag="7"
    )
    before = project()
    assert build(access, WITH_CODEBUILD, "auto") is False
    assert project() == before


def test_codebuild_by_name_without_the_option_is_a_mistake_of_the_configuration(access: AwsAccess) -> None:
    with pytest.raises(UsageFault) as told:
        build(access, BUILTIN, "codebuild")
    assert told.value.exit_code is ExitCode.USAGE
    assert "pulumi config set codebuild true --stack built" in told.value.next_step


def test_who_has_nothing_hears_it_before_anything_is_changed(access: AwsAccess) -> None:
    with pytest.raises(NoBuilder) as told:
        build(access, BUILTIN, "auto")
    for way in ("docker", "podman", "codebuild"):
        assert f"{way}: " in told.value.why
    with pytest.raises(NoBuilder, match="no image") as told:
        build(access, WITH_CODEBUILD, "docker")
    assert told.value.why == "docker: not installed"


def test_the_embedded_aws_needs_no_image_whatever_the_way(access: AwsAccess) -> None:
    stack = Stack(access, WITH_CODEBUILD, is_embedded=True)
    assert build_images(stack, {}, way="codebuild", account=ACCOUNT) is False
    assert "no image to build" in stack.screen.notes[0]


def changed(token: str) -> ResourceRow:
    step = Step(urn=f"urn:pulumi:built::p::{token}::it", type=token, op="update")
    return ResourceRow(step=step, phase=Phase.DONE, started_at=0.0)


@pytest.mark.parametrize(
    ("has_pushed", "token", "is_started_anew"),
    [
        (True, "aws:sqs/queue:Queue", True),
        (True, "aws:ecs/taskDefinition:TaskDefinition", False),
        (False, "aws:sqs/queue:Queue", False),
    ],
)
def test_workers_of_a_revision_that_found_no_image_are_started_anew_and_no_others(
    stores: Stores, has_pushed: bool, token: str, is_started_anew: bool
) -> None:
    def deployment() -> str:
        ecs, name = stores.access.client("ecs"), stores.outputs.cluster_name
        [service] = ecs.describe_services(cluster=name, services=["fleet"])["services"]
        return str(service["deployments"][0]["id"])

    before, stack = deployment(), Stack(stores.access, BUILTIN, outputs=stores.outputs)
    prepared = Prepared(way=None, has_pushed=has_pushed)
    finish_images(stack, {}, prepared, changed=[changed(token)], account=ACCOUNT)
    assert (deployment() != before) is is_started_anew


def test_a_function_has_its_image_before_it_is_made_and_is_not_started_anew(stores: Stores) -> None:
    outputs = replace(stores.outputs, compute_type=ComputeType.LAMBDA.value, cluster_name="")
    stack = Stack(stores.access, BUILTIN, outputs=outputs)
    finish_images(stack, {}, Prepared(way=None, has_pushed=True), changed=[], account=ACCOUNT)
