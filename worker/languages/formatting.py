"""Laying out test files by prettier, in the sandbox: an engine's text is foreign text to a formatter too."""

from collections import OrderedDict
from importlib.resources import files
from pathlib import Path

from worker.domain.errors import SandboxUnavailable
from worker.languages.javascript_process import node_package, run_harness
from worker.ports import Sandbox

_SCRIPT = "worker.languages.harness.formatting"
_OPTIONS = {"singleQuote": True, "printWidth": 110}
_SECONDS = 10
_REMEMBERED = 64
_LONGEST = 1 << 20


class Prettier:
    """Lays out JavaScript and TypeScript, and remembers what it made of a text: who asks again gets it at once.

    Without the package, and for a text that it can't read, the text stays as it is: it is valid either way.
    """

    def __init__(self, package: Path | None = None) -> None:
        self._package = package or node_package("prettier")
        self._known: OrderedDict[str, str] = OrderedDict()

    @property
    def is_present(self) -> bool:
        """The package is installed."""
        return (self._package / "standalone.js").is_file()

    def formatted(self, text: str) -> str:
        """Return what `format` made of a text; the text itself where it was not asked yet."""
        return self._known.get(text, text)

    async def format(self, text: str, path: str, sandbox: Sandbox) -> str:
        """Lay out a file."""
        if text in self._known or not self.is_present or len(text) > _LONGEST:
            return self.formatted(text)
        fields = {
            "package": str(self._package),
            "text": text,
            "parser": "babel-ts" if path.endswith("ts") else "babel",
            "options": _OPTIONS,
        }
        script = files(_SCRIPT).joinpath("format.cjs").read_text(encoding="utf-8")
        try:
            report = await run_harness(
                "format.cjs",
                fields,
                sandbox,
                seconds=_SECONDS,
                work_files={"harness/format.cjs": script},
            )
        except SandboxUnavailable:
            return text
        made = [entry["text"] for entry in report.entries if isinstance(entry.get("text"), str)]
        if made:
            self._known[text] = made[-1]
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self.formatted(text)
