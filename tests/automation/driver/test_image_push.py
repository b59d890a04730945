"""Building and pushing a stack's images: real processes of fake docker and podman, a fake CodeBuild, the registry of the embedded AWS."""

import json
import stat
import sys

import boto3
import pytest

from automation.driver.image_builds import PROGRAMS, Builder, build_commands, images_of
from automation.driver.image_codebuild import CodeBuildMaker, Wait
from automation.driver.image_maker import NoBuilder, find_maker, push_images
from automation.driver.image_program import ProgramMaker
from automation.errors import Diagnostic
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.config import StackConfig
from tests.fakes.builds import FakeBuilds

NAME = "image-push-worker"
MANIFEST = json.dumps(
    {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
)
FAKE = """#!{python}
import json, os, sys
asked = sys.stdin.read() if "--password-stdin" in sys.argv else ""
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(json.dumps([os.path.basename(sys.argv[0]), sys.argv[1:], asked]) + "\\n")
if any(word in sys.argv for word in os.environ.get("FAKE_FAILS", "").split()):
    sys.exit("it does not work: " + " ".join(sys.argv[1:]))
"""


class Machine:
    """A machine with some programs on its PATH."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.log, self.monkeypatch = folder / "bin", folder / "log", monkeypatch
        self.folder.mkdir()
        monkeypatch.setenv("PATH", str(self.folder))
        monkeypatch.setenv("FAKE_LOG", str(self.log))

    def install(self, *names):
        for name in names:
            program = self.folder / name
            program.write_text(FAKE.format(python=sys.executable))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def break_down(self, word):
        self.monkeypatch.setenv("FAKE_FAILS", word)

    @property
    def ran(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


@pytest.fixture
def machine(tmp_path, monkeypatch):
    return Machine(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def ecr():
    apply_patches()
    server = MotoServer()
    server.start()
    client = boto3.client(
        "ecr",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    for part in ("worker", "ollama"):
        client.create_repository(repositoryName=NAME.replace("worker", part))
    client.put_image(repositoryName=NAME, imageManifest=MANIFEST, imageTag="there")
    yield client
    for part in ("worker", "ollama"):
        client.delete_repository(repositoryName=NAME.replace("worker", part), force=True)
    server.stop()


class Stored:
    """A bucket that keeps nothing."""

    def put_object(self, **_asked):
        return {}

    def delete_object(self, **_asked):
        return {}


def program(builder, ecr=None, root=None):
    return ProgramMaker(builder=builder, ecr=ecr, root=root)


def codebuild(service, root, *, is_wanted=False):
    clients = {"codebuild": service, "s3": Stored()}
    return CodeBuildMaker(
        client_of=clients.__getitem__,
        project="builder",
        bucket="bucket",
        root=root,
        is_wanted=is_wanted,
        wait=Wait(now=lambda: 0.0, sleep=lambda _: None),
    )


def builds(**settings):
    return images_of(StackConfig(**settings), f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{NAME}")


def test_a_stack_needs_the_worker_for_its_processor_and_the_model_that_its_engine_asks():
    worker, ollama = builds(architecture="arm64", model="deepseek-coder:1.3b", image_tag="7")
    assert (worker.tag, worker.platform, worker.dockerfile) == ("7", "linux/arm64", "worker/Dockerfile")
    assert ollama.reference.endswith("/image-push-ollama:deepseek-coder-1.3b")
    assert ollama.arguments == {"MODEL": "deepseek-coder:1.3b"}


def test_the_builtin_engine_needs_no_image_but_the_workers():
    assert [build.dockerfile for build in builds(engine="builtin")] == ["worker/Dockerfile"]


def test_docker_is_taken_first_and_podman_where_docker_does_not_answer(machine):
    machine.install("docker", "podman")
    makers = [program(one) for one in PROGRAMS]
    assert find_maker(makers).builder is Builder.DOCKER
    machine.break_down("{{.Server.Version}}")
    assert find_maker(makers).builder is Builder.PODMAN


@pytest.mark.parametrize("programs", [("docker",), ()])
def test_codebuild_is_taken_where_no_program_works_and_the_stack_has_its_project_or_will(
    machine, tmp_path, programs
):
    machine.install(*programs)
    machine.break_down("version")
    for service, is_wanted in ((FakeBuilds(projects=["builder"]), False), (FakeBuilds(), True)):
        makers = [*(program(one) for one in PROGRAMS), codebuild(service, tmp_path, is_wanted=is_wanted)]
        maker = find_maker(makers)
        assert maker.builder is Builder.CODEBUILD
        assert maker.is_ready() is bool(service.projects)


def test_who_can_build_nowhere_hears_what_is_wrong_with_each_way_and_how_to_let_aws_do_it(machine, tmp_path):
    machine.install("docker")
    machine.break_down("version")
    with pytest.raises(NoBuilder) as found:
        find_maker([*(program(one) for one in PROGRAMS), codebuild(FakeBuilds(), tmp_path)])
    assert "docker: it does not work" in found.value.why
    assert "podman: not installed" in found.value.why
    assert "codebuild: the stack has no project" in found.value.why
    assert "pulumi config set codebuild true" in found.value.next_step


def test_images_are_built_and_pushed_after_a_sign_in_whose_password_no_process_list_shows(
    machine, ecr, tmp_path
):
    machine.install("docker")
    worker, ollama = builds(architecture="arm64")
    pushed = push_images(
        [worker, ollama], program(Builder.DOCKER, ecr, tmp_path), ecr=ecr, notify=lambda _: None
    )
    assert pushed == [worker.reference, ollama.reference]
    (name, login, password), (_, first, _), (_, second, _) = machine.ran
    assert (name, login[:2], login[-1]) == ("docker", ["login", "--username"], worker.registry)
    assert password
    assert password not in login
    assert first == list(build_commands(Builder.DOCKER, worker)[0])[1:]
    assert "MODEL=deepseek-coder:1.3b" in second


def test_docker_pushes_a_single_image_and_no_index_which_lambda_refuses():
    [worker] = builds(engine="builtin")
    [command] = build_commands(Builder.DOCKER, worker)
    assert "--provenance=false" in command


def test_podman_builds_then_pushes(machine, ecr, tmp_path):
    machine.install("podman")
    [worker] = builds(engine="builtin")
    push_images([worker], program(Builder.PODMAN, ecr, tmp_path), ecr=ecr, notify=lambda _: None)
    assert [words[0] for _, words, _ in machine.ran] == ["login", "build", "push"]


@pytest.fixture(params=list(Builder))
def way(request, machine, ecr, tmp_path):
    """Each way to make images, and how often it was told to build."""
    machine.install("docker", "podman")
    service = FakeBuilds(projects=["builder"])
    if request.param is Builder.CODEBUILD:
        return codebuild(service, tmp_path), lambda: [one["buildspecOverride"] for one in service.started]
    return program(request.param, ecr, tmp_path), lambda: [
        " ".join(words) for _, words, _ in machine.ran if "build" in words
    ]


def test_whoever_builds_a_missing_image_is_built_once_and_a_tag_that_is_there_is_left_alone(way, ecr):
    maker, built = way
    [there] = builds(engine="builtin", image_tag="there")
    [missing] = builds(engine="builtin", image_tag="missing")
    told = []
    pushed = push_images([there, missing], maker, ecr=ecr, notify=told.append)
    assert pushed == [missing.reference]
    assert f"{there.reference} is there already" in told
    [command] = built()
    assert missing.reference in command
    assert there.reference not in command
    assert f"--platform {missing.platform}" in command


def test_whoever_builds_nobody_is_bothered_where_nothing_is_missing(way, ecr):
    maker, built = way
    [there] = builds(engine="builtin", image_tag="there")
    assert push_images([there], maker, ecr=ecr, notify=lambda _: None) == []
    assert built() == []


def test_a_build_that_fails_is_told_with_what_it_said(machine, ecr, tmp_path):
    machine.install("docker")
    machine.break_down("buildx")
    [worker] = builds(engine="builtin")
    with pytest.raises(Diagnostic) as found:
        push_images([worker], program(Builder.DOCKER, ecr, tmp_path), ecr=ecr, notify=lambda _: None)
    assert found.value.what == "`docker buildx build` failed"
    assert "it does not work: buildx build --platform linux/amd64" in found.value.why
