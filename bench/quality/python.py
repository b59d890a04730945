"""Python suites of the built-in engine, judged; see suites.py.

`python -m bench.quality.python [--data FOLDER] [--budget SECONDS] [--repeats N] [--tasks N]`
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.quality.python_mutants import mutants_of
from bench.quality.suites import HANG_SECONDS, Field, judge
from worker.domain.result import TestFile
from worker.languages.python import PythonLanguage

DRIVER = Path(__file__).with_name("drive.py")


async def _failures(file: TestFile, programs: Mapping[str, str], *, zone: str) -> dict[str, bool]:
    """Run a suite beside each program."""
    folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
    try:
        for name, program in programs.items():
            (folder / name).mkdir()
            (folder / name / file.subject_path).write_text(program, encoding="utf-8")
            (folder / name / file.path).write_text(file.content, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            DRIVER,
            folder,
            file.path,
            str(HANG_SECONDS),
            env={
                **os.environ,
                "TZ": zone,
                "PYTHONHASHSEED": "random",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        lines = (line.split() for line in output.decode().splitlines())
        return {name: code != "0" for _, name, code in lines}
    finally:
        shutil.rmtree(folder)


FIELD = Field(
    language=PythonLanguage,
    data="humanevalpack-python-odd.jsonl",
    mutants_of=mutants_of,
    failures=_failures,
)


if __name__ == "__main__":
    judge(FIELD, __doc__)
