"""Building and pushing a stack's images: real processes of fake docker and podman, the registry of the embedded AWS."""

import json
import stat
import sys

import boto3
import pytest

from automation.driver.image_builds import Builder, build_commands, images_of
from automation.driver.image_push import NoBuilder, find_builder, push_images
from automation.errors import Diagnostic
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.config import StackConfig

NAME = "image-push-worker"
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
    yield client
    for part in ("worker", "ollama"):
        client.delete_repository(repositoryName=NAME.replace("worker", part), force=True)
    server.stop()


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
    assert find_builder() is Builder.DOCKER
    machine.break_down("{{.Server.Version}}")
    assert find_builder() is Builder.PODMAN


def test_a_machine_without_a_builder_says_what_is_wrong_with_each(machine):
    machine.install("docker")
    machine.break_down("version")
    with pytest.raises(NoBuilder) as found:
        find_builder()
    assert "docker: it does not work" in found.value.why
    assert "podman: not installed" in found.value.why


def test_images_are_built_and_pushed_after_a_sign_in_whose_password_no_process_list_shows(
    machine, ecr, tmp_path
):
    machine.install("docker")
    worker, ollama = builds(architecture="arm64")
    pushed = push_images([worker, ollama], Builder.DOCKER, ecr=ecr, root=tmp_path, notify=lambda _: None)
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
    push_images([worker], Builder.PODMAN, ecr=ecr, root=tmp_path, notify=lambda _: None)
    assert [words[0] for _, words, _ in machine.ran] == ["login", "build", "push"]


def test_a_tag_that_is_there_is_not_built_again(machine, ecr, tmp_path):
    machine.install("docker")
    [worker] = builds(engine="builtin", image_tag="there")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    ecr.put_image(repositoryName=NAME, imageManifest=json.dumps(manifest), imageTag="there")
    told = []
    assert push_images([worker], Builder.DOCKER, ecr=ecr, root=tmp_path, notify=told.append) == []
    assert machine.ran == []
    assert told == [f"{worker.reference} is there already"]


def test_a_build_that_fails_is_told_with_what_it_said(machine, ecr, tmp_path):
    machine.install("docker")
    machine.break_down("buildx")
    [worker] = builds(engine="builtin")
    with pytest.raises(Diagnostic) as found:
        push_images([worker], Builder.DOCKER, ecr=ecr, root=tmp_path, notify=lambda _: None)
    assert found.value.what == "`docker buildx build` failed"
    assert "it does not work: buildx build --platform linux/amd64" in found.value.why
