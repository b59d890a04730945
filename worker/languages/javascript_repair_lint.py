"""ESLint's core rules, asked in the sandbox: what they mend of what a log tells, and what they say of a text before and after a patch."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worker.domain.repair import Broken, RepairProof
from worker.languages.javascript_process import START_SECONDS, Report, node_package, run_harness
from worker.languages.javascript_repair_lint_told import Told
from worker.languages.javascript_syntax import ModuleKind, kind_of, parse
from worker.ports import Sandbox

FIX, SUGGESTION = "eslint-fix", "eslint-suggestion"
"""The operators of patches that ESLint makes. Its fixes don't change what code does; what it suggests may."""

PACKED = "packed/eslint.cjs"
"""Where setup packs it, in the folder that holds the packages."""

_SECONDS = 10.0
_REMEMBERED = 16
_LONGEST = 1 << 20
_READ = (".js", ".mjs", ".cjs")
"""TypeScript has its own compiler, and ESLint can't read it."""


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What ESLint makes of a text by the rules that a log names."""

    text: str
    """The text."""
    operator: str
    """By which of its means."""
    mended: tuple[str, ...]
    """Rules that say nothing more of what the log tells."""
    left: tuple[tuple[str, str], ...]
    """Rules that do, each with the reason."""

    @property
    def description(self) -> str:
        """Say it for a person."""
        way = "fix" if self.operator == FIX else "suggestion"
        return f"ESLint's own {way} of {', '.join(self.mended) or 'what it can'}"

    @property
    def reasons(self) -> str:
        """Say what stays, and why."""
        return "; ".join(f"{rule} is left: {why}" for rule, why in self.left)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What ESLint says before a patch and after it, by rule."""

    worse: tuple[str, ...]
    """Rules about faults that say more than before."""
    mended: tuple[str, ...]
    """Rules that say nothing more of what the log tells…"""
    left: tuple[str, ...]
    """…and those that do."""
    is_grown: bool
    """One of those that the log names says more than before."""
    detail: str
    """Messages of the rules that say more."""


class EsLint:
    """Asks ESLint, and remembers what it made of a text.

    Without the package, and of what it can't read, it says nothing.
    """

    def __init__(self, package: Path | None = None, *, seconds: float = _SECONDS) -> None:
        self._package = package or node_package("eslint")
        self._seconds = seconds
        self._known: OrderedDict[tuple[Told, str], tuple[Mending, ...]] = OrderedDict()

    async def mendings(self, broken: Broken, sandbox: Sandbox) -> tuple[Mending, ...]:
        """Mend what the log tells: by all that ESLint proposes, then by its fixes alone where that is another text; none where it names no rule."""
        told = Told.of(broken)
        key = told, broken.subject.source
        if key not in self._known and (told.messages or told.foreign):
            entry = _entry_of(await self._ask(broken, told, sandbox), "ways")
            if entry is not None:
                self._known[key] = tuple(_mending(way, told, str(entry["fixed"])) for way in entry["ways"])
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return self._known.get(key, ())

    async def compared(
        self, broken: Broken, patched: str, sandbox: Sandbox, *, is_own: bool
    ) -> Compared | None:
        """Compare a patch with what was there; only one of ESLint's own is asked to mend what the log tells."""
        told = Told.of(broken if is_own else replace(broken, log=""))
        entry = _entry_of(await self._ask(broken, told, sandbox, after=patched), "faults")
        return _compared(entry, told) if entry is not None and entry.get("isRead") is True else None

    async def _ask(self, broken: Broken, told: Told, sandbox: Sandbox, **more: str) -> Report | None:
        subject = broken.subject
        is_readable = subject.path.endswith(_READ) and len(subject.source) <= _LONGEST
        if not is_readable or not (self._package / "lib" / "universal.js").is_file():
            return None
        kind = kind_of(parse(subject.source), subject.path)
        fields = {
            "package": str(self._package),
            "packed": str(self._package.parents[1] / PACKED),
            "before": subject.source,
            "sourceType": "module" if kind is ModuleKind.ESM else "commonjs",
            "told": told.fields,
            "configured": told.configured,
            "seconds": self._seconds,
            **more,
        }
        return await run_harness(
            "repair-lint.cjs", fields, sandbox, seconds=self._seconds + START_SECONDS, work_files={}
        )


def judged(plain: RepairProof, told: Compared | None) -> RepairProof:
    """Add what ESLint says to what the tests say: no rule about faults may speak more often."""
    if told is None or not told.worse:
        return plain
    return replace(plain, is_passed=False, is_lint_worse=True, detail=plain.detail or told.detail)


def of_its_own(told: Compared | None, path: str, otherwise: str) -> RepairProof:
    """Judge a patch of ESLint's own: what it mends has nothing left to say, nothing is worse, and the code does what it did."""
    if told is None:
        return RepairProof(is_passed=False, command=("eslint", path), detail="ESLint can't judge it here")
    rules = told.mended if told.left else ()
    is_passed = bool(told.mended) and not (told.worse or told.is_grown or otherwise)
    return RepairProof(
        is_passed=is_passed,
        command=("eslint", *(part for rule in rules for part in ("--rule", f"{rule}:2")), path),
        repeats=int(is_passed),
        detail=otherwise or told.detail or ("" if told.mended else "what the log tells of is still there"),
        is_lint_worse=bool(told.worse or told.is_grown),
    )


def _entry_of(report: Report | None, name: str) -> Mapping[str, Any] | None:
    return next((one for one in report.entries if name in one), None) if report is not None else None


def _mending(way: Mapping[str, Any], told: Told, fixed: str) -> Mending:
    foreign = ((rule, "it is a rule of a plugin, which is not installed here") for rule in told.foreign)
    return Mending(
        text=str(way["text"]),
        operator=FIX if way["text"] == fixed else SUGGESTION,
        mended=tuple(map(str, way["mended"])),
        left=(*((str(one["rule"]), str(one["why"])) for one in way["left"]), *foreign),
    )


def _compared(entry: Mapping[str, Any], asked: Told) -> Compared:
    before, after = entry["faults"]
    was, now = entry["named"]
    worse = tuple(sorted(str(rule) for rule, count in after.items() if count > before.get(rule, 0)))
    grown = tuple(str(rule) for rule, count in now.items() if count > was.get(rule, 0))
    told = [one for one in entry["told"] if one["rule"] in {*worse, *grown}]
    return Compared(
        worse=worse,
        mended=tuple(sorted(str(rule) for rule in was if rule not in entry["left"])),
        left=tuple(sorted({*map(str, entry["left"]), *asked.foreign})),
        is_grown=bool(grown),
        detail="; ".join(f"line {one['line']}: {one['message']} ({one['rule']})" for one in told)[:2000],
    )
