"""The peer: Pynguin in an environment of its own, with its defaults but for the time of its search."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.quality.subjects import Subject
from bench.quality.suites import Made, Suite


@dataclass(frozen=True, kw_only=True)
class Pynguin:
    """Has suites made by Pynguin."""

    program: Path
    search_seconds: Callable[[Subject], float]
    """Never less than the other side took for the same subject."""
    limit_seconds: float
    """Pynguin does not always end by itself: afterwards it is ended. What it has written by then counts."""
    seed: int = 1
    name: str = "pynguin"

    async def make(self, subject: Subject) -> Made:
        """Run it on the module, alone in a project of its own."""
        folder = Path(tempfile.mkdtemp(prefix="ddf-bench-pynguin-"))
        try:
            (folder / "project").mkdir()
            (folder / "project" / f"{subject.module}.py").write_text(subject.correct, encoding="utf-8")
            began = time.monotonic()
            said, code = await self._run(folder, subject)
            seconds = time.monotonic() - began
            return Made(
                suite=_suite_in(folder / "tests", subject),
                seconds=seconds,
                note=""
                if code == 0
                else f"{'had to be ended' if code is None else f'exit {code}'}: {_last_of(said)}",
                is_timed_out=code is None,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _run(self, folder: Path, subject: Subject) -> tuple[str, int | None]:
        log = folder / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                self.program,
                *("--project-path", folder / "project", "--output-path", folder / "tests"),
                *("--module-name", subject.module, "--seed", str(self.seed)),
                *("--maximum-search-time", str(round(self.search_seconds(subject)))),
                cwd=folder / "project",
                env={**os.environ, "PYNGUIN_DANGER_AWARE": "1", "COLUMNS": "200"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                code: int | None = await asyncio.wait_for(process.wait(), self.limit_seconds)
            except TimeoutError:
                code = None
            finally:
                await _end_group(process)
        return log.read_text(encoding="utf-8", errors="replace"), code


async def _end_group(process: asyncio.subprocess.Process) -> None:
    """End it and the workers that it started: they are in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        await process.wait()


def _suite_in(folder: Path, subject: Subject) -> Suite | None:
    found = sorted(folder.glob("test_*.py"))
    if not found:
        return None
    content = found[0].read_text(encoding="utf-8")
    return Suite(path=found[0].name, subject_path=f"{subject.module}.py", content=content)


def _last_of(said: str) -> str:
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    return " / ".join(lines[-3:])[-300:] or "it said nothing"
