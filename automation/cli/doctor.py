"""doctor: what this machine and these credentials can do; each fault with its fix."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import LOCAL, Session
from automation.driver.backend import backend_of
from automation.driver.locks import locks_of
from automation.driver.stack_file import check_config
from automation.errors import Diagnostic, ExitCode

_OLDEST_PYTHON = (3, 11)
_NEEDED_BYTES = 2 << 30
_OLDEST_NODE = 18


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check."""

    name: str
    """What was looked at."""
    is_ok: bool
    """Nothing is wrong."""
    detail: str
    """What was seen."""
    fix: str = ""
    """What to do."""


@click.command()
@environment_option
@json_option
def doctor(environment: str, *, is_json: bool) -> int:
    """Check this machine and its credentials, each fault with its fix."""
    screen = Screen(is_json=is_json)
    findings = [_looked(name, look) for name, look in _checks(environment, screen).items()]

    def render() -> RenderableType:
        rows = table("", "check", "~found", "~fix")
        for one in findings:
            rows.add_row(
                "[green]✓[/]" if one.is_ok else "[red]✗[/]", one.name, literal(one.detail), literal(one.fix)
            )
        return rows

    screen.result([asdict(one) for one in findings], render)
    return ExitCode.OK if all(one.is_ok for one in findings) else ExitCode.FAILED


def _looked(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name=name, is_ok=True, detail=look())
    except Diagnostic as fault:
        detail = f"{fault.what}: {fault.why}" if fault.why else fault.what
        return Finding(name=name, is_ok=False, detail=detail, fix=fault.next_step)


def _checks(environment: str, screen: Screen) -> dict[str, Callable[[], str]]:
    def session() -> Session:
        return Session(environment, screen)

    return {
        "system": lambda: _system(environment),
        "Python": _python,
        "Node": _node,
        "disk": _disk,
        "stack file": lambda: _stack_file(session()),
        "Pulumi": lambda: _pulumi(session()),
        "AWS": lambda: _aws(session()),
        "stack lock": lambda: _lock(session()),
    }


def _system(environment: str) -> str:
    if environment == LOCAL and sys.platform != "linux":
        raise Diagnostic(
            f"workers can't run on {sys.platform}",
            why="their sandbox is made of Linux's seccomp, Landlock and user ids, and refuses to do without",
            next_step="use Linux, a Linux virtual machine or WSL 2; stacks on AWS can be driven from here",
        )
    return f"{platform.system()} {platform.release()}"


def _python() -> str:
    if sys.version_info < _OLDEST_PYTHON:
        raise Diagnostic("Python is too old", next_step="install Python 3.11 or newer")
    return sys.version.split()[0]


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise Diagnostic(
            "node is not on PATH", why="JavaScript jobs need it", next_step="install Node 20 or newer"
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < _OLDEST_NODE:
        raise Diagnostic(f"node {version} is too old", next_step="install Node 20 or newer")
    return version


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free
    if free < _NEEDED_BYTES:
        raise Diagnostic(
            f"only {free >> 20} MiB are free", next_step="make room: the toolchain takes up to 2 GiB"
        )
    return f"{free >> 30} GiB free"


def _stack_file(session: Session) -> str:
    name = f"Pulumi.{session.environment}.yaml"
    check_config(session.config, file_name=name)
    return f"{name} is valid, region {session.region}"


def _pulumi(session: Session) -> str:
    from automation.toolchain.locate import locate  # noqa: PLC0415 - may build a CLI: only here

    found = locate(progress=session.screen.note)
    return f"{found.version} from {found.source}"


def _aws(session: Session) -> str:
    if session.is_embedded and session.embedded.status() is None:
        return "the embedded AWS is not running; deploy starts it"
    account = session.access.account_id()
    return f"account {account}, {session.access.endpoint or session.access.region}"


def _lock(session: Session) -> str:
    if session.is_embedded and session.embedded.status() is None:
        return "free"
    held = locks_of(backend_of(session.target), session.environment)
    if held:
        stale = "; its process is gone, the next deploy removes it" if held[0].is_stale else ""
        raise Diagnostic(f"locked, {held[0].describe()}{stale}", next_step="wait for it, or run deploy")
    return "free"
