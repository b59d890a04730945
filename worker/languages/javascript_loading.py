"""Why a subject can't be loaded, in words for the one who sent it."""

import re
from typing import Any

from worker.languages.javascript_process import Report

_MISSING = re.compile(r"Cannot find (?:module|package) '([^']+)'")
_RUN_FOLDER = re.compile(r"^/.*/run-[^/]+/")
"""A neighbour is told as the source names it, not by the folder of this run."""


def load_fault(report: Report) -> str | None:
    """Explain, or None where it loaded and has something to call."""
    for entry in report.entries:
        if "fault" in entry:
            return _explained(entry)
        if "callables" in entry:
            return None if entry["callables"] else "it has no function or class that a test could call"
    if report.is_timed_out:
        return "it does not finish loading: its top level runs for ever"
    return f"it can't be loaded: {report.death()}"


def _explained(entry: dict[str, Any]) -> str:
    detail = str(entry.get("detail", ""))
    missing = _MISSING.search(detail)
    if entry["fault"] == "exit":
        return f"it ends the process while it is loaded: {detail}"
    if entry["fault"] == "endless":
        return "it does not finish loading: its top level runs for ever"
    if missing is not None:
        return f"it needs {_RUN_FOLDER.sub('./', missing[1])!r}, which is not at hand: one file is tested alone, with Node's own modules"
    if detail.startswith("SyntaxError"):
        return f"this is not JavaScript that Node can load: {detail}"
    return f"it throws while it is loaded: {detail}"
