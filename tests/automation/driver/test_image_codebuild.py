"""Images by CodeBuild: a fake service whose builds fail, last and are stopped; bucket and logs of the embedded AWS."""

import io
import json
import secrets
import time
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

from automation.driver.image_builds import Builder, build_commands, images_of
from automation.driver.image_codebuild import LONGEST_SECONDS, CodeBuildMaker, Wait
from automation.errors import Diagnostic
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.builder_permissions import SOURCES_PREFIX
from components.config import StackConfig
from tests.fakes.builds import STREAM, Ending, FakeBuilds

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
BUILDS = images_of(StackConfig(architecture="arm64", image_tag="7"), f"{REGISTRY}/fleet-worker")
WORKER, OLLAMA = BUILDS
FAILED = Ending(
    phase="BUILD",
    status="FAILED",
    message="Error while executing command: docker buildx",
    log_group="/builder",
)


@pytest.fixture(scope="module")
def clients():
    apply_patches()
    server = MotoServer()
    server.start()
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    yield {
        name: session.client(name, endpoint_url=server.endpoint)
        for name in ("s3", "logs", "codebuild", "iam")
    }
    server.stop()


class World:
    """A checkout, a bucket, a clock that only waiting moves on, and what was told."""

    def __init__(self, clients, root, service):
        self.service, self.s3, self.now, self.told, self.interrupted_at = (
            service,
            clients["s3"],
            0.0,
            [],
            None,
        )
        self.bucket = f"sources-{secrets.token_hex(4)}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.maker = CodeBuildMaker(
            client_of={**clients, "codebuild": service}.__getitem__,
            project="builder",
            bucket=self.bucket,
            root=root,
            is_wanted=True,
            wait=Wait(now=lambda: self.now, sleep=self.sleep),
        )

    def sleep(self, seconds):
        self.now += seconds
        if self.interrupted_at is not None and self.now >= self.interrupted_at:
            raise KeyboardInterrupt

    def make(self, *builds):
        self.maker.make(builds or BUILDS, self.told.append)

    @property
    def stored(self):
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())]


@pytest.fixture
def checkout(tmp_path):
    for name in ("worker/Dockerfile", "worker/a.py", "tools/ollama.Dockerfile", "tools/node/package.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def world(clients, checkout):
    return World(clients, checkout, FakeBuilds(projects=["builder"]))


def test_each_image_has_a_build_that_does_what_docker_does_here_signed_in_by_its_role(world):
    world.make()
    specs = [json.loads(one["buildspecOverride"]) for one in world.service.started]
    for build, spec in zip(BUILDS, specs, strict=True):
        [sign_in] = spec["phases"]["pre_build"]["commands"]
        assert sign_in.startswith("aws ecr get-login-password | docker login --username AWS --password-stdin")
        assert sign_in.endswith(REGISTRY)
        [[*words]] = build_commands(Builder.DOCKER, build)
        assert spec["phases"]["build"]["commands"] == [" ".join(words)]
    assert "--build-arg MODEL=deepseek-coder:1.3b" in specs[1]["phases"]["build"]["commands"][0]
    assert "--platform linux/arm64" in specs[0]["phases"]["build"]["commands"][0]


def test_the_source_lies_below_its_prefix_while_builds_run_and_is_gone_at_the_end(world):
    seen = []
    fetch = world.service.batch_get_builds

    def look(*, ids):
        seen.extend(world.stored)
        return fetch(ids=ids)

    world.service.batch_get_builds = look
    world.make()
    assert len(set(seen)) == 1
    assert seen[0].startswith(SOURCES_PREFIX)
    location = world.service.started[0]["sourceLocationOverride"]
    assert location == f"{world.bucket}/{seen[0]}"
    assert world.stored == []


def test_the_source_is_the_zip_of_what_the_images_need(world):
    kept = {}

    class Watched:
        def put_object(self, **asked):
            kept.update(asked)
            return {"VersionId": "of-this-upload"}

        def delete_object(self, **asked):
            kept["deleted"] = asked

    world.maker = CodeBuildMaker(
        client_of={"codebuild": world.service, "s3": Watched()}.__getitem__,
        project="builder",
        bucket="bucket",
        root=world.maker.root,
        is_wanted=True,
        wait=world.maker.wait,
    )
    world.make(WORKER)
    names = zipfile.ZipFile(io.BytesIO(kept["Body"])).namelist()
    assert names == ["tools/node/package.json", "worker/Dockerfile", "worker/a.py"]
    assert kept["deleted"] == {"Bucket": "bucket", "Key": kept["Key"], "VersionId": "of-this-upload"}


def test_phases_are_told_once_each_and_a_long_one_again_each_minute(world):
    world.service.endings = [Ending(is_never=True)]
    world.interrupted_at = 200.0
    with pytest.raises(KeyboardInterrupt):
        world.make(WORKER)
    phases = [line.partition(" ")[2] for line in world.told if line.startswith(WORKER.name)]
    assert phases[0].startswith("gets a machine")
    assert any(line.startswith("signs in to the registry") for line in phases)
    assert [line for line in phases if "built and pushed" in line] == [
        f"is built and pushed ({seconds} s)" for seconds in (20, 80, 140)
    ]


def test_a_build_that_fails_is_told_with_its_phase_its_last_lines_and_the_way_to_its_log(world, clients):
    logs = clients["logs"]
    logs.create_log_group(logGroupName="/builder")
    logs.create_log_stream(logGroupName="/builder", logStreamName=STREAM)
    events = [{"timestamp": int(time.time() * 1000) + n, "message": f"line {n}\n"} for n in range(40)]
    logs.put_log_events(logGroupName="/builder", logStreamName=STREAM, logEvents=events)
    world.service.endings = [Ending(), FAILED]
    with pytest.raises(Diagnostic) as found:
        world.make()
    logs.delete_log_group(logGroupName="/builder")
    fault = found.value
    assert (fault.exit_code, fault.reference) == (1, "image-build-failed")
    assert fault.what == f"CodeBuild did not make {OLLAMA.name}"
    assert f"{OLLAMA.name} failed in phase BUILD" in fault.why
    assert "Error while executing command" in fault.why
    assert "line 39" in fault.why
    assert "line 24" not in fault.why
    assert "https://console/the-log" in fault.next_step
    assert "what was pushed is not built anew" in fault.next_step
    assert world.service.stopped == []
    assert world.stored == []


def test_a_build_that_fails_before_it_has_a_log_is_told_without_one(world):
    world.service.endings = [Ending(phase="DOWNLOAD_SOURCE", status="CLIENT_ERROR", message="access denied")]
    with pytest.raises(Diagnostic) as found:
        world.make(WORKER)
    assert "client error in phase DOWNLOAD_SOURCE" in found.value.why
    assert "access denied" in found.value.why
    assert "console" not in found.value.next_step


def test_a_log_that_can_not_be_read_hides_no_failure(world):
    world.service.endings = [FAILED]
    with pytest.raises(Diagnostic) as found:
        world.make(WORKER)
    assert "failed in phase BUILD" in found.value.why
    assert "its log can't be read" in found.value.why


def test_docker_hubs_limit_is_told_as_something_that_passes(world):
    world.service.endings = [
        Ending(phase="BUILD", status="FAILED", message="toomanyrequests: pull rate limit")
    ]
    with pytest.raises(Diagnostic, match="did not make") as found:
        world.make(WORKER)
    assert "deploy again in some minutes" in found.value.next_step


def test_an_interrupt_stops_what_runs_takes_the_source_away_and_leaves_what_has_ended(world):
    world.service.endings = [Ending(), Ending(is_never=True)]
    world.interrupted_at = 100.0
    with pytest.raises(KeyboardInterrupt):
        world.make()
    assert world.service.stopped == ["builder:2"]
    assert f"Stopping the build of {OLLAMA.name}" in world.told
    assert world.stored == []
    world.interrupted_at = None
    world.make(OLLAMA)  # the next command goes on with what is missing
    assert len(world.service.started) == 3


def test_a_build_without_end_is_given_up_and_stopped(world):
    world.service.endings = [Ending(is_never=True)]
    with pytest.raises(Diagnostic) as found:
        world.make(WORKER)
    assert found.value.reference == "image-build-late"
    assert LONGEST_SECONDS <= world.now < LONGEST_SECONDS + 60
    assert world.service.stopped == ["builder:1"]
    assert world.stored == []


def test_an_account_that_may_not_build_is_told_where_to_ask_for_more(world):
    world.service.refusal = "AccountLimitExceededException"
    with pytest.raises(Diagnostic) as found:
        world.make(WORKER)
    assert found.value.reference == "codebuild-quota"
    assert "Service Quotas" in found.value.next_step
    assert world.stored == []


def test_a_refusal_stops_the_builds_that_had_begun(world):
    start = world.service.start_build

    def start_one(**asked):
        if world.service.started:
            world.service.refusal = "AccessDeniedException"
        return start(**asked)

    world.service.start_build = start_one
    with pytest.raises(ClientError, match="AccessDenied"):
        world.make()
    assert world.service.stopped == ["builder:1"]
    assert world.stored == []


def test_the_embedded_aws_takes_the_same_calls(clients, checkout):
    service = clients["codebuild"]
    service.create_project(
        name="builder",
        serviceRole="arn:aws:iam::123456789012:role/any",
        source={"type": "S3", "location": "bucket/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
    )
    world = World(clients, checkout, service)
    assert world.maker.is_ready()
    world.make()
    assert sum("is there" in line for line in world.told) == 2
    assert world.stored == []
    service.delete_project(name="builder")
    assert not world.maker.is_ready()
