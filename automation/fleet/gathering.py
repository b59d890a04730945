"""Finds the sources that a submission means: files, folders, globs, a range of commits, standard input.

What a user names one by one must be sendable, else nothing is sent. What a folder, a glob or a range brings along is left out with
its reason where it can't be sent: one binary file must not stand in the way of a repository. Links to folders are not followed.
"""

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from automation.errors import UsageFault
from automation.fleet.git_work_tree import changed_files, listed_files, text_at, top_of
from automation.fleet.reading import Source, decoded, read, said

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
MAXIMUM_FILES = 1_000_000
"""Most names that are looked at below one folder: their list must fit into memory."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "dist", "build", "venv", "site-packages"})
_NOT_TESTED = re.compile(r"^(test_.*|.*_test|conftest|.*\.test|.*\.spec|.*\.d)$")
"""Stems of tests, and of TypeScript's declarations: there is nothing to run in them."""
_WILD = re.compile(r"[*?\[]")


def gather(
    paths: Sequence[str],
    *,
    span: str | None = None,
    stdin: str | bytes | None = None,
    exclude: Sequence[str] = (),
    most_files: int = MAXIMUM_FILES,
) -> Iterator[Source]:
    """Yield every source once, in the order of the arguments.

    Raises UsageFault for a range that git does not know, and for more than `most_files` files of any kind below one folder.
    """
    seen: set[str] = set()
    patterns = [pattern for pattern in exclude if pattern]
    for source in _gathered(paths, span, stdin, most_files):
        name = os.path.normpath(source.path)
        if name not in seen and not any(Path(name).match(pattern) for pattern in patterns):
            seen.add(name)
            yield source


def _gathered(
    paths: Sequence[str], span: str | None, stdin: str | bytes | None, most_files: int
) -> Iterator[Source]:
    if span is not None:
        yield from _of_range(span, [Path(path).resolve() for path in paths])
        return
    for path in dict.fromkeys(paths):
        if path == "-":
            yield _of_stdin(stdin or "")
        elif os.path.isdir(path):  # noqa: PTH112 - unlike pathlib's it raises nothing, however odd the name
            yield from _in_folder(Path(path), most_files)
        elif os.path.lexists(path) or not _WILD.search(path):
            yield read(Path(path))
        else:
            yield from _of_glob(path, most_files)


def _of_stdin(given: str | bytes) -> Source:
    return (
        Source(path="-", text=given, is_named=True)
        if isinstance(given, str)
        else decoded("-", given, is_named=True)
    )


def _of_glob(pattern: str, most_files: int) -> Iterator[Source]:
    parts = Path(pattern).parts
    wild = next(at for at, part in enumerate(parts) if _WILD.search(part))
    root, wanted = Path(*parts[:wild]), [_without_stars(part) for part in parts[wild:]]
    deepest = None if "**" in wanted else len(wanted)
    is_hidden_meant = any(part.startswith(".") for part in wanted)
    walked = _walked(root, most_files, deepest=deepest, is_hidden_meant=is_hidden_meant, skipped=frozenset())
    is_empty = True
    for found in walked:
        if isinstance(found, Source):
            yield found
        elif _is_source(found) and _is_match(found.relative_to(root).parts, wanted):
            is_empty = False
            yield read(found, within=root)
    if is_empty:
        yield Source(path=pattern, fault="no source file matches", is_named=True)


def _of_range(span: str, within: Sequence[Path]) -> Iterator[Source]:
    top = top_of(Path.cwd()) or Path.cwd()
    for name in changed_files(top, span):
        path = top / name
        if _is_source(path) and (not within or any(path.is_relative_to(place) for place in within)):
            try:
                yield decoded(name, text_at(top, span, name))
            except OSError as fault:
                yield Source(path=name, fault=str(fault))


def _in_folder(folder: Path, most_files: int) -> Iterator[Source]:
    listed = listed_files(folder)
    if listed is not None:
        _require_bounded(folder, len(listed), most_files)
    for found in listed if listed is not None else _walked(folder, most_files):
        if isinstance(found, Source):
            yield found
        elif not _is_skipped(found.relative_to(folder).parts) and _is_source(found) and _is_there(found):
            yield read(found, within=folder)


def _is_skipped(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part in _SKIPPED_FOLDERS for part in parts)


def _is_there(path: Path) -> bool:
    """Say whether it is more than a name that git still knows, or another work tree within this one."""
    return os.path.lexists(path) and not os.path.isdir(path)  # noqa: PTH112 - as above


def _walked(
    folder: Path,
    most_files: int,
    *,
    deepest: int | None = None,
    is_hidden_meant: bool = False,
    skipped: frozenset[str] = _SKIPPED_FOLDERS,
) -> Iterator[Path | Source]:
    """Walk a folder, into no link: one may lead in circles, or out. A folder that can't be read is told."""
    pending = [(folder, 1)]
    seen = 0
    while pending:
        place, depth = pending.pop()
        try:
            with os.scandir(place) as entries:
                found = sorted(islice(entries, most_files + 1 - seen), key=lambda entry: entry.name)
        except OSError as fault:
            yield Source(path=str(place), fault=f"this folder can't be read: {said(fault)}")
            continue
        seen += len(found)
        _require_bounded(folder, seen, most_files)
        shown = [entry for entry in found if is_hidden_meant or not entry.name.startswith(".")]
        inner = [
            entry for entry in shown if entry.is_dir(follow_symlinks=False) and entry.name not in skipped
        ]
        yield from (place / entry.name for entry in shown if not _leads_to_folder(entry))
        if deepest is None or depth < deepest:
            pending += [(place / entry.name, depth + 1) for entry in reversed(inner)]


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry))  # noqa: PTH112 - as above


def _require_bounded(folder: Path, files: int, most_files: int) -> None:
    if files > most_files:
        raise UsageFault(
            f"there are more than {most_files} files in {folder}",
            why="so many are rarely meant",
            next_step="name the folders in it that hold your code",
            reference="too-many-files",
        )


def _without_stars(part: str) -> str:
    """Take `**` within a name for `*`, as shells do."""
    return part if part == "**" else re.sub(r"\*+", "*", part)


def _is_match(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Match part by part, `**` being any number of them; each state is a place in the pattern."""
    states = _with_skips({0}, wanted)
    for part in parts:
        stay = {at for at in states if at < len(wanted) and wanted[at] == "**"}
        step = {at + 1 for at in states - stay if at < len(wanted) and fnmatchcase(part, wanted[at])}
        states = _with_skips(stay | step, wanted)
    return len(wanted) in states


def _with_skips(states: set[int], wanted: Sequence[str]) -> set[int]:
    found = set(states)
    for at in range(len(wanted)):
        if at in found and wanted[at] == "**":
            found.add(at + 1)
    return found


def _is_source(path: Path) -> bool:
    return path.suffix in LANGUAGE_OF_SUFFIX and not _NOT_TESTED.match(path.stem)
