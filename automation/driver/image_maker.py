"""What makes images: the port that docker, podman and CodeBuild implement, which of them is taken, and what is made at all."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from automation.driver.image_builds import Builder, ImageBuild
from automation.driver.images import has_image
from automation.errors import Diagnostic

Notify = Callable[[str], None]
GUIDE = "docs/how-to/push-the-images.md"


class NoBuilder(Diagnostic):
    """Nothing here can build an image."""


class ImageMaker(Protocol):
    """One way to make images and push them."""

    @property
    def builder(self) -> Builder:
        """Which way."""

    def fault(self) -> str:
        """Say why it can't make images here; nothing where it can, or will once the stack is deployed."""

    def is_ready(self) -> bool:
        """Tell whether it can begin now: part of it may still be to be made by a deployment."""

    def make(self, builds: Sequence[ImageBuild], notify: Notify) -> None:
        """Build and push all; raises Diagnostic with what went wrong."""


def find_maker(makers: Sequence[ImageMaker]) -> ImageMaker:
    """Return the first that works; raises NoBuilder with what is wrong with each."""
    faults = []
    for maker in makers:
        fault = maker.fault()
        if not fault:
            return maker
        faults.append(f"{maker.builder}: {fault}")
    raise NoBuilder(
        "no image can be built from here",
        why="; ".join(faults),
        next_step="start docker, or install podman, or let AWS do it: pulumi config set codebuild true, then deploy"
        f" --build codebuild; or build where there is one: {GUIDE}",
        reference="no-image-builder",
    )


def push_images(builds: Sequence[ImageBuild], maker: ImageMaker, *, ecr: Any, notify: Notify) -> list[str]:
    """Build and push what the registry lacks; return the references pushed. A tag that is there stays as it is."""
    missing = [build for build in builds if not has_image(ecr, build.repository, build.tag)]
    for build in builds:
        if build not in missing:
            notify(f"{build.reference} is there already")
    if missing:
        maker.make(missing, notify)
    return [build.reference for build in missing]
