"""Workflow runs as GitHub lists them: which of a commit's failed, and still do; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.domain.redaction import redacted

FAILED = frozenset({"failure", "timed_out"})
"""How jobs and runs end that failed."""

LONGEST_NAME = 80
"""Of a job or a workflow."""

_JUDGED = FAILED | {"success"}
"""What was called off or skipped says nothing of the commit."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run."""

    number: int
    """Its id."""
    workflow: str = ""
    """Its workflow's name, where it is known; secrets are taken out."""

    @property
    def title(self) -> str:
        """What a person knows it by."""
        return f"run {self.number} ({self.workflow})" if self.workflow else f"run {self.number}"


def failed_runs(listed: Iterable[Mapping[str, Any]], commit: str) -> list[Run]:
    """Return a commit's failed runs, the newest first, one of each workflow.

    What failed on a push may pass on a pull request, which is tested merged: a later run makes good what the same event began.
    """
    judged = [run for run in listed if run["head_sha"] == commit and run["conclusion"] in _JUDGED]
    judged.sort(key=lambda run: (str(run.get("run_started_at") or run["created_at"]), int(run["id"])))
    last = {(run["workflow_id"], run["event"]): run for run in judged}
    newest: dict[int, Run] = {}
    for run in reversed(judged):
        if run["conclusion"] in FAILED and last[run["workflow_id"], run["event"]] is run:
            name = redacted(str(run["name"] or run["path"]))[:LONGEST_NAME]
            newest.setdefault(run["workflow_id"], Run(number=int(run["id"]), workflow=name))
    return list(newest.values())
