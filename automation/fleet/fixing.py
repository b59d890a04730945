"""Makes a fix job of a file, of tests that fail or a log, and of what both need beside them; and applies what comes back."""

import codecs
import re
import secrets
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.errors import UsageFault
from automation.fleet.gathering import LANGUAGE_OF_SUFFIX
from automation.fleet.git_work_tree import text_before
from automation.fleet.reading import Source, read
from worker.domain.changed_lines import changed_lines_of
from worker.domain.errors import RequestRejected
from worker.domain.job import (
    MAXIMUM_LOG_CHARACTERS,
    MAXIMUM_TEST_FILES,
    Job,
    JobKind,
    SourceFile,
)
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.redaction import redacted

_TEST_NAME = re.compile(r"(?:test_.*|.*_tests?)\.py|.*\.(?:test|spec)\.[mc]?[jt]s")
_PYTHON_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+([\w, ]+)|import\s+([\w., ]+))", re.MULTILINE)
_SCRIPT_IMPORT = re.compile(r"""(?:from\s+|require\(\s*|import\s+|import\(\s*)["'](\.{1,2}/[^"']+)["']""")
_SUFFIXES = ("", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", "/index.js", "/index.ts")


@dataclass(frozen=True, kw_only=True)
class FixRequest:
    """What a person asks for."""

    path: Path
    """The file that is broken."""
    tests: Sequence[str]
    """Files, folders, or commands that name them."""
    log: str = ""
    """What a failing command printed."""
    root: Path
    """The folder that paths are told from: a repository's top, mostly."""
    priority: int = 1
    """Chooses the lane."""
    seed: int = 1
    """Of every random choice."""
    budget_seconds: float | None = None
    """Time for the search."""
    children: int | None = None
    """Child jobs that the search may be split into; None leaves it to the worker."""


def fix_job(request: FixRequest) -> Job:
    """Read everything; raises UsageFault naming what can't be sent."""
    code = _read(request.path)
    language = LANGUAGE_OF_SUFFIX.get(request.path.suffix)
    if language is None:
        raise _refused(f"{request.path}: language unknown (known suffixes: {', '.join(LANGUAGE_OF_SUFFIX)})")
    wanted = [path for text in request.tests for path in _named_by(text, request.root)]
    job = Job(
        job_id=f"fix-{re.sub(r'[^A-Za-z0-9]+', '-', request.path.stem).strip('-')[:60] or 'job'}-{secrets.token_hex(4)}",
        kind=JobKind.FIX,
        language=language,
        code=code.text,
        path=_told(request.path, request.root),
        tests=_files(wanted, request, code.text),
        log=redacted(request.log)[-MAXIMUM_LOG_CHARACTERS:],
        changed_lines=changed_lines_of(
            text_before(request.path, code.text), code.text
        ),  # a fault is most likely there
        priority=request.priority,
        seed=request.seed,
        budget_seconds=request.budget_seconds,
        children=request.children,
    )
    if not wanted and not job.log.strip():
        raise _refused("neither a test that fails nor a log is given")
    try:  # the worker's own rules, before anything is sent
        return decode_job(encode_job(job), message_id=job.job_id)
    except RequestRejected as fault:
        raise _refused(str(fault)) from fault


def apply(path: Path, *, sent: str, patched: str) -> None:
    """Write the patched text over the file that was sent; raises UsageFault where it is another by now."""
    content = path.read_bytes()
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    if content.removeprefix(mark) != sent.encode():
        raise UsageFault(
            f"{path} has changed since it was sent",
            why="a patch fits only the text that it was proved on",
            next_step="run fix again, or apply the patch by --patch FILE and git apply",
            reference="source-changed",
        )
    path.write_bytes(mark + patched.encode())


def _named_by(text: str, root: Path) -> Iterator[Path]:
    """Files that a name or a command means: every word of it that is a file, or a folder with tests."""
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise _refused(f"--test {text!r:.80}: {fault}") from fault
    found = []
    for word in dict.fromkeys([text, *words]):
        place = root / word.partition("::")[0]
        if place.is_file():
            found.append(place)
        elif place.is_dir() and word not in (".", "/"):
            found += sorted(each for each in place.rglob("*") if _TEST_NAME.fullmatch(each.name))
    if not found:
        raise _refused(f"--test {text!r:.80} names no file of tests")
    yield from found


def _files(tests: Iterable[Path], request: FixRequest, code: str) -> tuple[SourceFile, ...]:
    """The tests, and what they and the code import from beside them; never the code itself."""
    own = request.path.resolve()
    pending = [*tests]
    pending += [beside for path in pending for beside in _surroundings(path, request.root)]
    pending += [*_imported(request.path, code, request.root), *_linted(request.path, request.root)]
    found: dict[str, SourceFile] = {}
    seen = {own}
    while pending and len(found) < MAXIMUM_TEST_FILES:
        path = pending.pop(0)
        real = path.resolve()
        if real in seen:
            continue
        seen.add(real)
        text = _read(path).text
        found[_told(path, request.root)] = SourceFile(path=_told(path, request.root), text=text)
        pending += _imported(path, text, request.root)
    return tuple(found.values())


def _surroundings(path: Path, root: Path) -> Iterator[Path]:
    """What pytest takes along without being told: conftest.py up to the root."""
    for folder in path.resolve().parents:
        if (folder / "conftest.py").is_file():
            yield folder / "conftest.py"
        if folder == root.resolve():
            return


def _linted(path: Path, root: Path) -> Iterator[Path]:
    """The nearest settings of ESLint that are data."""
    if LANGUAGE_OF_SUFFIX[path.suffix] != "javascript":
        return
    top = root.resolve()
    inside = [folder for folder in path.resolve().parents if folder.is_relative_to(top)]
    yield from [place for folder in inside if (place := folder / ".eslintrc.json").is_file()][:1]


def _imported(path: Path, text: str, root: Path) -> Iterator[Path]:
    """Files of the repository that a source imports."""
    if path.suffix == ".py":
        places = (root, root / "src", path.parent, path.parent.parent)
        for name in _modules(text):
            parts = name.split(".")
            options = [place.joinpath(*parts) for place in places]
            yield from (each.with_suffix(".py") for each in options if each.with_suffix(".py").is_file())
            yield from (each / "__init__.py" for each in options if (each / "__init__.py").is_file())
        return
    for match in _SCRIPT_IMPORT.finditer(text):
        options = [path.parent / f"{match[1]}{suffix}" for suffix in _SUFFIXES]
        yield from (each for each in options[:] if each.is_file())


def _modules(text: str) -> Iterator[str]:
    for source, names, plain in _PYTHON_IMPORT.findall(text):
        if source and not source.startswith("."):
            yield source
            yield from (
                f"{source}.{name.strip()}" for name in names.split(",") if name.strip().isidentifier()
            )
        for name in plain.split(","):
            yield name.strip().partition(" ")[0]


def _told(path: Path, root: Path) -> str:
    """The path from the root; of a file outside of it, the name."""
    real, top = path.resolve(), root.resolve()
    return real.relative_to(top).as_posix() if real.is_relative_to(top) else real.name


def _read(path: Path) -> Source:
    source = read(path)
    if source.fault:
        raise _refused(f"{path}: {source.fault}")
    return source


def _refused(why: str) -> UsageFault:
    return UsageFault(
        "nothing was sent",
        why=why,
        next_step="python -m automation fix FILE --test TEST_FILE",
        reference="fix-invalid",
    )
