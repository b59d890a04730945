"""TypeScript's own language service in the sandbox: what it says of a file, and how it would mend it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.domain.diagnosis import Diagnosis, Finding
from worker.domain.patch import Patch, PatchOrigin, between
from worker.domain.repair import Broken
from worker.languages.javascript_process import START_SECONDS, node_package, run_harness
from worker.languages.javascript_repair_logs import findings_in, type_finding
from worker.ports import Sandbox

ALTERNATIVES = 3
"""Ways of mending that are looked at: by the first proposal that helps, the second, the third."""

_SECONDS = 60.0
"""Reading the libraries alone takes seconds on a slow host."""
_SCRIPTS = "worker.languages.harness.typescript"
_OPTIONS = {
    "strict": True, "target": "esnext", "module": "nodenext", "moduleResolution": "nodenext", "lib": ["esnext"], "esModuleInterop": True,
    "resolveJsonModule": True, "jsx": "preserve",
}  # fmt: skip
_FORCED = {
    "TS6133": {"noUnusedLocals": True, "noUnusedParameters": True}, "TS6192": {"noUnusedLocals": True}, "TS6196": {"noUnusedLocals": True},
    "TS6198": {"noUnusedLocals": True}, "TS7030": {"noImplicitReturns": True}, "TS7027": {"allowUnreachableCode": False},
    "TS7028": {"allowUnusedLabels": False}, "TS4114": {"noImplicitOverride": True}, "TS7029": {"noFallthroughCasesInSwitch": True},
    "TS4111": {"noPropertyAccessFromIndexSignature": True}, "TS2412": {"exactOptionalPropertyTypes": True}, "TS2375": {"exactOptionalPropertyTypes": True},
    "TS1484": {"verbatimModuleSyntax": True}, "TS18048": {"noUncheckedIndexedAccess": True}, "TS2532": {"noUncheckedIndexedAccess": True},
}  # fmt: skip
"""Messages that only come with an option: a log that tells of one tells of the option."""
_WORDS = (
    "return", "function", "const", "await", "async", "while", "switch", "import", "export", "default", "continue", "break", "class", "extends",
    "implements", "interface", "typeof", "instanceof", "throw", "catch", "finally", "case", "else", "for", "let", "new", "yield", "type", "enum",
    "readonly", "private", "public", "protected", "static", "abstract",
)  # fmt: skip
_COST, _LESS_LIKELY = 0.5, 3.0
"""The service's own order is the evidence: where no test decides, what it proposes first is meant."""


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What became of a file by the service's proposals."""

    start: int
    """Position of the version that it comes from."""
    text: str
    """The changed file."""
    left: int
    """Errors that remain."""
    steps: tuple[str, ...]
    """What was done, in the service's words."""
    names: tuple[str, ...]
    """Its names for it, such as import or spelling."""


class CodeFixes:
    """Asks the service; without the package it knows nothing."""

    def __init__(self, package: Path | None = None, *, seconds: float = _SECONDS) -> None:
        self._package = package or node_package("typescript")
        self._seconds = seconds

    @property
    def is_present(self) -> bool:
        """The package is installed."""
        return (self._package / "lib" / "typescript.js").is_file()

    async def errors(
        self, broken: Broken, versions: Sequence[str], sandbox: Sandbox, *, is_whole: bool = False
    ) -> tuple[tuple[Finding, ...], ...] | None:
        """Compile versions of the subject among the job's files; None where the service has no answer. `is_whole` looks at those, too."""
        entries = await self._ask(broken, {"versions": versions, "isWhole": is_whole}, sandbox)
        found = [[*entry["errors"], *entry["elsewhere"]] for entry in entries if "version" in entry]
        if len(found) != len(versions):
            return None
        return tuple(tuple(_finding(told, broken.subject.path) for told in errors) for errors in found)

    async def mendings(
        self, broken: Broken, starts: Sequence[str], sandbox: Sandbox, *, alternatives: int = ALTERNATIVES
    ) -> tuple[Mending, ...]:
        """Return what the service makes of versions of the subject, what leaves the fewest errors first."""
        fields = {"starts": starts, "alternatives": alternatives}
        found = [
            Mending(
                start=int(entry["start"]),
                text=str(entry["mended"]),
                left=len(entry["left"]),
                steps=tuple(str(step["description"]) for step in entry["steps"]),
                names=tuple(str(step["name"]) for step in entry["steps"]),
            )
            for entry in await self._ask(broken, fields, sandbox)
            if "mended" in entry
        ]
        unique = {(one.start, one.text): one for one in reversed(found)}
        return tuple(sorted(unique.values(), key=lambda one: (one.left, found.index(one))))

    async def _ask(
        self, broken: Broken, fields: Mapping[str, Any], sandbox: Sandbox
    ) -> tuple[Mapping[str, Any], ...]:
        if not self.is_present:
            return ()
        source, path = broken.subject.source, broken.subject.path
        given = {
            **_style(source),
            "package": str(self._package),
            "path": path,
            "files": {**{file.path: file.text for file in broken.tests}, path: source},
            "options": _OPTIONS,
            "forced": _forced_by(broken.log),
            "told": _told_of(path, broken.log),
            "words": _WORDS,
            "ending": _ending(broken),
            "seconds": self._seconds,
            **fields,
        }
        scripts = {
            f"harness/{one.name}": one.read_text(encoding="utf-8")
            for one in files(_SCRIPTS).iterdir()
            if one.name.endswith((".cjs", ".d.ts"))
        }
        report = await run_harness(
            "code-fixes.cjs", given, sandbox, seconds=self._seconds + START_SECONDS, work_files=scripts
        )
        return report.entries


def _finding(told: Mapping[str, Any], path: str) -> Finding:
    place = str(told.get("path", path))
    return type_finding(
        f"TS{told['code']}", str(told["message"]), place, int(told["line"]), int(told["column"])
    )


def _told_of(path: str, log: str) -> list[int]:
    """List the messages that a log has of a file: by its name, as jobs know no more of where it lies."""
    name = path.rpartition("/")[2]
    own = [one for one in findings_in(log) if one.tool == "tsc" and one.path.rpartition("/")[2] == name]
    return sorted({int(one.code.removeprefix("TS")) for one in own})


def _forced_by(log: str) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for code in re.findall(r"\bTS\d{4,5}\b", log):
        found |= _FORCED.get(code, {})
    return found


def _style(source: str) -> dict[str, Any]:
    """Tell how the file is written, so that what is put in looks the same."""
    depths = [len(found) for found in re.findall(r"^( +)\S", source, re.MULTILINE)]
    return {
        "indent": min(depths, default=2),
        "isTabbed": "\n\t" in source,
        "semicolons": ";\n" in source or source.rstrip().endswith(";") or ";" in source,
        "isSingleQuoted": source.count("'") >= source.count('"'),
    }


def _ending(broken: Broken) -> str:
    """Tell whether the files import each other by an ending."""
    texts = [broken.subject.source, *(file.text for file in broken.tests)]
    return (
        "js" if any(re.search(r"from\s*['\"]\.[^'\"]*\.[cm]?[jt]s['\"]", text) for text in texts) else "auto"
    )


def patches_of(source: str, mendings: Sequence[Mending]) -> list[Patch]:
    """Make patches of them."""
    found = []
    for at, mending in enumerate(mendings):
        edits = between(source, mending.text)
        if edits:
            found.append(
                Patch(
                    edits=edits,
                    origin=PatchOrigin.FIXER,
                    operator=f"typescript-{mending.names[0]}",
                    description="; ".join(dict.fromkeys(mending.steps))[:300],
                    cost=_COST + _LESS_LIKELY * at,
                    line=source.count("\n", 0, edits[0].start) + 1,
                )
            )
    return found


def is_about_types(diagnosis: Diagnosis) -> bool:
    """Tell whether the compiler has something to say."""
    return any(finding.tool == "tsc" for finding in diagnosis.findings)
