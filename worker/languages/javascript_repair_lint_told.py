"""What a job tells ESLint: messages of a log about its code, and options of a configuration that is plain data. Nothing of either is run."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from worker.domain.diagnosis import FaultClass, Finding
from worker.domain.job import SourceFile
from worker.domain.repair import Broken
from worker.languages.javascript_repair_logs import findings_in

_RULE = re.compile(r"[a-z]+(?:-[a-z]+)*")
"""How a core rule is called; what has a slash is of a plugin."""
_CONFIGURATIONS = (".eslintrc.json", ".eslintrc", "package.json")
_REMARK = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LEVELS = frozenset({0, 1, 2, "off", "warn", "error"})


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of the rules that a linter was run with."""

    messages: tuple[Finding, ...]
    """About the subject, by core rules."""
    foreign: tuple[str, ...]
    """Rules of plugins that have messages about it."""
    settings: str
    """Core rules of the job's configuration, as JSON."""

    @classmethod
    def of(cls, broken: Broken) -> "Told":
        """Read the log, and the configuration among the files."""
        own = [one for one in findings_in(broken.log) if _is_about(one, broken.subject.path)]
        return cls(
            messages=tuple(one for one in own if _RULE.fullmatch(one.code)),
            foreign=tuple(dict.fromkeys(one.code for one in own if "/" in one.code)),
            settings=json.dumps(_configured_in(broken.tests)),
        )

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Describe the messages to the harness."""
        return [
            {"rule": one.code, "message": one.message, "line": one.line, "column": one.column}
            for one in self.messages
        ]

    @property
    def configured(self) -> Any:
        """Rule -> its level and options."""
        return json.loads(self.settings)


def _is_about(finding: Finding, path: str) -> bool:
    """Whether the linter means this file: jobs know no more of where it lies. Names that are nowhere are mended elsewhere."""
    named = PurePosixPath(finding.path.replace("\\", "/"))
    is_own = not finding.path or named.stem == PurePosixPath(path).stem
    return finding.tool == "eslint" and finding.fault is FaultClass.LINT and is_own


def _configured_in(files: Sequence[SourceFile]) -> dict[str, list[Any]]:
    """Read the core rules of configurations, those that lie deeper last: they have the word."""
    found: dict[str, list[Any]] = {}
    named = [file for file in files if PurePosixPath(file.path).name in _CONFIGURATIONS]
    for file in sorted(named, key=lambda one: one.path.count("/")):
        found.update(_rules_in(file))
    return found


def _rules_in(file: SourceFile) -> Iterator[tuple[str, list[Any]]]:
    document = _parsed(file.text)
    if PurePosixPath(file.path).name == "package.json":
        document = _part(document, "eslintConfig")
    for rule, given in _part(document, "rules").items():
        values = given if isinstance(given, list) else [given]
        is_level = bool(values) and isinstance(values[0], str | int) and values[0] in _LEVELS
        if is_level and _RULE.fullmatch(rule):
            yield rule, values


def _parsed(text: str) -> Any:
    """Read JSON with remarks; nothing where it is something else."""
    plain = _REMARK.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)
    try:
        return json.loads(plain, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def _part(document: Any, name: str) -> Mapping[str, Any]:
    part = document.get(name) if isinstance(document, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
