"""Requests to the scripts of repair under `harness/python`: the subject and all its tests in one folder, as the tests import them."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.domain.job import SourceFile
from worker.domain.repair import Broken
from worker.languages.python_harness import SUBJECT_FOLDER, PythonHarness
from worker.ports import Sandbox


class RepairHarness:
    """Sends the scripts along with the code and its tests."""

    def __init__(self) -> None:
        self._harness = PythonHarness()

    async def report(
        self, script: str, broken: Broken, plan: Mapping[str, Any], sandbox: Sandbox, budget: Budget
    ) -> Mapping[str, Any]:
        """Run a script; what it reports, or `{"lost": why}` where the code under test kept it from reporting."""
        tests = [file.path for file in broken.tests if is_test(file.path)]
        names = import_names(broken.subject.path, broken.tests)
        whole = {"folder": SUBJECT_FOLDER, "tests": tests, "names": list(names), **plan}
        bare = replace(broken.subject, source="")  # it may not even parse
        request = self._harness.request(script, bare, whole, seconds=budget.seconds, seed=budget.seed)
        files = {f"{SUBJECT_FOLDER}/{file.path}": file.text for file in broken.tests}
        files[f"{SUBJECT_FOLDER}/{broken.subject.path}"] = broken.subject.source
        try:
            return await self._harness.report(sandbox, replace(request, files={**request.files, **files}))
        except SourceRejected as error:
            return {"lost": str(error)}


def subject_of(source: str, path: str | None, tests: Sequence[SourceFile]) -> Subject:
    """Name the module so that the tests find it: by the end of its path that they import."""
    given = [
        part for part in (path or "subject.py").replace("\\", "/").split("/") if part not in ("", ".", "..")
    ]
    stem = given[-1].removesuffix(".py") if given else "subject"
    wanted = [name for name in _imported(tests) if name.rpartition(".")[2] == stem]
    fitting = [name for name in wanted if _ends_with(given, name)]
    longest = max(fitting, key=len, default=stem)
    return Subject(
        source=source,
        module_name=stem if stem.isidentifier() else "subject",
        path=f"{longest.replace('.', '/')}.py",
    )


def import_names(path: str, tests: Sequence[SourceFile]) -> tuple[str, ...]:
    """Return the names by which the tests import what lies at a path, the whole one first."""
    whole = path.removesuffix(".py").replace("/", ".")
    stem = whole.rpartition(".")[2]
    others = [name for name in _imported(tests) if name.rpartition(".")[2] == stem]
    return tuple(dict.fromkeys([whole, stem, *others]))


def _ends_with(parts: Sequence[str], name: str) -> bool:
    dotted = ".".join(parts).removesuffix(".py")
    return dotted == name or dotted.endswith(f".{name}")


def has_tests(files: Sequence[SourceFile]) -> bool:
    """Whether any of the files holds tests."""
    return any(is_test(file.path) for file in files)


def is_test(path: str) -> bool:
    """Whether a file is one of tests, by its name."""
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test") or name.endswith(("_test.py", "_tests.py")))


def _imported(tests: Sequence[SourceFile]) -> Iterator[str]:
    """Every module that the tests import, with what they import from it: that may be a module, too."""
    for file in tests:
        try:
            tree = ast.parse(file.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
