"""Which processes are ours, on disk: an agent that was killed leaves orphans, and the next one ends them."""

import contextlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from automation.localaws.runtime.processes import Child, is_same_process, kill_tree

log = logging.getLogger(__name__)


class Journal:
    """The file tasks.json, always whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, children: Iterable[Child]) -> None:
        """Replace the record by these."""
        records = [{"pid": child.pid, "created": child.created} for child in children]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(records))
        os.replace(partial, self._path)  # noqa: PTH105 - its atomicity is the point, and its name says it

    def end_orphans(self) -> int:
        """Kill what an earlier agent left and that is still the same process; return how many."""
        ended = 0
        for pid, created in self._read():
            if is_same_process(pid, created):
                log.warning("ending process %d, left by an earlier agent", pid)
                kill_tree(pid)
                ended += 1
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        return ended

    def _read(self) -> list[tuple[int, float]]:
        try:
            records = json.loads(self._path.read_text())
            return [(int(record["pid"]), float(record["created"])) for record in records]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError):
            log.warning("%s is not readable; processes of an earlier agent may be left", self._path)
            return []
