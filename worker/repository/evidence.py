"""What the logs of failed runs tell of a repository: which files they name; pure. A log is material: it only ever names places and errors."""

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.job import MAXIMUM_LOG_CHARACTERS
from worker.publication.wording import shortened
from worker.repository.layouts import Layout, is_unit, layout_of
from worker.repository.script_layout import JAVASCRIPT
from worker.repository.units import Unit
from worker.repository_ports import FailureLog

LONGEST_EXCERPT = 3_000
"""Characters of a log that are shown, or of all logs together."""

LONGEST_SOURCE = 300
"""Characters of what names the runs."""

_NAME = re.compile(r"[\w./@+-]{1,500}\.[A-Za-z]{1,4}\b")

TOLD_BY_TOOLS = frozenset({FaultClass.SYNTAX, FaultClass.IMPORT, FaultClass.TYPE, FaultClass.LINT})
"""Seen in the text of the code, without running it."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A log, or several one below the other, and the files of the commit that they name."""

    source: str = ""
    """Which run, or runs."""
    text: str = ""
    """What was said."""
    excerpt: str = ""
    """What was said last."""
    note: str = ""
    """What is missing of which run."""
    named: frozenset[str] = field(default_factory=frozenset)
    """Paths."""
    changed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Path -> the lines that the change made."""

    def log_for(self, unit: Unit) -> str:
        """Return the log for a unit that it names."""
        return self.text if self.names(unit) else ""

    def names(self, unit: Unit) -> bool:
        """Tell whether it names the module or one of its tests."""
        return not self.named.isdisjoint((unit.path, *unit.tests))

    def likeliest_first(self, units: Iterable[Unit]) -> list[Unit]:
        """Put what it names before the rest."""
        return sorted(units, key=lambda unit: not self.names(unit))

    def untested(self, units: Sequence[Unit], paths: Collection[str] = ()) -> list[Unit]:
        """Return modules that it names and that no test reaches: linters and compilers speak of those, too. Of `paths` their settings go along."""
        known = {unit.path for unit in units}
        return [
            Unit(path=path, language=layout.language, tests=(), files=_settings_of(path, layout, paths))
            for path in sorted(self.named - known)
            if is_unit(path) and (layout := layout_of(path)) is not None
        ]


def _settings_of(path: str, layout: Layout, paths: Collection[str]) -> tuple[str, ...]:
    return layout.surroundings(path, paths) if layout is JAVASCRIPT else ()


NO_EVIDENCE = Evidence()
"""No run failed, or nobody said so."""


def evidence_of(logs: Iterable[FailureLog]) -> Evidence:
    """Make evidence of what runs said: several stand below their names, in their order, each with the same share of what one may hold."""
    told = [log for log in logs if log.source]
    said = [log for log in told if log.text]
    notes = [f"Of {_name(log, len(told))}: {log.note}." for log in told if log.note]
    return Evidence(
        source="; ".join(_name(log, len(said or told)) for log in said or told),
        text=_one_below_the_other(said, most=MAXIMUM_LOG_CHARACTERS),
        excerpt=_one_below_the_other(said, most=LONGEST_EXCERPT),
        note=" ".join(notes),
    )


def _name(log: FailureLog, logs: int) -> str:
    return shortened(log.source, most=LONGEST_SOURCE // logs - len("; "))


def _one_below_the_other(said: Sequence[FailureLog], *, most: int) -> str:
    if len(said) == 1:
        return said[0].text[-most:]
    parts = []
    for log in said:
        head = f"{_name(log, len(said))}:\n"
        parts.append(head + _end_of(log.text.strip("\n"), most // len(said) - len(f"{head}\n\n")))
    return "\n\n".join(parts)


def _end_of(text: str, most: int) -> str:
    """Return the last whole lines: the end of one may read as something else."""
    if len(text) <= most:
        return text
    end = text[-most:]
    return end.partition("\n")[2] or end


def files_in(log: str, paths: Collection[str]) -> frozenset[str]:
    """Return the paths that a log names, by whatever folder it ran in: the last part of a name counts where only one file is called so."""
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(posixpath.basename(path), []).append(path)
    found: set[str] = set()
    for word in set(_NAME.findall(log)):
        same = by_name.get(posixpath.basename(word), [])
        found.update(path for path in same if len(same) == 1 or f"/{word}".endswith(f"/{path}"))
    return frozenset(found)


def is_of_log(diagnosis: Diagnosis) -> bool:
    """Tell whether it was read from a log alone: tests name those that failed, or passed."""
    return bool(diagnosis.findings) and not diagnosis.names_tests


def is_about(diagnosis: Diagnosis, unit: Unit) -> bool:
    """Tell whether what was read from a log is about this unit, and not about another that it names as well."""
    own = {posixpath.basename(path) for path in (unit.path, *unit.tests)}
    return any(posixpath.basename(finding.path) in own for finding in diagnosis.findings)
