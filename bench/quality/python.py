"""Python: suites are pytest files, branches are counted by coverage.py, whoever made the suite.

`python -m bench.quality.python [options]` is `bench/generation_quality.py --set python --no-peer [options]`.
"""

import ast
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.quality.python_mutants import mutants_of
from bench.quality.subjects import Subject, without_lines
from bench.quality.suites import Checked, Suite

HERE = Path(__file__).parent
CHECK_SECONDS = 10.0
"""Of processor time, for a suite on the correct program, measured."""
CHECKS = 8
"""Runs on the correct program until what is left passes; a suite that hangs or ends the process loses one test a run."""


class PythonField:
    """A `suites.Field`."""

    def mutants_of(self, subject: Subject) -> Sequence[str]:
        """Make the faulty programs."""
        return mutants_of(subject.correct, subject.most_mutants)

    async def branches_of(self, subject: Subject) -> int:
        """Load the program and see how many there are."""
        content = f"import {subject.module}\n\n\ndef test_nothing():\n    pass\n"
        suite = Suite(path="test_branches.py", subject_path=f"{subject.module}.py", content=content)
        return int((await _seen(suite, subject.correct))["branches"][1])

    async def check(self, suite: Suite, program: str) -> Checked:
        """Run the suite; drop the tests that fail, XPASS included, or that run when the process ends; run again."""
        dropped: set[str] = set()
        for _ in range(CHECKS):
            seen = await _seen(suite, program)
            bad = set(map(_function, seen["failing"])) | (
                {_function(seen["running"])} if seen["running"] else set()
            )
            if not bad and seen["tests"]:
                return Checked(
                    suite=suite,
                    tests=seen["tests"],
                    xfail=seen["xfail"],
                    dropped=len(dropped),
                    branches_taken=seen["branches"][0],
                    cpu_seconds=seen["cpu_seconds"],
                )
            left = without(suite.content, bad)
            if left == suite.content:
                break
            dropped |= bad
            suite = replace(suite, content=left)
        return Checked(suite=None, dropped=len(dropped))

    async def failures(
        self, suite: Suite, programs: Mapping[str, str], *, surroundings: Mapping[str, str], seconds: float
    ) -> dict[str, bool]:
        """Run the suite beside each program; all of them are forks of one interpreter."""
        folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
        try:
            for name, program in programs.items():
                _lay_out(folder / name, suite, program)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", HERE / "drive.py", folder, suite.path, str(seconds)),
                env={**_environment(), **surroundings},
                stdout=asyncio.subprocess.PIPE,
            )
            output, _ = await process.communicate()
            lines = (line.split() for line in output.decode().splitlines())
            return {name: code != "0" for _, name, code in lines}
        finally:
            shutil.rmtree(folder)


async def _seen(suite: Suite, program: str) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
    try:
        _lay_out(folder / "place", suite, program)
        report = folder / "report.json"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", HERE / "check.py", suite.path, suite.subject_path, report, str(CHECK_SECONDS)),
            cwd=folder / "place",
            env={**_environment(), "PYTHONHASHSEED": "1", "TZ": "UTC"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
        nothing = {
            "running": None,
            "failing": [],
            "tests": 0,
            "xfail": 0,
            "branches": (0, 0),
            "cpu_seconds": 0.0,
        }
        return nothing | (json.loads(report.read_text(encoding="utf-8")) if report.exists() else {})
    finally:
        shutil.rmtree(folder)


def without(content: str, names: Collection[str]) -> str:
    """Leave out the tests of these names; what can't be parsed stays as it is."""
    try:
        body = ast.parse(content).body
    except SyntaxError:
        return content
    tests = [
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names
    ]
    return without_lines(
        content,
        [
            (min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.end_lineno or node.lineno)
            for node in tests
        ],
    )


def _function(test: str) -> str:
    return test.rpartition("::")[2].partition("[")[0]


def _lay_out(place: Path, suite: Suite, program: str) -> None:
    place.mkdir()
    (place / suite.subject_path).write_text(program, encoding="utf-8")
    (place / suite.path).write_text(suite.content, encoding="utf-8")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


if __name__ == "__main__":
    from bench.generation_quality import main

    main(["--set", "python", "--no-peer", *sys.argv[1:]])
