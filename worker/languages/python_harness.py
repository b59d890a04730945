"""Requests to the scripts under `harness/python`, which do the work inside the sandbox."""

import base64
import functools
import json
import marshal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from typing import Any

from worker.domain.candidate import Candidate
from worker.domain.errors import SandboxUnavailable, SourceRejected
from worker.domain.exchange import Limits, SandboxEnd, SandboxOutcome, SandboxRequest, Subject
from worker.languages.python_survey import accelerators
from worker.ports import Sandbox

_START_SECONDS = 6.0
"""For starting interpreters and loading pytest on a busy host; comes on top of the time given for the work."""
_TIME_ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Auckland")
_PACKAGE = "ddf_harness"
_REPORT = "report.json"
_READY = "ready"
SUBJECT_FOLDER = "subject"


class PythonHarness:
    """Holds the scripts and sends them along with each request."""

    def __init__(self) -> None:
        self._scripts = _packed_scripts()

    def request(
        self, script: str, subject: Subject, plan: Mapping[str, Any], *, seconds: float, seed: int
    ) -> SandboxRequest:
        """Ask for a script's work on a subject; `seconds` go into the plan and bound the process."""
        whole = {
            "name": subject.module_name,
            "file": f"{SUBJECT_FOLDER}/{subject.path}",
            "without": accelerators(subject.source),
            "seconds": seconds,
            "seed": seed,
            **plan,
        }
        files = {
            "plan.json": json.dumps(whole),
            f"{SUBJECT_FOLDER}/{subject.path}": subject.source,
            **self._scripts,
        }
        return SandboxRequest(
            argv=("{python}", "-P", "-m", f"{_PACKAGE}.{script}"),
            files=files,
            env=environment(seed) | {"PYTHONPATH": "."},
            limits=Limits(
                wall_seconds=seconds + _START_SECONDS,
                cpu_seconds=int(seconds + _START_SECONDS) + 1,
                processes=24,
            ),
            collect=(_REPORT, _READY),
        )

    async def report(self, sandbox: Sandbox, request: SandboxRequest) -> Mapping[str, Any]:
        """Run a script; SourceRejected where the code under test kept it from reporting, SandboxUnavailable where it never began."""
        outcome = await sandbox.run(request)
        if not _has_begun(outcome) and outcome.end is not SandboxEnd.TIMED_OUT:
            outcome = await sandbox.run(request)  # none of its code has run: this was the host
        if not _has_begun(outcome):
            raise SandboxUnavailable(f"Python did not start: {_how_it_ended(outcome)}")
        try:
            report = json.loads(outcome.collected[_REPORT])
        except (KeyError, ValueError):
            raise SourceRejected(explain(outcome)) from None
        if not isinstance(report, dict):
            raise SourceRejected("the code under test tampered with its report")
        return report


@functools.cache
def _packed_scripts() -> Mapping[str, str]:
    """Compile the scripts once: every run in the sandbox would else do so anew. The sandbox has the worker's own interpreter."""
    folder = resources.files("worker.languages").joinpath("harness", "python")
    texts = {
        script.name.removesuffix(".py"): script.read_text(encoding="utf-8")
        for script in folder.iterdir()
        if script.name.endswith(".py")
    }
    codes = {
        name: compile(text, f"{_PACKAGE}/{name}.py", "exec", dont_inherit=True)
        for name, text in texts.items()
    }
    packed = {name: base64.b64encode(marshal.dumps(code)).decode("ascii") for name, code in codes.items()}
    return {f"{_PACKAGE}/__init__.py": texts["packed"], f"{_PACKAGE}/code.json": json.dumps(packed)}


def _has_begun(outcome: SandboxOutcome) -> bool:
    return _READY in outcome.collected or _REPORT in outcome.collected


def environment(seed: int) -> dict[str, str]:
    """What a test must not depend on, varied by the seed."""
    return {
        "PYTHONHASHSEED": str(seed % 4_294_967_296),
        "TZ": _TIME_ZONES[seed % len(_TIME_ZONES)],
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what the worker's own environment happens to hold is no part of a proof
    }


def _how_it_ended(outcome: SandboxOutcome) -> str:
    if outcome.end is SandboxEnd.TIMED_OUT:
        return f"the host is too busy to start it within {outcome.seconds:.0f} s"
    last = outcome.stderr.strip().splitlines()[-1:] or [f"exit code {outcome.exit_code}"]
    return last[0][:300]


def explain(outcome: SandboxOutcome) -> str:
    """Say why a run left no report."""
    if outcome.end is SandboxEnd.TIMED_OUT:
        return f"the code under test was stopped after {outcome.seconds:.1f} s"
    if outcome.exceeded:
        return f"the code under test took more {outcome.exceeded} than a run may take in all"
    if outcome.end is SandboxEnd.KILLED:
        return f"the code under test was killed by signal {-outcome.exit_code} (a limit of the sandbox, or itself)"
    last = outcome.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
    return f"the code under test ended the process (exit code {outcome.exit_code}): {last[0][:300]}"


def as_plain(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Candidates as JSON takes them."""
    return [asdict(candidate) for candidate in candidates]
