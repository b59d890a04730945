"""JavaScript: suites are files for `node --test`, branches are counted by javascript_branches.py.

`python -m bench.quality.javascript [options]` is `bench/generation_quality.py --set javascript [options]`.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.quality.javascript_branches import Told
from bench.quality.javascript_mutants import mutants_of
from bench.quality.subjects import Subject
from bench.quality.suites import Checked, Suite

HERE = Path(__file__).parent
CHECK_SECONDS = 60.0
"""On the clock, for a suite on the correct program."""


class JavaScriptField:
    """A `suites.Field`."""

    def mutants_of(self, subject: Subject) -> Sequence[str]:
        """Make the faulty programs."""
        return [text for _, text in mutants_of(subject.correct)]

    async def branches_of(self, subject: Subject) -> int:
        """Count them in the source."""
        return Told(subject.correct).branches

    async def check(self, suite: Suite, program: str) -> Checked:
        """Run the suite beside a program that tells its branches. Nothing is dropped: a suite that fails is invalid as a whole."""
        folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
        try:
            _lay_out(folder / "place", suite, Told(program).source)
            branches = folder / "branches.json"
            said = await _run(
                *("--require", HERE / "branches.cjs", "--test-reporter=tap", suite.path),
                place=folder / "place",
                environment={"DDF_BRANCHES": str(branches), "TZ": "UTC"},
            )
            counted = dict(re.findall(r"^# (tests|todo) (\d+)$", said, re.MULTILINE))
            return Checked(
                suite=suite,
                tests=int(counted.get("tests", 0)),
                xfail=int(counted.get("todo", 0)),
                branches_taken=len(json.loads(branches.read_text(encoding="utf-8")))
                if branches.exists()
                else 0,
            )
        finally:
            shutil.rmtree(folder)

    async def failures(
        self, suite: Suite, programs: Mapping[str, str], *, surroundings: Mapping[str, str], seconds: float
    ) -> dict[str, bool]:
        """Run the suite beside each program; a run that takes Node down is a failure, and the rest goes on."""
        folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
        try:
            for name, program in programs.items():
                _lay_out(folder / name, suite, program)
            failed: dict[str, bool] = {}
            while len(failed) < len(programs):
                arguments = (HERE / "drive.mjs", folder, suite.path, str(seconds))
                found = _ends_in(await _run(*arguments, place=folder, environment=surroundings, seconds=None))
                if not found:
                    raise RuntimeError("the driver told nothing: does Node 18.19 or newer start?")
                failed |= found
                for name in found:
                    shutil.rmtree(folder / name)
            return failed
        finally:
            shutil.rmtree(folder)


async def _run(
    *arguments: str | Path, place: Path, environment: Mapping[str, str], seconds: float | None = CHECK_SECONDS
) -> str:
    process = await asyncio.create_subprocess_exec(
        "node",
        *arguments,
        cwd=place,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode(errors="replace")


def _ends_in(said: str) -> dict[str, bool]:
    failed: dict[str, bool] = {}
    for line in said.splitlines():
        word, name, *code = line.split()
        failed[name] = word == "start" or code != ["0"]
    return failed


def _lay_out(place: Path, suite: Suite, program: str) -> None:
    place.mkdir()
    (place / suite.subject_path).write_text(program, encoding="utf-8")
    (place / suite.path).write_text(suite.content, encoding="utf-8")


if __name__ == "__main__":
    from bench.generation_quality import main

    main(["--set", "javascript", *sys.argv[1:]])
