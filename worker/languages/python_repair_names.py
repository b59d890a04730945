"""Names that are nowhere: a missing import of the standard library, or a name that was misspelt."""

import ast
import builtins
import difflib
import functools
import importlib
import re
import sys
from collections.abc import Iterator, Sequence

from worker.domain.diagnosis import Diagnosis, Finding
from worker.languages.python_repair_checks import HARMLESS

_UNDEFINED = re.compile(r"(?:name|Name|Undefined name|variable) ['\"`](?P<name>\w+)['\"`]")
_SUGGESTED = re.compile(r"Did you mean:? ['\"`](?P<name>\w+)['\"`]\?")
_ATTRIBUTE = re.compile(r"has no attribute ['\"](?P<name>\w+)['\"]")
_NO_MODULE = re.compile(r"No module named ['\"](?P<name>[\w.]+)['\"]")
_CANNOT_IMPORT = re.compile(r"cannot import name ['\"](?P<name>\w+)['\"] from ['\"](?P<module>[\w.]+)['\"]")
_PREFERRED = (
    *("collections", "math", "functools", "itertools", "dataclasses", "enum", "datetime", "pathlib"),
    *("decimal", "fractions", "re", "json", "random", "string", "heapq", "bisect", "statistics", "copy"),
    *("operator", "contextlib", "abc", "textwrap", "time", "io", "types", "calendar", "numbers", "cmath"),
    "typing",  # it offers much that others offer to be used and not only to be named
)
_CLOSE = 0.75


def undefined_in(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Names that the findings call undefined."""
    names = [_UNDEFINED.search(finding.message) for finding in diagnosis.findings if _is_of_names(finding)]
    return tuple(dict.fromkeys(match["name"] for match in names if match))


def _is_of_names(finding: Finding) -> bool:
    return finding.code in ("NameError", "UnboundLocalError", "F821", "name-defined")


def missing_module(diagnosis: Diagnosis) -> str:
    """Name a module that is not there and that no import of ours can bring: a dependency of the environment."""
    for finding in diagnosis.findings:
        match = _NO_MODULE.search(finding.message)
        if match:
            name = match["name"].partition(".")[0]
            if not difflib.get_close_matches(name, sorted(HARMLESS), n=1, cutoff=_CLOSE):
                return name
    return ""


def fixes_of_names(source: str, diagnosis: Diagnosis) -> Iterator[tuple[str, str, str]]:
    """Changed texts, the surest first: text, operator, description."""
    undefined = undefined_in(diagnosis)
    statements = [(name, _imports_of(name)) for name in undefined]
    wanted = [found[0] for _, found in statements if found]
    if wanted:
        yield with_imports(source, wanted), "missing-import", f"{'; '.join(wanted)} was missing"
    for _, found in statements:
        for statement in found[1:3]:
            yield with_imports(source, [statement]), "missing-import", f"{statement} was missing"
    for name in undefined:
        for near in _near(name, source, diagnosis):
            yield _renamed(source, name, near), "misspelt-name", f"{name} becomes {near}"
    yield from _other_spellings(source, diagnosis)


def _other_spellings(source: str, diagnosis: Diagnosis) -> Iterator[tuple[str, str, str]]:
    """Attributes, imported names and modules that were misspelt."""
    for finding in diagnosis.findings:
        suggested = _SUGGESTED.search(finding.message)
        for pattern in (_ATTRIBUTE, _CANNOT_IMPORT):
            wrong = pattern.search(finding.message)
            if wrong and suggested:
                yield (
                    _renamed(source, wrong["name"], suggested["name"]),
                    "misspelt-name",
                    f"{wrong['name']} becomes {suggested['name']}",
                )
        absent = _NO_MODULE.search(finding.message)
        if absent:
            for near in difflib.get_close_matches(absent["name"], sorted(HARMLESS), n=2, cutoff=_CLOSE):
                yield (
                    _renamed(source, absent["name"], near),
                    "misspelt-module",
                    f"{absent['name']} becomes {near}",
                )


def with_imports(source: str, statements: Sequence[str]) -> str:
    """Put imports behind the last one at the top, or behind the module's docstring."""
    lines = source.splitlines(keepends=True)
    place = 0
    for node in ast.parse(source).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        place = node.end_lineno or place
    text = "".join(f"{statement}\n" for statement in statements)
    after = "\n" if place == 0 and lines and lines[0].strip() else ""
    return "".join([*lines[:place], text, after, *lines[place:]])


def _imports_of(name: str) -> list[str]:
    """Statements that bring a name in: the module of that name, or the modules that have it."""
    found = [f"import {name}"] if name in HARMLESS else []
    return [*found, *(f"from {module} import {name}" for module in _public_names().get(name, ()))]


@functools.cache
def _public_names() -> dict[str, tuple[str, ...]]:
    """Name -> modules of the standard library that offer it, the usual one first."""
    found: dict[str, list[str]] = {}
    for module in _PREFERRED:
        loaded = importlib.import_module(module)
        names = getattr(loaded, "__all__", None) or [
            name for name in vars(loaded) if not name.startswith("_")
        ]
        for name in names:
            value = getattr(loaded, name, None)
            if not isinstance(value, type(sys)):
                found.setdefault(name, []).append(module)
    return {name: tuple(modules) for name, modules in found.items()}


def _near(name: str, source: str, diagnosis: Diagnosis) -> list[str]:
    """Names that it may have been meant to be."""
    told = [match["name"] for finding in diagnosis.findings if (match := _SUGGESTED.search(finding.message))]
    tree = ast.parse(source)
    bound = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    known = sorted(bound - {name}) + [each for each in dir(builtins) if each.islower()]
    return list(dict.fromkeys([*told, *difflib.get_close_matches(name, known, n=3, cutoff=0.6)]))[:4]


def _renamed(source: str, old: str, new: str) -> str:
    """Replace every use of a word, but in texts that can't be told from words by so little."""
    return re.sub(rf"(?<![\w'\"]){re.escape(old)}(?!\w)", new, source)
