"""TypeScript: what it is without its types is JavaScript, on the same lines; what is written for people is TypeScript again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, TestOutcome
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject, Survey
from worker.domain.job import Job
from worker.languages.formatting import Prettier
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.javascript_hints import hints_of
from worker.languages.javascript_process import START_SECONDS, run_harness, subject_fields
from worker.languages.javascript_proof import read_proof
from worker.languages.javascript_syntax import Bindings, ModuleKind, bindings_of, parse
from worker.languages.javascript_targets import lines_of
from worker.languages.typescript_answers import without_types
from worker.languages.typescript_file import command_of, test_path_of, write_file
from worker.languages.typescript_hints import with_types
from worker.languages.typescript_strip import Stripped, strip
from worker.languages.typescript_syntax import type_fault
from worker.ports import Sandbox

_SCRIPTS = "worker.languages.harness.typescript"
_ENDINGS = frozenset({".ts", ".mts", ".cts"})


class TypeScriptLanguage:
    """A `worker.ports.Language`: JavaScript's, given what is left without types."""

    name = "typescript"
    aliases = ("ts", "mts", "cts")

    def __init__(self, prettier: Prettier | None = None) -> None:
        self._prettier = prettier or Prettier()
        self._plainly = _TypedJavaScript()

    def subject(self, job: Job) -> Subject:
        """Name the module after the job's path; without one it is `subject.ts`."""
        place = PurePosixPath((job.path or "").replace("\\", "/"))
        named = self._plainly.subject(replace(job, path=str(place.with_suffix(".js")) if job.path else None))
        is_known = place.suffix in _ENDINGS or place.suffix == ".tsx"
        ending = place.suffix if is_known else ".ts"
        return replace(named, source=job.code, path=f"{named.path.rpartition('.')[0]}{ending}")

    def survey(self, subject: Subject) -> Survey:
        """Parse; SourceRejected where it is not TypeScript or nothing that Node could run."""
        fault = type_fault(subject.source, subject.path)
        if fault is not None:
            raise SourceRejected(fault)
        return self._plainly.survey(_plain(subject))

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        """Load the module once; SourceRejected explains what goes wrong."""
        await self._plainly.load(await _plain_soon(subject), sandbox)

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        """Run the code on inputs that its types allow, and write what was observed as tests."""
        language = _TypedJavaScript(subject.source)
        return await language.explore(await _plain_soon(subject), sandbox, budget)

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        """Find the tests in an engine's answer, without the types that it wrote."""
        return self._plainly.candidates_in(without_types(text), _plain(subject))

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        """Judge a candidate by its text."""
        return self._plainly.fault_in(candidate)

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        """Run each candidate once."""
        return await self._plainly.run(await _plain_soon(subject), candidates, sandbox, budget)

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        """Run the candidates on mutants, which stand on the lines of the TypeScript."""
        return await self._plainly.mutate(await _plain_soon(subject), candidates, sandbox, budget)

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Leave the names, which say what a test does."""
        return self._plainly.name_kept(candidates)

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        """Write the test file that a developer keeps."""
        return self._prettier.formatted(_written(subject, strip(subject.source), candidates))

    def test_path(self, subject: Subject) -> str:
        """File name of the assembled tests."""
        return test_path_of(_plain(subject))

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        """Run the assembled file with `node --test`; where this Node knows no types, with a loader that takes them out."""
        stripped = await asyncio.to_thread(strip, subject.source)
        plain = replace(subject, source=stripped.javascript)
        bindings, test_path = _bindings(subject, stripped), test_path_of(plain)
        text = await self._prettier.format(_written(subject, stripped, candidates), test_path, sandbox)
        fields = _proof_fields(plain, stripped, bindings, text) | {
            "original": subject.source,
            "seconds": budget.seconds,
        }
        scripts = {
            f"harness/{one.name}": one.read_text() for one in files(_SCRIPTS).iterdir() if _is_script(one)
        }
        report = await run_harness(
            "prove-typescript.cjs",
            fields,
            sandbox,
            seconds=budget.seconds + START_SECONDS,
            work_files={subject.path: subject.source, test_path: text, **scripts},
        )
        command = command_of(plain, is_erasable=stripped.is_erasable)
        only = lines_of(parse(plain.source), bindings, subject.targets)
        return read_proof(report, plain, command, candidates, only=only)


class _TypedJavaScript(JavaScriptLanguage):
    """JavaScript whose types are known from another text."""

    def __init__(self, typed_source: str = "") -> None:
        super().__init__()
        self._typed_source = typed_source

    def _hints(self, subject: Subject) -> dict[str, Any]:
        hints = hints_of(subject.source, _bindings(subject, None))
        return with_types(hints, self._typed_source) if self._typed_source else hints


def _plain(subject: Subject) -> Subject:
    return replace(subject, source=strip(subject.source).javascript)


def _written(subject: Subject, stripped: Stripped, candidates: Sequence[Candidate]) -> str:
    plain = replace(subject, source=stripped.javascript)
    return write_file(plain, candidates, is_erasable=stripped.is_erasable)


async def _plain_soon(subject: Subject) -> Subject:
    """Strip in a thread: leases of other jobs are extended meanwhile."""
    return await asyncio.to_thread(_plain, subject)


def _bindings(subject: Subject, stripped: Stripped | None) -> Bindings:
    source = stripped.javascript if stripped else subject.source
    return bindings_of(source, module_name=subject.module_name, path=subject.path)


def _proof_fields(plain: Subject, stripped: Stripped, bindings: Bindings, text: str) -> dict[str, Any]:
    kind = "module" if bindings.kind is ModuleKind.ESM else "commonjs"
    test_path = test_path_of(plain)
    return {
        "subject": subject_fields(plain),
        "testPath": test_path,
        "isErasable": stripped.is_erasable,
        "stripped": stripped.javascript,
        "files": {
            plain.path: {"kind": kind, "text": stripped.javascript},
            test_path: {"kind": kind, "text": text},
        },
    }


def _is_script(item: Any) -> bool:
    return bool(item.name.endswith((".cjs", ".mjs")))
