"""JavaScript suites of the built-in engine, judged; see suites.py.

`python -m bench.quality.javascript [--data FOLDER] [--budget SECONDS] [--repeats N] [--tasks N]`
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.quality.javascript_mutants import mutants_of
from bench.quality.suites import HANG_SECONDS, Field, judge
from worker.domain.result import TestFile
from worker.languages.javascript import JavaScriptLanguage

DRIVER = Path(__file__).with_name("drive.mjs")


async def _failures(file: TestFile, programs: Mapping[str, str], *, zone: str) -> dict[str, bool]:
    """Run a suite beside each program; a run that takes Node down is a failure, and the rest goes on."""
    folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
    try:
        for name, program in programs.items():
            (folder / name).mkdir()
            (folder / name / file.subject_path).write_text(program, encoding="utf-8")
            (folder / name / file.path).write_text(file.content, encoding="utf-8")
        failed: dict[str, bool] = {}
        while len(failed) < len(programs):
            found = await _drive(folder, file.path, zone=zone)
            if not found:
                raise RuntimeError("the driver told nothing: does Node 18.19 or newer start?")
            failed |= found
            for name in found:
                shutil.rmtree(folder / name)
        return failed
    finally:
        shutil.rmtree(folder)


async def _drive(folder: Path, test: str, *, zone: str) -> dict[str, bool]:
    process = await asyncio.create_subprocess_exec(
        "node",
        DRIVER,
        folder,
        test,
        str(HANG_SECONDS),
        env={**os.environ, "TZ": zone},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    failed: dict[str, bool] = {}
    for line in output.decode().splitlines():
        word, name, *code = line.split()
        failed[name] = word == "start" or code != ["0"]
    return failed


FIELD = Field(
    language=JavaScriptLanguage,
    data="humanevalpack-js-odd.jsonl",
    mutants_of=lambda source: [text for _, text in mutants_of(source)],
    failures=_failures,
)


if __name__ == "__main__":
    judge(FIELD, __doc__)
