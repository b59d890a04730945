"""Pure: which images a stack needs, and what docker, podman or CodeBuild are told to make them."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from components.choices import Architecture
from components.config import StackConfig
from components.naming import OLLAMA_PART, WORKER_PART, model_tag

PLATFORMS: Mapping[Architecture, str] = {
    Architecture.X86_64: "linux/amd64",
    Architecture.ARM64: "linux/arm64",
}


class Builder(StrEnum):
    """What makes images, in the order in which it is tried."""

    DOCKER = "docker"
    PODMAN = "podman"
    CODEBUILD = "codebuild"


PROGRAMS = (Builder.DOCKER, Builder.PODMAN)
"""Those of this machine."""


@dataclass(frozen=True, kw_only=True)
class ImageBuild:
    """An image that a stack runs."""

    reference: str
    """registry/name:tag."""
    dockerfile: str
    """Relative to the repository's root, which is the context."""
    platform: str
    """linux/arm64 or linux/amd64."""
    context: tuple[str, ...] = ()
    """Files and folders that the Dockerfile copies, as patterns; what it needs beside itself."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Build arguments."""

    @property
    def registry(self) -> str:
        """Host that the image is pushed to."""
        return self.reference.partition("/")[0]

    @property
    def name(self) -> str:
        """name:tag, without the registry."""
        return self.reference.partition("/")[2]

    @property
    def repository(self) -> str:
        """registry/name, without the tag."""
        return self.reference.rpartition(":")[0]

    @property
    def tag(self) -> str:
        """Tag alone."""
        return self.reference.rpartition(":")[2]


def images_of(config: StackConfig, worker_repository: str) -> tuple[ImageBuild, ...]:
    """Return the images of a stack: the worker, and the model's where the engine needs one."""
    platform = PLATFORMS[config.architecture]
    worker = ImageBuild(
        reference=f"{worker_repository}:{config.image_tag}",
        dockerfile="worker/Dockerfile",
        platform=platform,
        context=("worker", "tools/node/package*.json", "tools/node/pack.cjs"),
    )
    if config.engine == "builtin":
        return (worker,)
    repository = f"{worker_repository.removesuffix(WORKER_PART)}{OLLAMA_PART}"
    ollama = ImageBuild(
        reference=f"{repository}:{model_tag(config.model)}",
        dockerfile="tools/ollama.Dockerfile",
        platform=platform,
        arguments={"MODEL": config.model},
    )
    return (worker, ollama)


def probe_command(builder: Builder) -> Sequence[str]:
    """Return what fails where the builder can't build: docker is a client whose server may not run, podman needs none."""
    return (
        [builder.value, "version", "--format", "{{.Server.Version}}"]
        if builder is Builder.DOCKER
        else [builder.value, "version"]
    )


def login_command(builder: Builder, registry: str) -> Sequence[str]:
    """Return the command that reads the password from its standard input, where no list of processes shows it."""
    return [builder.value, "login", "--username", "AWS", "--password-stdin", registry]


def build_commands(builder: Builder, build: ImageBuild) -> Sequence[Sequence[str]]:
    """Return what builds and pushes: in one go by docker's buildx, which another processor's image needs."""
    options = ["--platform", build.platform, "--file", build.dockerfile, "--tag", build.reference]
    for name, value in build.arguments.items():
        options += ["--build-arg", f"{name}={value}"]
    if builder is Builder.DOCKER:
        # Without provenance: Lambda refuses an index, which an attestation makes of a single image.
        return [["docker", "buildx", "build", *options, "--provenance=false", "--push", "."]]
    return [["podman", "build", *options, "."], ["podman", "push", build.reference]]


def buildspec_of(build: ImageBuild) -> str:
    """Return what CodeBuild is told: to do what docker does here, signed in by the role of the project; YAML reads JSON."""
    sign_in = shlex.join(login_command(Builder.DOCKER, build.registry))
    commands = [shlex.join(command) for command in build_commands(Builder.DOCKER, build)]
    return json.dumps(
        {
            "version": 0.2,
            "phases": {
                "pre_build": {"commands": [f"aws ecr get-login-password | {sign_in}"]},
                "build": {"commands": commands},
            },
        }
    )
