"""One run of git that nothing in a repository, a home folder or the system can steer, and that shows its credentials to nobody.

No configuration but ours, no hooks, no helpers, no prompts, no submodules, no large-file filters, no protocols but those named, no
redirects. A token goes to git by the environment: it stands in no argument, URL, file or message.
"""

import asyncio
import base64
import os
import re
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.domain.errors import ForgeRefused, ForgeUnavailable, WorkerError
from worker.domain.redaction import redacted

LONGEST_MESSAGE = 600
"""Characters of what git says that are told on: the end of it."""

_INHERITED = (
    "PATH",
    "TMPDIR",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
)
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.symlinks": "false",
    "credential.helper": "",
    "protocol.allow": "never",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "push.recurseSubmodules": "no",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
_FIXED = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_FOR_GOOD = re.compile(
    r"authentication failed|could not read (?:username|password)|terminal prompts disabled|error: 40[134]\b|permission to .* denied"
    r"|access denied|repository .*not found|not granted|does not appear to be a git repository|not our ref|couldn't find remote ref"
    r"|remote rejected|protected branch|hook declined|shallow update not allowed|transport .* not allowed|no such remote ref",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a remote is reached."""

    url: str
    """Without credentials."""
    token: str = field(default="", repr=False)
    """Sent as a header to this URL's host alone; empty sends none."""


@dataclass(frozen=True, kw_only=True)
class GitAnswer:
    """What one run came to."""

    code: int
    """Exit code."""
    output: bytes
    """Standard output."""
    said: str
    """The end of standard error, without secrets."""


class GitProcess:
    """Runs git on one store."""

    def __init__(self, folder: Path, *, timeout_seconds: float, protocols: Sequence[str]) -> None:
        """Keep the store below this folder; speak these protocols alone."""
        self._folder = folder
        self._timeout_seconds = timeout_seconds
        self._settings = {**_SETTINGS, **{f"protocol.{name}.allow": "always" for name in protocols}}

    @property
    def store(self) -> Path:
        """The bare repository."""
        return self._folder / "store.git"

    async def run(
        self,
        *arguments: str,
        access: Access | None = None,
        content: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> GitAnswer:
        """Run to the end; ForgeUnavailable where it does not come to one in time. On cancellation its processes are gone before this returns."""
        starting = asyncio.ensure_future(
            self._started(arguments, {**self._environment(access), **(env or {})})
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:  # asyncio would end git alone here, and wait for its children for ever
            await _killed(await starting)
            raise
        try:
            async with asyncio.timeout(self._timeout_seconds):
                output, errors = await process.communicate(content)
        except TimeoutError as error:
            raise ForgeUnavailable(
                f"git {arguments[0]} took more than {self._timeout_seconds:.0f} s"
            ) from error
        finally:
            await _killed(process)
        return GitAnswer(code=process.returncode or 0, output=output, said=_told(errors, access))

    async def _started(self, arguments: Sequence[str], env: Mapping[str, str]) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=env,
                cwd=self._folder,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise ForgeRefused("git is not installed here") from error

    async def succeed(
        self,
        *arguments: str,
        access: Access | None = None,
        content: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run and return the output; raises ForgeRefused or ForgeUnavailable with what git says where it fails."""
        answer = await self.run(*arguments, access=access, content=content, env=env)
        if answer.code:
            raise failure(arguments[0], answer.said)
        return answer.output

    def _environment(self, access: Access | None) -> dict[str, str]:
        settings = dict(self._settings)
        if access is not None and access.token:
            login = base64.b64encode(f"x-access-token:{access.token}".encode()).decode()
            settings[f"http.{_origin(access.url)}.extraHeader"] = f"Authorization: Basic {login}"
        env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        env |= _FIXED | {"HOME": str(self._folder / "home"), "GIT_DIR": str(self.store)}
        env["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings.items()):
            env[f"GIT_CONFIG_KEY_{number}"] = key
            env[f"GIT_CONFIG_VALUE_{number}"] = value
        return env


async def _killed(process: Process) -> None:
    """End a process that still runs, and its children."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def failure(command: str, said: str) -> WorkerError:
    """Tell what git says as an error that another try may mend, or that it can't."""
    text = f"git {command} failed: {said or 'it says nothing'}"
    return ForgeRefused(text) if _FOR_GOOD.search(said) else ForgeUnavailable(text)


def _told(errors: bytes, access: Access | None) -> str:
    text = errors.decode("utf-8", "replace")
    if access is not None and access.token:
        text = text.replace(access.token, "[redacted]")
    return " ".join(redacted(text).split())[-LONGEST_MESSAGE:]


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/"
