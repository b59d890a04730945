"""The JavaScript tasks: HumanEvalPack's broken solutions, its hidden tests and the examples that its text shows.

The set's tests use `console.assert`, which does not fail a process: here, as in a fix job, it does.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.repair.tasks import RepairTask, rows_of
from bench.repair.together import name_of
from worker.domain.exchange import Limits, SandboxEnd, SandboxRequest
from worker.domain.job import SourceFile
from worker.languages.javascript_repair import JavaScriptRepair
from worker.ports import Sandbox

FILE = "humanevalpack-js-odd.jsonl"
_THROWING = "console.assert = (held) => { if (!held) throw new Error('console.assert failed'); };\n"


class JavaScriptTasks:
    """A `bench.repair.tasks.Tasks`."""

    name = "javascript"

    def __init__(self) -> None:
        self.language = JavaScriptRepair()

    def read(self, folder: Path) -> Sequence[RepairTask]:
        return [_task(row) for row in rows_of(folder / FILE)]

    def together(self, tasks: Sequence[RepairTask]) -> RepairTask:
        """One test for each."""
        exported = [
            task.code.replace("\nmodule.exports = {", "\nObject.assign(module.exports, {").removesuffix(";\n")
            + ");\n"
            for task in tasks
        ]
        return replace(
            tasks[0],
            name=name_of(tasks),
            code="\n".join(exported),
            given=_joined([task.given for task in tasks]),
            shown=_joined([task.shown for task in tasks]),
        )

    async def is_right(self, task: RepairTask, patched: str, sandbox: Sandbox) -> bool:
        outcome = await sandbox.run(
            SandboxRequest(
                argv=("{node}", "hidden.cjs"),
                files={task.path: patched, "hidden.cjs": _THROWING + task.given[0].text},
                limits=Limits(wall_seconds=20, cpu_seconds=20, memory_bytes=8 << 30),
            )
        )
        return outcome.end is SandboxEnd.EXITED and outcome.exit_code == 0


def _task(row: dict[str, Any]) -> RepairTask:
    name = row["entry_point"]
    return RepairTask(
        name=row["task_id"],
        kind=row["bug_type"],
        path="task.js",
        code=f"{row['prompt']}{row['buggy_solution']}\nmodule.exports = {{ {name} }};\n",
        given=_tests(name, row["test"]),
        shown=_tests(name, row["example_test"]),
    )


def _tests(name: str, text: str) -> tuple[SourceFile, ...]:
    if "console.assert" not in text:
        return ()
    return (SourceFile(path="task.test.js", text=f"const {{ {name} }} = require('./task.js');\n\n{text}"),)


def _joined(files: Sequence[tuple[SourceFile, ...]]) -> tuple[SourceFile, ...]:
    texts = [one[0].text for one in files if one]
    if len(texts) < len(files):
        return ()
    tests = [f"test('part {place}', () => {{\n{text}\n}});\n" for place, text in enumerate(texts)]
    return (
        SourceFile(path="task.test.js", text="\n".join(["const test = require('node:test');\n", *tests])),
    )
