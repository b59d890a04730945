"""The doctor's look at this machine."""

import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from automation.cli.doctor_finding import Unsure
from automation.cli.session import LOCAL, Session
from automation.errors import Diagnostic

_OLDEST_PYTHON = (3, 11)
_NEEDED_BYTES = 2 << 30
_OLDEST_NODE = 18
_BUILDERS = ("docker", "podman", "nerdctl", "finch")
_ANSWER_SECONDS = 20


def check_system(environment: str) -> str:
    """Workers of stack local need Linux."""
    if environment == LOCAL and sys.platform != "linux":
        raise Diagnostic(
            f"workers can't run on {sys.platform}",
            why="their sandbox is made of Linux's seccomp, Landlock and user ids, and refuses to do without",
            next_step="use Linux, a Linux virtual machine or WSL 2; stacks on AWS can be driven from here",
        )
    return f"{platform.system()} {platform.release()}"


def check_python() -> str:
    """The driver needs 3.11."""
    if sys.version_info < _OLDEST_PYTHON:
        raise Diagnostic("Python is too old", next_step="install Python 3.11 or newer")
    return sys.version.split()[0]


def check_node() -> str:
    """JavaScript jobs of stack local run under it."""
    node = shutil.which("node")
    if node is None:
        raise Diagnostic(
            "node is not on PATH", why="JavaScript jobs need it", next_step="install Node 20 or newer"
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = version.removeprefix("v").split(".")[0]
    if not major.isdecimal() or int(major) < _OLDEST_NODE:
        raise Diagnostic(f"node {version} is too old", next_step="install Node 20 or newer")
    return version


def check_disk() -> str:
    """The toolchain needs room."""
    free = shutil.disk_usage(Path.cwd()).free
    if free < _NEEDED_BYTES:
        raise Diagnostic(
            f"only {free >> 20} MiB are free", next_step="make room: the toolchain takes up to 2 GiB"
        )
    return f"{free >> 30} GiB free"


def check_builder(environment: str) -> str:
    """Only who builds the worker's image needs one of them."""
    if environment == LOCAL:
        return "not needed: workers of stack local are processes"
    found = next((name for name in _BUILDERS if shutil.which(name)), None)
    if found is None:
        raise Unsure(
            "no docker, podman, nerdctl or finch on PATH",
            why="the worker's image is built with one of them",
            next_step="install one, or have AWS build (pulumi config set codebuild true), or push the image from CI:"
            " docs/how-to/push-the-images.md",
        )
    try:
        done = subprocess.run(
            [found, "info"], capture_output=True, text=True, check=False, timeout=_ANSWER_SECONDS
        )
        is_up = done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        is_up = False
    if not is_up:
        raise Unsure(
            f"{found} is here, but does not answer", next_step=f"start it: {found} info must succeed"
        )
    return f"{found} answers"


def check_versions(session: Session) -> str:
    """The CLI must not be older than the SDK: new events and options would be unknown to it."""
    from automation.toolchain.locate import locate  # noqa: PLC0415 - may build a CLI: only here

    found = locate(progress=session.screen.note)
    sdk = metadata.version("pulumi")
    if _minor(found.version) < _minor(sdk):
        raise Diagnostic(
            f"the Pulumi CLI {found.version} is older than the SDK {sdk}",
            why="events of a newer SDK are lost on an older CLI",
            next_step=f"install Pulumi {sdk} or newer, or take it off PATH: the pinned one is then used",
        )
    return f"CLI {found.version} from {found.source}, SDK {sdk}"


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split(".")[:2])
