"""JavaScript, run by Node 18.19 and newer; everything that executes code does so in the sandbox."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, TestOutcome
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject, Survey
from worker.domain.job import Job
from worker.languages.formatting import Prettier
from worker.languages.javascript_candidates import fault_in, find_candidates, observed_text
from worker.languages.javascript_file import test_path_of, write_file
from worker.languages.javascript_hints import hints_of
from worker.languages.javascript_loading import load_fault
from worker.languages.javascript_points import find_points
from worker.languages.javascript_process import (
    START_SECONDS,
    Report,
    instrumented_fields,
    run_harness,
    subject_fields,
)
from worker.languages.javascript_proof import read_proof
from worker.languages.javascript_running import rivals_of, run_candidates, run_on_mutants
from worker.languages.javascript_skips import skipped_in
from worker.languages.javascript_syntax import Bindings, bindings_of, kind_of, parse, syntax_fault
from worker.languages.javascript_targets import decisions_of, lines_of, targets_of
from worker.ports import Sandbox


class JavaScriptLanguage:
    """A `worker.ports.Language`."""

    name = "javascript"
    aliases = ("js", "node", "mjs", "cjs")

    def __init__(self, prettier: Prettier | None = None) -> None:
        self._prettier = prettier or Prettier()

    def subject(self, job: Job) -> Subject:
        """Name the module after the job's path; without one it is `subject`, with the ending that says how Node loads it."""
        place = PurePosixPath((job.path or "").replace("\\", "/"))
        stem = re.sub(r"[^\w.$-]", "_", place.stem).strip(".-") or "subject"
        known = place.parent.name if stem == "index" and place.parent.name else stem
        identifier = re.sub(r"\W+(\w)", lambda match: match[1].upper(), known.strip("-._@$"))
        identifier = re.sub(r"\W", "_", identifier) or "subject"
        module_name = f"_{identifier}" if identifier[0].isdigit() else identifier
        ending = place.suffix
        if ending not in {".js", ".mjs", ".cjs"}:
            ending = ".mjs" if kind_of(parse(job.code), None).value == "esm" else ".cjs"
        return Subject(source=job.code, module_name=module_name, path=f"{stem}{ending}", targets=job.targets)

    def survey(self, subject: Subject) -> Survey:
        """Parse; SourceRejected where it does not."""
        root = parse(subject.source)
        fault = syntax_fault(root)
        if fault is not None:
            raise SourceRejected(fault)
        points = find_points(subject.source)
        bindings = _bindings(subject)
        skipped = skipped_in(root, bindings)
        left_out = {name for name, _ in skipped}
        targets = tuple(name for name in targets_of(root, bindings) if name not in left_out)
        if skipped and not targets:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:5])
            raise SourceRejected(f"the sandbox forbids what there is to test ({reasons})")
        return Survey(
            targets=targets,
            executable_lines=points.lines,
            skipped=skipped,
            decisions=decisions_of(root, bindings),
        )

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        """Load the module once; SourceRejected explains what goes wrong."""
        fields = {"subject": subject_fields(subject), "source": subject.source}
        report = await run_harness(
            "load.cjs", fields, sandbox, seconds=8, work_files={subject.path: subject.source}
        )
        fault = load_fault(report)
        if fault is not None:
            raise SourceRejected(fault)

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        """Run the code on generated inputs and write what was observed as tests."""
        points = await asyncio.to_thread(find_points, subject.source)
        hints = await asyncio.to_thread(self._hints, subject)
        fields = {
            **instrumented_fields(subject, points),
            "lines": [point.line for point in points.points],
            "mutants": await asyncio.to_thread(rivals_of, subject.source, points, budget.seed),
            "seed": budget.seed,
            "hints": hints,
            "targets": subject.targets,
            "skipped": [name for name, _ in skipped_in(parse(subject.source), _bindings(subject))],
            "throws": points.throws,
        }
        report = await _explore(subject, fields, sandbox, budget.seconds)
        if not report.is_finished and not any("test" in entry for entry in report.entries):
            cautious = {**fields, "hints": {**hints, "isCautious": True}, "mutants": ()}
            report = await _explore(subject, cautious, sandbox, budget.seconds / 2)
        return observed_text(report.entries)

    def _hints(self, subject: Subject) -> dict[str, Any]:
        """What exploration is told of the source; a language with types knows more."""
        return hints_of(subject.source, _bindings(subject))

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        """Find the tests in an engine's answer."""
        bindings = _bindings(subject)
        names = (*bindings.names, bindings.main, bindings.namespace)
        return find_candidates(text, module_names=[name for name in names if name])

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        """Judge a candidate by its text."""
        return fault_in(candidate)

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        """Run each candidate once, in an order and a time zone that follow from the seed."""
        return await run_candidates(subject, candidates, sandbox, budget)

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        """Run the candidates on mutants."""
        return await run_on_mutants(subject, candidates, sandbox, budget)

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Leave the names, which say what a test does."""
        return tuple(candidates)

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        """Write the test file that a developer keeps."""
        return self._prettier.formatted(write_file(subject, candidates))

    def test_path(self, subject: Subject) -> str:
        """File name of the assembled tests."""
        return test_path_of(subject, _bindings(subject))

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        """Run the assembled file with `node --test`; coverage is V8's own count of that run."""
        test_path = self.test_path(subject)
        fields = {"subject": subject_fields(subject), "testPath": test_path, "seconds": budget.seconds}
        text = await self._prettier.format(write_file(subject, candidates), test_path, sandbox)
        work_files = {subject.path: subject.source, test_path: text}
        report = await run_harness(
            "prove.cjs", fields, sandbox, seconds=budget.seconds + START_SECONDS, work_files=work_files
        )
        only = lines_of(parse(subject.source), _bindings(subject), subject.targets)
        return read_proof(report, subject, ("node", "--test", test_path), candidates, only=only)


async def _explore(subject: Subject, fields: Mapping[str, Any], sandbox: Sandbox, seconds: float) -> Report:
    return await run_harness(
        "explore.cjs",
        {**fields, "seconds": seconds},
        sandbox,
        seconds=seconds + START_SECONDS + 2,
        work_files={subject.path: subject.source},
    )


def _bindings(subject: Subject) -> Bindings:
    return bindings_of(subject.source, module_name=subject.module_name, path=subject.path)
