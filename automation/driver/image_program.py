"""Makes images on this machine, by docker or podman."""

import base64
import binascii
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.driver.image_builds import (
    Builder,
    ImageBuild,
    build_commands,
    login_command,
    probe_command,
)
from automation.driver.image_maker import Notify
from automation.errors import Diagnostic

PROBE_SECONDS = 30
LAST_LINES = 15
"""Of a failing command, in the error."""


@dataclass(frozen=True, kw_only=True)
class ProgramMaker:
    """A program on the PATH."""

    builder: Builder
    """docker or podman."""
    ecr: Any
    """Client that grants the registry's password."""
    root: Path
    """Repository's root, which is the context."""

    def fault(self) -> str:
        """Say why the program can't build: docker is a client whose server may be off."""
        if shutil.which(self.builder.value) is None:
            return "not installed"
        try:
            done = subprocess.run(
                list(probe_command(self.builder)),
                capture_output=True,
                text=True,
                timeout=PROBE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            return f"does not answer ({fault})"
        return "" if done.returncode == 0 else _last(done.stderr or done.stdout, 1)

    def is_ready(self) -> bool:
        """It needs nothing of the stack."""
        return True

    def make(self, builds: Sequence[ImageBuild], notify: Notify) -> None:
        """Sign in, then build and push one after the other."""
        for registry in dict.fromkeys(build.registry for build in builds):
            _run(login_command(self.builder, registry), self.root, text=self._password())
        for build in builds:
            notify(f"Building {build.reference} for {build.platform} with {self.builder}")
            for command in build_commands(self.builder, build):
                _run(command, self.root)

    def _password(self) -> str:
        """Return the registry's password: it holds for twelve hours."""
        [granted] = self.ecr.get_authorization_token()["authorizationData"]
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
