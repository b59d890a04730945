"""The folder of one run: written before the code gets it, read after the code is dead, never through a link."""

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from worker.domain.errors import SandboxUnavailable


def open_base(base: Path) -> Path:
    """Make the folder that holds all runs, or take the one that is there, if it is ours and nobody else's to write."""
    base.mkdir(mode=0o711, exist_ok=True)
    facts = base.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise SandboxUnavailable(f"{base} is not a folder of ours alone: remove it")
    base.chmod(0o711)
    return base


def make_work_folder(base: Path, files: Mapping[str, str], *, user_id: int | None) -> Path:
    """Write the files into a new folder and hand it to the user; from then on nothing of ours writes there."""
    work = Path(tempfile.mkdtemp(prefix="run-", dir=base))
    try:
        _write(work, files, user_id)
    except BaseException:
        remove_work_folder(work)  # a full disk would else be filled up with halves
        raise
    return work


def _write(work: Path, files: Mapping[str, str], user_id: int | None) -> None:
    folders = {work: None}
    for name, text in files.items():
        path = work.joinpath(*_parts(name))
        if path.parent not in folders:
            _make_folders(work, path.parent, folders)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:  # noqa: PTH123 - of a descriptor
            file.write(text)
            if user_id is not None:
                os.fchown(descriptor, user_id, user_id)
    if user_id is not None:
        for folder in reversed(folders):
            os.chown(folder, user_id, user_id, follow_symlinks=False)


def _make_folders(work: Path, folder: Path, known: dict[Path, None]) -> None:
    """Make a folder below the work folder and those above it, and note them, the outer ones first."""
    for each in (*reversed(folder.relative_to(work).parents[:-1]), folder.relative_to(work)):
        if work / each not in known:
            (work / each).mkdir(mode=0o700)
            known[work / each] = None


def collect_files(work: Path, names: Sequence[str], *, limit_bytes: int) -> dict[str, str]:
    """Read back what is there, is a plain file and was reached without a link."""
    found = {}
    for name in names:
        content = _read_plain(work, _parts(name), limit_bytes)
        if content is not None:
            found[name] = content.decode("utf-8", "replace")
    return found


def remove_work_folder(work: Path) -> None:
    """Delete the folder whatever the code did to it."""
    with contextlib.suppress(RecursionError):  # the code can nest folders deeper than our stack
        shutil.rmtree(work, ignore_errors=True)
    if work.exists():
        _flatten(work)
        shutil.rmtree(work, ignore_errors=True)


def _flatten(work: Path) -> None:
    """Move every folder up to the top, so that no path is too long and no stack too small; open what the code has locked."""
    work.chmod(0o700)
    waiting = [entry.path for entry in os.scandir(work) if entry.is_dir(follow_symlinks=False)]
    moved = 0
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    moved += 1
                    place = work / f"moved-{moved}-{secrets.token_hex(4)}"
                    Path(entry.path).chmod(0o700)  # to move a folder is to write into it
                    Path(entry.path).rename(place)
                    waiting.append(str(place))


def remove_folders_of(user_id: int, base: Path) -> None:
    """Delete what runs of a user left when their worker was killed."""
    for folder in base.glob("run-*"):
        try:
            if folder.lstat().st_uid == user_id:
                remove_work_folder(folder)
        except OSError:
            continue  # its own worker removed it meanwhile


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\x00" in name:
        raise ValueError(f"{name!r} is not a path within the work folder")
    return path.parts


def _read_plain(work: Path, parts: tuple[str, ...], limit_bytes: int) -> bytes | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    opened = [os.open(work, flags | os.O_DIRECTORY)]
    try:
        for part in parts[:-1]:
            opened.append(os.open(part, flags | os.O_DIRECTORY, dir_fd=opened[-1]))
        opened.append(os.open(parts[-1], flags, dir_fd=opened[-1]))
        if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
            return None
        with os.fdopen(os.dup(opened[-1]), "rb") as file:
            return file.read(limit_bytes)
    except OSError:
        return None
    finally:
        for place in opened:
            os.close(place)
