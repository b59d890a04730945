"""What a driver needs of CodeBuild, by the fake and by the embedded AWS."""

import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from automation.driver.build_state import BuildState, read_build
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.fakes.builds import FakeBuilds

PROJECT = f"builder-{secrets.token_hex(4)}"
MOST_LOOKS = 20


@pytest.fixture(scope="module")
def embedded() -> Iterator[Any]:
    apply_patches()
    server = MotoServer()
    server.start()
    client = boto3.client(
        "codebuild",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_project(
        name=PROJECT,
        serviceRole="arn:aws:iam::123456789012:role/any",
        source={"type": "S3", "location": "bucket/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
    )
    yield client
    client.delete_project(name=PROJECT)
    server.stop()


@pytest.fixture(params=["fake", "embedded"])
def service(request: pytest.FixtureRequest) -> Any:
    return FakeBuilds(projects=[PROJECT]) if request.param == "fake" else request.getfixturevalue("embedded")


def start(service: Any) -> str:
    answer = service.start_build(
        projectName=PROJECT,
        sourceTypeOverride="S3",
        sourceLocationOverride="bucket/a.zip",
        buildspecOverride="version: 0.2",
    )
    return str(answer["build"]["id"])


def look(service: Any, build: str) -> BuildState:
    [answer] = service.batch_get_builds(ids=[build])["builds"]
    return read_build(answer)


def test_a_project_is_there_or_not(service: Any) -> None:
    assert service.batch_get_projects(names=[PROJECT])["projects"]
    assert not service.batch_get_projects(names=["another"])["projects"]


def test_a_build_of_a_project_that_is_not_there_is_refused(service: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        service.start_build(projectName="another")


def test_a_build_runs_through_its_phases_and_stays_as_it_ended(service: Any) -> None:
    build, seen = start(service), []
    for _ in range(MOST_LOOKS):
        state = look(service, build)
        seen.append(state.phase)
        if not state.is_running:
            break
    assert state.is_good
    assert seen.index("DOWNLOAD_SOURCE") < seen.index("PRE_BUILD") < seen.index("BUILD")
    assert len(seen) == len(set(seen))
    assert look(service, build) == state
    assert state.failed_phase == ""


def test_a_build_that_is_stopped_ends_in_the_phase_that_it_was_in(service: Any) -> None:
    build = start(service)
    phase = look(service, build).phase
    service.stop_build(id=build)
    state = look(service, build)
    assert (state.status, state.failed_phase, state.is_good) == ("STOPPED", phase, False)


def test_builds_are_looked_at_together(service: Any) -> None:
    builds = [start(service), start(service)]
    answers = service.batch_get_builds(ids=builds)["builds"]
    assert [read_build(answer).id for answer in answers] == builds
