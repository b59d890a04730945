"""Running the harness scripts in the sandbox: files, flags, limits, and a report whose lines bear a nonce."""

import json
import re
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import Limits, SandboxEnd, SandboxOutcome, SandboxRequest, Subject
from worker.languages.javascript_points import Points
from worker.languages.javascript_syntax import bindings_of
from worker.ports import Sandbox

HEAP_MEBIBYTES = 256
"""Largest JavaScript heap of one process, in MiB."""

ADDRESS_SPACE_BYTES = 8 << 30
"""Bound of what lies outside the heap, such as buffers; Node itself reserves about one GiB."""

START_SECONDS = 5.0
"""Allowed to a process for starting and for writing its report, on top of its own time."""

_FLAGS = ("--experimental-vm-modules", "--no-warnings", f"--max-old-space-size={HEAP_MEBIBYTES}")
_SCRIPTS = "worker.languages.harness.javascript"
_FOLDER = "harness/"
_REQUIRED = re.compile(r"require\('\./([\w-]+\.cjs)'\)")
_REPORT = "harness-report.txt"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a harness script told before it ended."""

    entries: tuple[dict[str, Any], ...]
    """Its lines, in order."""
    outcome: SandboxOutcome
    """How the process ended."""

    @property
    def is_finished(self) -> bool:
        """It came to its end by itself."""
        return any("finished" in entry for entry in self.entries)

    @property
    def unfinished(self) -> Any:
        """What was under way when it ended, or None."""
        started = [entry["started"] for entry in self.entries if "started" in entry]
        return started[-1] if started and not self.is_finished else None

    @property
    def is_timed_out(self) -> bool:
        """It was stopped by a limit of time."""
        return self.outcome.end is SandboxEnd.TIMED_OUT

    def death(self) -> str:
        """Say for a person how the process died."""
        if self.is_timed_out:
            return "it did not end within its time limit"
        if "heap out of memory" in self.outcome.stderr or "allocation fail" in self.outcome.stderr.lower():
            return f"it used more memory than its limit of {HEAP_MEBIBYTES} MiB"
        if self.outcome.exceeded:
            return f"it took more {self.outcome.exceeded} than a run may take in all"
        if self.outcome.end is SandboxEnd.KILLED:
            return f"its process was killed by signal {-self.outcome.exit_code}"
        return f"its process ended with exit code {self.outcome.exit_code}"


def subject_fields(subject: Subject) -> dict[str, Any]:
    """Describe the subject to the harness."""
    bindings = bindings_of(subject.source, module_name=subject.module_name, path=subject.path)
    return {
        "path": subject.path,
        "kind": bindings.kind.value,
        "main": bindings.main,
        "names": bindings.names,
        "namespace": bindings.namespace,
    }


def instrumented_fields(subject: Subject, points: Points) -> dict[str, Any]:
    """Describe the subject with the reporting copy of its source."""
    return {"subject": subject_fields(subject), "source": points.instrumented, "points": len(points.points)}


def node_package(name: str) -> Path:
    """Say where setup and the image put a package of `tools/node`: beside the interpreter, where the sandbox may read."""
    return Path(sys.prefix, "lib", "ddf-node", "node_modules", name)


async def run_harness(
    script: str,
    fields: Mapping[str, Any],
    sandbox: Sandbox,
    *,
    seconds: float,
    work_files: Mapping[str, str],
    env: Mapping[str, str] | None = None,
) -> Report:
    """Run one script on one input; `seconds` is the wall limit of the process. Raises SandboxUnavailable where Node does not start."""
    nonce = secrets.token_hex(16)
    request = _request(
        ("{node}", *_FLAGS, f"harness/{script}"),
        seconds=seconds,
        files={**work_files, **_scripts([script], work_files), "harness-input.json": json.dumps(fields)},
        env=env,
        stdin=nonce,
    )
    report = await _report_of(request, sandbox, nonce)
    if not report.entries and not report.is_timed_out:
        report = await _report_of(request, sandbox, nonce)  # none of its code has run: this was the host
    if not report.entries:
        raise SandboxUnavailable(
            f"Node did not start: {report.outcome.stderr.strip()[-300:] or report.death()}"
        )
    return report


async def run_node(
    argv: Sequence[str],
    sandbox: Sandbox,
    *,
    seconds: float,
    work_files: Mapping[str, str],
    scripts: Sequence[str],
) -> SandboxOutcome:
    """Run Node as its users do, with some harness scripts beside the files; `seconds` is the wall limit."""
    laid_out = {**work_files, **_scripts(scripts, work_files)}
    request = _request(("{node}", *argv), seconds=seconds, files=laid_out)
    return await sandbox.run(request)


def _request(
    argv: Sequence[str],
    *,
    seconds: float,
    files: Mapping[str, str],
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> SandboxRequest:
    return SandboxRequest(
        argv=tuple(argv),
        files=files,
        stdin=stdin,
        env={"TZ": "UTC", "NO_COLOR": "1", **(env or {})},
        limits=Limits(
            wall_seconds=seconds,
            cpu_seconds=int(seconds) + 5,
            memory_bytes=ADDRESS_SPACE_BYTES,
            output_bytes=8 << 20,
        ),
        collect=(_REPORT,),
    )


async def _report_of(request: SandboxRequest, sandbox: Sandbox, nonce: str) -> Report:
    outcome = await sandbox.run(request)
    return Report(entries=_entries(outcome.collected.get(_REPORT, ""), nonce), outcome=outcome)


def _scripts(wanted: Iterable[str], own: Mapping[str, str]) -> dict[str, str]:
    """Return these scripts, those that the files bring along, and all that they load: to write a file takes as long as to run most of them."""
    found = {"harness/package.json": '{"type": "commonjs"}\n'}
    brought = (name.removeprefix(_FOLDER) for name in own if name.startswith(_FOLDER))
    waiting = [*wanted, *brought]
    while waiting:
        name = waiting.pop()
        place = f"{_FOLDER}{name}"
        text = _shelf().get(name) or own.get(place)  # a file of the job never takes the place of ours
        if text is not None and place not in found:
            found[place] = text
            waiting += _REQUIRED.findall(text)
    return found


@cache
def _shelf() -> Mapping[str, str]:
    return {
        item.name: item.read_text(encoding="utf-8")
        for item in files(_SCRIPTS).iterdir()
        if item.name.endswith(".cjs")
    }


def _entries(text: str, nonce: str) -> tuple[dict[str, Any], ...]:
    """Read the lines that bear the nonce; a line cut short by a kill is dropped."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        mark, _, body = line.partition(" ")
        if mark != nonce:
            continue
        try:
            entry = json.loads(body)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return tuple(found)


def ids_in(entry: Mapping[str, Any], key: str, count: int) -> Sequence[int]:
    """Read a list of ids below `count`, leaving out what is none."""
    listed = entry.get(key)
    return (
        [one for one in listed if isinstance(one, int) and 0 <= one < count]
        if isinstance(listed, list)
        else []
    )
