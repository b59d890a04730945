"""Finds the sources that a submission means: files, folders, globs, a range of commits, standard input.

What a user names one by one must be sendable, else nothing is sent. What a folder, a glob or a range brings along is left out with
its reason where it can't be sent: one binary file must not stand in the way of a repository.
"""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.fleet.git_work_tree import changed_files, listed_files, text_at, top_of
from worker.domain.job import MAXIMUM_CODE_BYTES

LANGUAGE_OF_SUFFIX = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
}
"""File suffix -> language."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "dist", "build", "venv", "site-packages"})
_NOT_TESTED = re.compile(r"^(test_.*|.*_test|conftest|.*\.test|.*\.spec|.*\.d)$")
"""Stems of tests, and of TypeScript's declarations: there is nothing to run in them."""
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to be tested, or why it can't be."""

    path: str
    """As the user knows it; "-" is standard input."""
    text: str = ""
    """What it holds."""
    fault: str = ""
    """Why it can't be sent; empty where it can."""
    is_named: bool = False
    """The user named it, one by one."""


def gather(
    paths: Sequence[str], *, span: str | None, stdin: str | None, exclude: Sequence[str]
) -> Iterator[Source]:
    """Yield every source once, in the order of the arguments; raises UsageFault for a range that git does not know."""
    seen: set[str] = set()
    for source in _gathered(paths, span, stdin):
        name = os.path.normpath(source.path)
        if name not in seen and not any(Path(name).match(pattern) for pattern in exclude):
            seen.add(name)
            yield source


def _gathered(paths: Sequence[str], span: str | None, stdin: str | None) -> Iterator[Source]:
    if span is not None:
        yield from _of_range(span, [Path(path).resolve() for path in paths])
        return
    for path in dict.fromkeys(paths):
        if path == "-":
            yield Source(path=path, text=stdin or "", is_named=True)
        elif Path(path).is_dir():
            yield from (_read(found) for found in _in_folder(Path(path)))
        elif Path(path).is_file() or not _WILD.search(path):
            yield _read(Path(path), is_named=True)
        else:
            yield from _of_glob(path)


def _of_glob(pattern: str) -> Iterator[Source]:
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - absolute and relative patterns alike
    found = sorted(name for name in matches if _is_source(Path(name)) and Path(name).is_file())
    if not found:
        yield Source(path=pattern, fault="no source file matches", is_named=True)
    for name in found:
        yield _read(Path(name))


def _of_range(span: str, within: Sequence[Path]) -> Iterator[Source]:
    top = top_of(Path.cwd()) or Path.cwd()
    for name in changed_files(top, span):
        path = top / name
        if _is_source(path) and (not within or any(path.is_relative_to(place) for place in within)):
            try:
                yield _decoded(name, text_at(top, span, name))
            except OSError as fault:
                yield Source(path=name, fault=str(fault))


def _in_folder(folder: Path) -> Iterator[Path]:
    listed = listed_files(folder)
    for path in listed if listed is not None else _walked(folder):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith(".") or part in _SKIPPED_FOLDERS for part in parts)
        if not is_hidden and _is_source(path) and path.is_file():
            yield path


def _walked(folder: Path) -> Iterator[Path]:
    """Walk a folder that git does not know, into no link: one may lead in circles, or out."""
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        yield from (Path(place) / name for name in sorted(names))


def _is_source(path: Path) -> bool:
    return path.suffix in LANGUAGE_OF_SUFFIX and not _NOT_TESTED.match(path.stem)


def _read(path: Path, *, is_named: bool = False) -> Source:
    """Read a file, but not one that is too large: it may be larger than this machine's memory."""
    try:
        size = path.stat().st_size
        if size > MAXIMUM_CODE_BYTES:
            fault = f"code has {size} bytes, more than {MAXIMUM_CODE_BYTES}"
            return Source(path=str(path), fault=fault, is_named=is_named)
        return _decoded(str(path), path.read_bytes(), is_named=is_named)
    except OSError as fault:
        return Source(path=str(path), fault=_said(fault), is_named=is_named)


def _decoded(name: str, content: bytes, *, is_named: bool = False) -> Source:
    try:
        return Source(path=name, text=content.decode("utf-8-sig"), is_named=is_named)
    except UnicodeDecodeError:
        return Source(path=name, fault="not UTF-8 text", is_named=is_named)


def _said(fault: OSError) -> str:
    return "no such file" if isinstance(fault, FileNotFoundError) else (fault.strerror or str(fault))
