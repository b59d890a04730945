"""What a patch touches, read from its text; pure. The tree that git makes of it is looked at again before anything is pushed.

A patch is refused as a whole where it leaves the tree, reaches into .git, or brings links, submodules, large-file pointers,
binary content or odd modes; and, unless a repository's settings allow it, where it touches what the forge obeys, lock files or tests.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from worker.domain.publication import PathKind

MAXIMUM_PATCH_BYTES = 1_000_000
"""Largest patch: nobody reviews a larger one."""

MAXIMUM_PATCHED_FILES = 100
"""Most files of a patch."""

_HUNK = re.compile(r"@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
_PLAIN_MODES = frozenset({"100644", "100755"})
_LOCK_FILES = frozenset(
    {
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "bun.lockb",
        "go.sum",
        "packages.lock.json",
        "package.resolved",
        ".terraform.lock.hcl",
        "gradle.lockfile",
    }
)
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "e2e", "__snapshots__", "testdata"})
_TEST_FILE = re.compile(
    r"test_.*\.py|.*_test\.(?:py|go|rb|dart|exs|cc|cpp)|conftest\.py|pytest\.ini|tox\.ini|.*[.-](?:test|spec)\.[a-z]+"
    r"|.*_spec\.rb|.*tests?\.(?:java|kt|cs|swift|scala|php)|.*\.snap|(?:jest|vitest|karma|playwright|cypress)\.config\..*|\.mocharc.*"
)
_FORGE_FOLDERS = frozenset({".github", ".gitlab", ".circleci", ".buildkite", ".husky"})
_FORGE_FILES = frozenset(
    {"codeowners", ".gitattributes", ".gitignore", ".gitlab-ci.yml", "jenkinsfile", "azure-pipelines.yml"}
)


@dataclass(frozen=True, kw_only=True)
class Touch:
    """A file that a patch names."""

    path: str
    """As the patch writes it, without `a/` or `b/`."""
    odd: str = ""
    """What is not plain about it: a mode, a binary change."""


def objections(patch: str, allowed: frozenset[PathKind]) -> list[str]:
    """Say all that speaks against a patch by its text."""
    if len(patch.encode("utf-8", "surrogatepass")) > MAXIMUM_PATCH_BYTES:
        return [f"it is larger than {MAXIMUM_PATCH_BYTES:,} bytes"]
    touches = list(touched(patch))
    if not touches:
        return ["it names no file"]
    paths = dict.fromkeys(touch.path for touch in touches)
    if len(paths) > MAXIMUM_PATCHED_FILES:
        return [f"it touches {len(paths)} files, more than {MAXIMUM_PATCHED_FILES}"]
    odd = [f"{touch.path!r} {touch.odd}" for touch in touches if touch.odd]
    return [*path_objections(paths, allowed), *dict.fromkeys(odd)]


def path_objections(paths: Iterable[str], allowed: frozenset[PathKind]) -> list[str]:
    """Say what speaks against touching these files."""
    found = []
    for path in paths:
        fault = path_fault(path)
        if fault:
            found.append(f"{path!r} {fault}")
            continue
        found += [f"{path!r} {_TELLING[kind]}" for kind in kinds(path) if kind not in allowed]
    return found


def path_fault(path: str) -> str:
    """Say why no file may be called so; nothing where it may. Stricter than git: the file may be checked out anywhere."""
    if not path or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "is no path within the repository"
    if "\\" in path or any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in path):
        return "holds signs that no path here may hold"
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        return "leads out of the repository"
    if any(_is_dot_git(part) for part in parts):
        return "reaches into git's own folder"
    if parts[-1].lower() in {".gitmodules", ".lfsconfig"}:
        return "changes where submodules or large files come from"
    return ""


def kinds(path: str) -> tuple[PathKind, ...]:
    """Return the kinds of file that it belongs to; none for plain code."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    name = parts[-1]
    found = []
    if parts[0] in _FORGE_FOLDERS or name in _FORGE_FILES:
        found.append(PathKind.FORGE)
    if name in _LOCK_FILES or name.endswith((".lock", ".lockfile")):
        found.append(PathKind.LOCK_FILE)
    if _TEST_FOLDERS & set(parts[:-1]) or _TEST_FILE.fullmatch(name):
        found.append(PathKind.TEST)
    return tuple(found)


_TELLING = {
    PathKind.FORGE: "is obeyed by git or the forge (workflows, owners, attributes)",
    PathKind.LOCK_FILE: "is a lock file",
    PathKind.TEST: "is a test, or decides which tests run",
}


def _is_dot_git(part: str) -> bool:
    """Know git's folder by what Windows and macOS call it too: case, `git~1`, dots and blanks behind, streams, unseen signs."""
    seen = "".join(sign for sign in part if sign not in _UNSEEN).lower()
    return seen.split(":")[0].rstrip(". ") in {".git", "git~1"}


_UNSEEN = frozenset(
    "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u206a\u206b\u206c\u206d\u206e\u206f\ufeff"
)


def touched(patch: str) -> Iterator[Touch]:
    """Name every file in the patch's headers; what hunks hold is content, whatever it looks like."""
    old = new = 0
    for line in patch.split("\n"):
        if old > 0 or new > 0:
            old -= line[:1] in {" ", "-", ""}
            new -= line[:1] in {" ", "+", ""}
            continue
        hunk = _HUNK.match(line)
        if hunk:
            old, new = int(hunk["old"] or 1), int(hunk["new"] or 1)
            continue
        yield from _header(line.removesuffix("\r"))


def _header(line: str) -> Iterator[Touch]:
    word, _, rest = line.partition(" ")
    if word in {"---", "+++"}:
        yield from _named(rest.split("\t")[0])
    elif line.startswith("diff --git "):
        yield from _both(rest.removeprefix("--git "))
    elif word in {"rename", "copy"}:
        yield Touch(path=_unquoted(rest.partition(" ")[2]))
    elif word in {"new", "old", "deleted"} and " mode " in f" {rest}":
        mode = rest.split()[-1]
        if mode not in _PLAIN_MODES:
            yield Touch(path=f"mode {mode}", odd="is a link, a submodule or an unknown mode")
    elif line.startswith(("GIT binary patch", "Binary files ")):
        yield Touch(path="a binary file", odd="can't be reviewed")
    elif word == "index" and rest.split()[-1] in {"120000", "160000"}:
        yield Touch(path="a link or submodule", odd="is no plain file")


def _named(text: str) -> Iterator[Touch]:
    path = _unquoted(text)
    if path != "/dev/null":
        yield _stripped(path)


def _both(text: str) -> Iterator[Touch]:
    """Read `a/x b/x`: git goes by it where neither `---` nor `rename` follows."""
    if text.startswith('"'):
        for part in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', text):
            yield _stripped(_unquoted(part))
        return
    middle = (len(text) - 1) // 2
    first, second = text[:middle], text[middle + 1 :]
    if first[1:] == second[1:]:
        yield _stripped(first)
        return
    for part in text.split(" "):
        yield _stripped(part)


def _stripped(path: str) -> Touch:
    """Take off `a/` or `b/`; git would take off whatever stands there, so that nothing else may."""
    first, slash, rest = path.partition("/")
    if slash and first in {"a", "b"}:
        return Touch(path=rest)
    return Touch(path=path, odd="does not begin with a/ or b/")


def _unquoted(text: str) -> str:
    """Undo git's quoting of unusual paths."""
    if not (text.startswith('"') and text.endswith('"') and len(text) > 1):
        return text
    raw = re.sub(
        rb"\\([0-7]{3}|.)",
        lambda match: (
            bytes([int(match[1], 8) & 0xFF]) if len(match[1]) == 3 else _ESCAPES.get(match[1], match[1])
        ),
        text[1:-1].encode("utf-8", "surrogatepass"),
    )
    return raw.decode("utf-8", "replace")


_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
