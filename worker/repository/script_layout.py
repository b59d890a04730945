"""The conventions of JavaScript and TypeScript; pure."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_IMPORTED = re.compile(
    r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*(?:\(\s*)?)(['"`])(?P<name>\.{1,2}(?:/[^'"`\n]*)?)\1"""
)
_TEST = re.compile(
    r"(?:^|/)(?:[^/]*[.\-_](?:test|spec)|test(?:[.\-_][^/]*)?|(?:tests?|__tests__|spec)/.*)\.[cm]?[jt]sx?$"
)
_SETTINGS = re.compile(r"(?:^|/)(?:[^/]*\.config|\.[^/]*|gulpfile|gruntfile)\.[cm]?[jt]s$", re.IGNORECASE)
_ENDINGS = (
    *(".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".d.ts", ".json"),
    *("/index.js", "/index.mjs", "/index.cjs", "/index.ts"),
)
LINTED = ".eslintrc.json"
"""Settings of ESLint that are data; those that are code are never run."""
_DECLARED = (".d.ts", ".d.mts", ".d.cts")
_MOST_DECLARED = 10
_COMPILED = {".js": ".ts", ".mjs": ".mts", ".cjs": ".cts"}
"""TypeScript imports by the name that the compiled file will have."""


@dataclass(frozen=True, kw_only=True)
class ScriptLayout:
    """A `worker.repository.layouts.Layout`."""

    language: str
    """javascript or typescript."""
    suffixes: tuple[str, ...]
    """Of its files."""

    def is_code(self, path: str) -> bool:
        """By its suffix; declarations and minified code are nobody's to mend."""
        return path.endswith(self.suffixes) and not path.endswith((*_DECLARED, ".min.js"))

    def is_test(self, path: str) -> bool:
        """As `node --test` finds them, and by the endings of other runners."""
        return self.is_code(path) and _TEST.search(path) is not None

    def is_unit(self, path: str) -> bool:
        """Neither a test nor what configures a tool."""
        return self.is_code(path) and not self.is_test(path) and _SETTINGS.search(path) is None

    def imports(self, path: str, text: str, known: Collection[str]) -> Mapping[str, str]:
        """Follow relative names alone: packages are not in the repository."""
        places = [_place(path, match["name"], known) for match in _IMPORTED.finditer(text)]
        return {place: "" for place in places if place and place != path}

    def surroundings(self, path: str, known: Collection[str]) -> tuple[str, ...]:
        """The nearest package.json, which says what kind of modules files are, and settings: of JavaScript its linter's, of TypeScript its own."""
        names = ("package.json", LINTED) if self.language == "javascript" else ("package.json",)
        found = tuple(place for name in names if (place := _nearest(path, name, known)) is not None)
        project = self.project_of(path, known)
        return found if project is None else (*found, *_settings_of(project, known))

    def project_of(self, path: str, known: Collection[str]) -> str | None:
        """The nearest tsconfig.json of a TypeScript file."""
        return _nearest(path, "tsconfig.json", known) if self.language == "typescript" else None


JAVASCRIPT = ScriptLayout(language="javascript", suffixes=(".js", ".mjs", ".cjs"))
TYPESCRIPT = ScriptLayout(language="typescript", suffixes=(".ts", ".mts", ".cts"))


def _nearest(path: str, name: str, known: Collection[str]) -> str | None:
    for folder in PurePosixPath(path).parents:
        place = posixpath.normpath(posixpath.join(str(folder), name))
        if place in known:
            return place
    return None


def _settings_of(project: str, known: Collection[str]) -> Iterator[str]:
    """It, what lies beside it or above and may be extended, and a bounded number of declarations below it."""
    yield project
    folders = {"" if str(folder) == "." else str(folder) for folder in PurePosixPath(project).parents}
    below = posixpath.dirname(project)
    declared = 0
    for path in sorted(known):
        folder, _, name = path.rpartition("/")
        if folder in folders and path != project and _is_of_compiler(name):
            yield path
        elif (
            name.endswith(_DECLARED)
            and path.startswith(f"{below}/" if below else "")
            and declared < _MOST_DECLARED
        ):
            declared += 1
            yield path


def is_setting(name: str) -> bool:
    """Whether a file name is that of settings of TypeScript or of ESLint, as data."""
    return name == LINTED or _is_of_compiler(name)


def _is_of_compiler(name: str) -> bool:
    return name.startswith("tsconfig") and name.endswith(".json")


def _place(importer: str, name: str, known: Collection[str]) -> str | None:
    bare = posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    if bare.startswith(".."):
        return None
    stem, ending = posixpath.splitext(bare)
    compiled = [f"{stem}{_COMPILED[ending]}"] if ending in _COMPILED else []
    return next(
        (each for each in (bare, *compiled, *(f"{bare}{end}" for end in _ENDINGS)) if each in known), None
    )
