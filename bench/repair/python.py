"""The Python tasks: HumanEvalPack's broken solutions, its hidden tests and the examples that its text shows."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.repair.tasks import RepairTask, rows_of
from bench.repair.together import name_of
from worker.domain.exchange import Limits, SandboxEnd, SandboxRequest
from worker.domain.job import SourceFile
from worker.languages.python_repair import PythonRepair
from worker.ports import Sandbox

FILE = "humanevalpack-python-odd.jsonl"


class PythonTasks:
    """A `bench.repair.tasks.Tasks`."""

    name = "python"

    def __init__(self) -> None:
        self.language = PythonRepair()

    def read(self, folder: Path) -> Sequence[RepairTask]:
        return [_task(row) for row in rows_of(folder / FILE)]

    def together(self, tasks: Sequence[RepairTask]) -> RepairTask:
        """One test function for each."""
        return replace(
            tasks[0],
            name=name_of(tasks),
            code="\n\n".join(task.code for task in tasks),
            given=_joined([task.given for task in tasks]),
            shown=_joined([task.shown for task in tasks]),
        )

    async def is_right(self, task: RepairTask, patched: str, sandbox: Sandbox) -> bool:
        script = f"{task.given[0].text}\nfor name, test in list(globals().items()):\n    name.startswith('test_it') and test()\n"
        outcome = await sandbox.run(
            SandboxRequest(
                argv=("{python}", "hidden.py"),
                files={task.path: patched, "hidden.py": script},
                limits=Limits(wall_seconds=20, cpu_seconds=20),
            )
        )
        return outcome.end is SandboxEnd.EXITED and outcome.exit_code == 0


def _task(row: dict[str, Any]) -> RepairTask:
    return RepairTask(
        name=row["task_id"],
        kind=row["bug_type"],
        path="task.py",
        code=row["prompt"] + row["buggy_solution"],
        given=_tests(row, "test"),
        shown=_tests(row, "example_test"),
    )


def _tests(row: dict[str, Any], key: str) -> tuple[SourceFile, ...]:
    """Have the set's `check` called by a test function; its own call at the end is taken out."""
    name, text = row["entry_point"], str(row[key]).strip()
    if "assert" not in text:
        return ()
    lines = [line for line in text.splitlines() if line.strip() != f"check({name})"]
    body = "\n".join(lines)
    whole = (
        f"from task import *\nfrom task import {name}\n\n\n{body}\n\n\ndef test_it():\n    check({name})\n"
    )
    return (SourceFile(path="test_task.py", text=whole),)


def _joined(files: Sequence[tuple[SourceFile, ...]]) -> tuple[SourceFile, ...]:
    texts = [one[0].text for one in files if one]
    if len(texts) < len(files):
        return ()
    renamed = [re.sub(r"\b(check|test_it)\(", rf"\1_{place}(", text) for place, text in enumerate(texts)]
    return (SourceFile(path="test_task.py", text="\n\n".join(renamed)),)
