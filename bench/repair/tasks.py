"""What a repair benchmark knows of a task, whatever its language, and how the tasks of a language are read and judged."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from worker.domain.job import SourceFile
from worker.ports import Sandbox
from worker.repair_ports import RepairLanguage


@dataclass(frozen=True, kw_only=True)
class RepairTask:
    """Broken code with two sets of tests."""

    name: str
    kind: str
    """bug_type of the set."""
    path: str
    code: str
    given: tuple[SourceFile, ...]
    """All tests: what a fix job brings."""
    shown: tuple[SourceFile, ...]
    """Those that the task's text shows; empty where there are none."""


class Tasks(Protocol):
    """Of one language."""

    name: str
    language: RepairLanguage

    def read(self, folder: Path) -> Sequence[RepairTask]:
        """Read the tasks; SystemExit says where they are absent."""

    def together(self, tasks: Sequence[RepairTask]) -> RepairTask:
        """Join tasks to one module with one file of tests, a test for each."""

    async def is_right(self, task: RepairTask, patched: str, sandbox: Sandbox) -> bool:
        """Run the hidden tests plainly on a patched text, by nothing of ours but the sandbox."""


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read a set, one task a line; SystemExit says where it is absent."""
    if not path.is_file():
        raise SystemExit(f"{path} is absent: name the folder that holds the tasks by --data")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
