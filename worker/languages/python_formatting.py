"""Laying out test files by `ruff format`, in the sandbox: an engine's text is foreign text to a formatter too."""

import sys
from collections import OrderedDict
from pathlib import Path

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxEnd, SandboxRequest
from worker.ports import Sandbox

_SECONDS = 10.0
_REMEMBERED = 64
_LONGEST = 1 << 20


def ruff_program() -> Path:
    """Say where the package puts the program: beside the interpreter, where the sandbox may read."""
    return Path(sys.prefix, "bin", "ruff")


class Ruff:
    """Lays out Python as ruff does by default, and remembers what it made of a text: who asks again gets it at once.

    Without the program, and for a text that it can't read, the text stays as it is: it is valid either way.
    """

    def __init__(self, program: Path | None = None) -> None:
        self._program = program or ruff_program()
        self._known: OrderedDict[str, str] = OrderedDict()

    @property
    def is_present(self) -> bool:
        """The program is installed."""
        return self._program.is_file()

    def formatted(self, text: str) -> str:
        """Return what `format` made of a text; the text itself where it was not asked yet."""
        return self._known.get(text, text)

    async def format(self, text: str, path: str, sandbox: Sandbox) -> str:
        """Lay out a file."""
        if text in self._known or not self.is_present or len(text) > _LONGEST:
            return self.formatted(text)
        request = SandboxRequest(
            argv=(str(self._program), "format", "--isolated", "--no-cache", "--quiet", path),
            files={path: text},
            env={"RAYON_NUM_THREADS": "1"},
            limits=Limits(wall_seconds=_SECONDS, cpu_seconds=int(_SECONDS)),
            collect=(path,),
        )
        try:
            outcome = await sandbox.run(request)
        except SandboxUnavailable:
            return text
        if outcome.end is SandboxEnd.EXITED and outcome.exit_code == 0 and path in outcome.collected:
            self._known[text] = outcome.collected[path]
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self.formatted(text)
