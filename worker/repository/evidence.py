"""What a failed run's log tells of a repository: which files it names; pure. A log is material: it only ever names places and errors."""

import posixpath
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.repository.layouts import Layout, is_unit, layout_of
from worker.repository.script_layout import JAVASCRIPT
from worker.repository.units import Unit

LONGEST_EXCERPT = 3_000
"""Characters of a log that are shown."""
_NAME = re.compile(r"[\w./@+-]{1,500}\.[A-Za-z]{1,4}\b")

TOLD_BY_TOOLS = frozenset({FaultClass.SYNTAX, FaultClass.IMPORT, FaultClass.TYPE, FaultClass.LINT})
"""Seen in the text of the code, without running it."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A log, and the files of the commit that it names."""

    source: str = ""
    """Which run."""
    text: str = ""
    """What it said."""
    note: str = ""
    """What is missing of it."""
    named: frozenset[str] = field(default_factory=frozenset)
    """Paths."""

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

    @property
    def excerpt(self) -> str:
        """What it said last."""
        return self.text[-LONGEST_EXCERPT:]


def _settings_of(path: str, layout: Layout, paths: Collection[str]) -> tuple[str, ...]:
    return layout.surroundings(path, paths) if layout is JAVASCRIPT else ()


NO_EVIDENCE = Evidence()
"""No run failed, or nobody said so."""


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
