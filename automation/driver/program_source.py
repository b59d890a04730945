"""The program as files: its digest and commit now, and the program of an earlier commit laid out in a folder."""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.errors import Diagnostic

PARTS = ("Pulumi.yaml", "__main__.py", "components", "worker")
"""What the program is made of: it reads the worker's domain, and nothing of the driver."""
_SUFFIXES = frozenset({".py", ".toml", ".yaml", ".json"})
_GIT_SECONDS = 60


def digest_of(root: Path) -> str:
    """Return a SHA-256 over the program's files and their names."""
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def commit_of(root: Path) -> str:
    """Return the commit whose program this is; empty where files differ from it, or where there is no repository."""
    if _git(root, "status", "--porcelain", "--", *PARTS) != b"":
        return ""
    return (_git(root, "rev-parse", "HEAD") or b"").decode().strip()


@contextmanager
def earlier_program(root: Path, commit: str, *, scratch: Path) -> Iterator[Path]:
    """Yield a folder with the program of a commit; the work tree is left alone."""
    archive = _git(root, "archive", "--format=tar", commit, "--", *PARTS)
    if archive is None:
        raise Diagnostic(
            f"the program of {commit[:12]} is not in this repository",
            why="a shallow clone has no history",
            next_step="git fetch --unshallow; or roll back the configuration and the image alone: --keep-program",
            reference="program-missing",
        )
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="program-", dir=scratch) as place:
        folder = Path(place)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        if (root / ".venv").exists():  # Pulumi.yaml names it: the official language host looks there
            (folder / ".venv").symlink_to(root / ".venv")
        yield folder


def _files(root: Path) -> Iterator[Path]:
    for part in PARTS:
        path = root / part
        found = path.rglob("*") if path.is_dir() else [path] if path.exists() else []
        yield from (
            one
            for one in found
            if one.is_file() and one.suffix in _SUFFIXES and "__pycache__" not in one.parts
        )


def _git(root: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
