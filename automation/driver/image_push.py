"""Builds a stack's images and pushes them to its registry, by docker or podman, whichever is there and works."""

import base64
import binascii
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from automation.driver.image_builds import (
    Builder,
    ImageBuild,
    build_commands,
    login_command,
    probe_command,
)
from automation.driver.images import has_image
from automation.errors import Diagnostic

PROBE_SECONDS = 30
LAST_LINES = 15
"""Of a failing command, in the error."""

Notify = Callable[[str], None]


class NoBuilder(Diagnostic):
    """Nothing here can build an image."""


def find_builder(wanted: Sequence[Builder] = tuple(Builder)) -> Builder:
    """Return the first that is there and works; raises NoBuilder with what is wrong with each."""
    faults = []
    for builder in wanted:
        fault = _fault_of(builder)
        if not fault:
            return builder
        faults.append(f"{builder}: {fault}")
    raise NoBuilder(
        "no image can be built on this machine",
        why="; ".join(faults),
        next_step="start docker, or install podman; or build where there is one: docs/how-to/push-the-images.md",
        reference="no-image-builder",
    )


def push_images(
    builds: Sequence[ImageBuild], builder: Builder, *, ecr: Any, root: Path, notify: Notify
) -> list[str]:
    """Build and push what the registry lacks; return the references pushed. A tag that is there stays as it is."""
    missing = [build for build in builds if not has_image(ecr, build.repository, build.tag)]
    for build in builds:
        if build not in missing:
            notify(f"{build.reference} is there already")
    for registry in dict.fromkeys(build.registry for build in missing):
        _run(login_command(builder, registry), root, text=_password(ecr))
    for build in missing:
        notify(f"Building {build.reference} for {build.platform} with {builder}")
        for command in build_commands(builder, build):
            _run(command, root)
    return [build.reference for build in missing]


def _fault_of(builder: Builder) -> str:
    if shutil.which(builder.value) is None:
        return "not installed"
    try:
        done = subprocess.run(
            list(probe_command(builder)), capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"does not answer ({fault})"
    return "" if done.returncode == 0 else _last(done.stderr or done.stdout, 1)


def _password(ecr: Any) -> str:
    """Return the registry's password: it holds for twelve hours."""
    [granted] = ecr.get_authorization_token()["authorizationData"]
    try:
        name, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, password = "", ""
    if name != "AWS":
        raise Diagnostic("the registry's token can't be read", reference="registry-token")
    return password


def _run(command: Sequence[str], root: Path, *, text: str | None = None) -> None:
    done = subprocess.run(list(command), cwd=root, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Diagnostic(
            f"`{' '.join(command[:3])}` failed",
            why=_last(done.stderr or done.stdout, LAST_LINES),
            next_step="mend it and deploy again: what was pushed is not built anew",
            reference="image-build-failed",
        )


def _last(text: str, lines: int) -> str:
    return "\n".join(text.strip().splitlines()[-lines:]) or "it says nothing"
