"""Pure: what CodeBuild makes a stack's images on, and how long it may take."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.choices import Architecture

BUILD_MINUTES = 60
"""Longest build: a few models of some gigabytes take long to fetch and to push."""
QUEUED_MINUTES = 30
"""Longest wait for a place."""


@dataclass(frozen=True, kw_only=True)
class BuildMachine:
    """What a build runs on."""

    kind: str
    """CodeBuild's type of environment."""
    image: str
    """AWS's own image with docker and buildx in it."""
    size: str = "BUILD_GENERAL1_SMALL"
    """Two processors and the least memory: most of a build is fetching and pushing."""


MACHINES: Mapping[Architecture, BuildMachine] = {
    Architecture.X86_64: BuildMachine(
        kind="LINUX_CONTAINER", image="aws/codebuild/amazonlinux-x86_64-standard:5.0"
    ),
    Architecture.ARM64: BuildMachine(
        kind="ARM_CONTAINER", image="aws/codebuild/amazonlinux-aarch64-standard:3.0"
    ),
}
"""The processor of the fleet is the processor of the build: nothing is emulated."""
