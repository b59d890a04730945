"""The conventions of JavaScript and TypeScript; pure."""

import posixpath
import re
from collections.abc import Collection, Mapping
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
    *(".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".json"),
    *("/index.js", "/index.mjs", "/index.cjs", "/index.ts"),
)
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
        return path.endswith(self.suffixes) and not path.endswith((".d.ts", ".d.mts", ".d.cts", ".min.js"))

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
        """The nearest package.json: it says which kind of modules the files are."""
        for folder in PurePosixPath(path).parents:
            name = posixpath.normpath(posixpath.join(str(folder), "package.json"))
            if name in known:
                return (name,)
        return ()


JAVASCRIPT = ScriptLayout(language="javascript", suffixes=(".js", ".mjs", ".cjs"))
TYPESCRIPT = ScriptLayout(language="typescript", suffixes=(".ts", ".mts", ".cts"))


def _place(importer: str, name: str, known: Collection[str]) -> str | None:
    bare = posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    if bare.startswith(".."):
        return None
    stem, ending = posixpath.splitext(bare)
    compiled = [f"{stem}{_COMPILED[ending]}"] if ending in _COMPILED else []
    return next(
        (each for each in (bare, *compiled, *(f"{bare}{end}" for end in _ENDINGS)) if each in known), None
    )
