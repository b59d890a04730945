"""Lays out the folder that the CLI is run from.

| official language host | `pulumi` in the folder is | `pulumi-language-python` in the folder is |
| --- | --- | --- |
| beside the CLI or on PATH | a symbolic link to the CLI | absent: the official one is found by the CLI |
| absent | a hard link or a copy of the CLI | a script that runs our own language host |

The second row holds no symbolic link because the CLI resolves itself and looks for language hosts beside the real file;
one found elsewhere on PATH brings a warning at every run.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.toolchain.pins import REPOSITORY_ROOT
from automation.toolchain.ports import Progress

HOST_NAME = "pulumi-language-python"
_MARK = "# written by automation.toolchain"


@dataclass(frozen=True, kw_only=True)
class BinDir:
    """The folder with the CLI and its language host."""

    path: Path
    """Where it lies: one per checkout, as the language host runs the checkout's interpreter."""
    environ: Mapping[str, str]
    """Gives PATH."""
    python: Path = Path(sys.executable)
    """The interpreter that runs programs."""

    def equip(self, cli: Path, progress: Progress) -> Path:
        """Make the folder serve `cli` and return the executable to run; cheap when nothing changed."""
        self.path.mkdir(parents=True, exist_ok=True)
        host = self.path / HOST_NAME
        if has_official_host(cli, environ=self.environ, but_in=self.path):
            host.unlink(missing_ok=True)
            return self._link(cli)
        self._write_host(host, progress)
        return self._clone(cli)

    def _link(self, cli: Path) -> Path:
        own = self.path / "pulumi"
        if not own.is_symlink() or own.readlink() != cli:
            draft = self._draft(own)
            draft.symlink_to(cli)
            draft.replace(own)
        return own

    def _clone(self, cli: Path) -> Path:
        own, real = self.path / "pulumi", cli.resolve()
        if not own.is_symlink() and own.exists() and _same(own, real):
            return own
        draft = self._draft(own)
        try:
            os.link(real, draft)
        except OSError:  # another file system
            shutil.copy2(real, draft)
        draft.replace(own)
        return own

    def _write_host(self, host: Path, progress: Progress) -> None:
        text = host_script(python=self.python, root=REPOSITORY_ROOT)
        if host.is_file() and host.read_text(encoding="utf-8", errors="replace") == text:
            return
        progress("no official Python language host beside the CLI: ours takes its place")
        draft = self._draft(host)
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o755)
        draft.replace(host)

    def _draft(self, target: Path) -> Path:
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        return draft


def has_official_host(cli: Path, *, environ: Mapping[str, str], but_in: Path) -> bool:
    """Tell whether the CLI finds a Python language host that isn't ours."""
    beside = cli.resolve().parent / HOST_NAME
    on_path = shutil.which(HOST_NAME, path=_without(environ.get("PATH", ""), but_in))
    candidates = [beside, *([Path(on_path)] if on_path else [])]
    return any(os.access(candidate, os.X_OK) and not _is_ours(candidate) for candidate in candidates)


def host_script(*, python: Path, root: Path) -> str:
    """Return the script that the CLI starts as its language host; it becomes the host, so that its parent is the CLI."""
    module = "automation.toolchain.language_host"
    lines = [
        "#!/bin/sh",
        _MARK,
        f'PYTHONPATH={shlex.quote(str(root))}"${{PYTHONPATH:+:$PYTHONPATH}}"',
        "export PYTHONPATH",
        f'exec {shlex.quote(str(python))} -m {module} "$@"',
    ]
    return "\n".join(lines) + "\n"


def _is_ours(script: Path) -> bool:
    with script.open("rb") as file:
        return _MARK.encode() in file.read(200)


def _same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    return one.samefile(other) or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)


def _without(path: str, folder: Path) -> str:
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if entry and Path(entry) != folder)
