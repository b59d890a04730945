"""The files of a fix job laid out as its tests import them."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from worker.domain.exchange import Subject
from worker.domain.job import SourceFile
from worker.languages.javascript_syntax import ModuleKind, kind_of, parse

_IMPORTED = re.compile(
    r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)(['"`])(?P<name>\.{1,2}/[^'"`]*)\1"""
)
_ENDING = re.compile(r"\.(?:[cm]?[jt]sx?)$")
_ASSERTION = re.compile(r"\b(?:assert(?:\.[\w.]+)?|expect)\s*\(")
_TEST = re.compile(
    r"(?:^|/)(?:[^/]*[.\-_](?:test|spec)|test(?:[.\-_][^/]*)?|(?:tests?|__tests__|spec)/.*)\.[cm]?[jt]sx?$"
)


def tests_in(files: Sequence[SourceFile]) -> tuple[str, ...]:
    """Paths of the files that hold tests: by their names; where no name tells, every file that asserts something.

    Within a project that has settings, names tell: code may assert, too.
    """
    named = tuple(file.path for file in files if _TEST.search(file.path))
    if named or any(PurePosixPath(file.path).name == "tsconfig.json" for file in files):
        return named
    return tuple(file.path for file in files if _ENDING.search(file.path) and "assert" in file.text)


def assertions_in(files: Sequence[SourceFile]) -> int:
    """Count the assertions that are written: broken code may never reach them."""
    return sum(len(_ASSERTION.findall(file.text)) for file in files if file.path in tests_in(files))


def placed(subject: Subject, files: Sequence[SourceFile]) -> Subject:
    """Put the subject where the tests look for it."""
    stem = _ENDING.sub("", PurePosixPath(subject.path).name)
    for file in files:
        for name in _names_in(file):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), name))
            if PurePosixPath(_ENDING.sub("", place)).name == stem and not place.startswith(".."):
                ending = PurePosixPath(subject.path).suffix
                return replace(subject, path=f"{_ENDING.sub('', place)}{ending}")
    return subject


def _names_in(file: SourceFile) -> Iterator[str]:
    """Read scripts alone: data may hold any words."""
    if not _ENDING.search(file.path):
        return
    for found in _IMPORTED.finditer(file.text):
        yield found["name"]


def package_file(subject: Subject, files: Sequence[SourceFile]) -> dict[str, str]:
    """Return the package.json that makes Node read `.js` files as the modules that they are, where the job brings none."""
    if any(file.path == "package.json" for file in files):
        return {}
    texts = [
        (subject.path, subject.source),
        *((file.path, file.text) for file in files if _ENDING.search(file.path)),
    ]
    plain = [kind_of(parse(text), path) for path, text in texts if path.endswith((".js", ".ts"))]
    return {"package.json": '{"type": "module"}\n'} if ModuleKind.ESM in plain else {}
