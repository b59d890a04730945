"""TypeScriptRepair: what runs is JavaScript on the same lines; what the compiler says is mended by its own language service."""

from collections.abc import Sequence
from dataclasses import replace

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.errors import PatchInapplicable, SourceRejected
from worker.domain.exchange import Budget
from worker.domain.job import Job, SourceFile
from worker.domain.patch import Patch
from worker.domain.repair import Broken, RepairProof
from worker.languages import javascript_repair_checks, javascript_repair_diagnosis, typescript_repair_running
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.javascript_repair_running import Suite
from worker.languages.javascript_repair_suite import placed, tests_in
from worker.languages.repair_evidence import of_findings
from worker.languages.typescript import TypeScriptLanguage
from worker.languages.typescript_repair_compiling import Compared, in_its_place, of_silence
from worker.languages.typescript_repair_fixes import ALTERNATIVES, CodeFixes, is_about_types, patches_of
from worker.languages.typescript_strip import strip
from worker.languages.typescript_syntax import type_fault
from worker.ports import Sandbox

_COMPILED = frozenset({FaultClass.SYNTAX, FaultClass.IMPORT, FaultClass.TYPE, FaultClass.LINT})
"""What the compiler may know more of than a run."""
_UNREADABLE = "}{"
"""Stands for a version that is no TypeScript: it fails to load as that would."""


class TypeScriptRepair(JavaScriptRepair):
    """A `worker.repair_ports.RepairLanguage`."""

    name = "typescript"
    aliases: tuple[str, ...] = TypeScriptLanguage.aliases

    def __init__(self, fixes: CodeFixes | None = None) -> None:
        super().__init__()
        self._typed = TypeScriptLanguage()
        self._code_fixes = fixes or CodeFixes()

    def broken(self, job: Job) -> Broken:
        """Put the code where the tests import it from; what can't be read keeps its name."""
        try:
            subject = self._typed.subject(replace(job, targets=()))
        except SourceRejected:
            readable = self._typed.subject(replace(job, targets=(), code=""))
            subject = replace(readable, source=job.code)
        subject = in_its_place(placed(subject, job.tests), job)
        return Broken(subject=subject, tests=job.tests, log=job.log)

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        """Run the tests; where they show nothing that a run can tell better, compile."""
        ran = None
        is_readable = self._syntax_fault(broken.subject.source) is None
        if is_readable:
            ran = await super().diagnose(broken, sandbox, budget)
            is_told = ran.failing and ran.fault not in _COMPILED
            if is_told or ran.fault in {FaultClass.FLAKY, FaultClass.ENVIRONMENT}:
                return ran
        compiled = await self._code_fixes.errors(broken, [broken.subject.source], sandbox)
        if not compiled or not compiled[0]:
            if ran is None:
                return await super().diagnose(broken, sandbox, budget)
            return ran if compiled is None else of_silence(ran, broken)
        told = of_findings(compiled[0], broken.subject.path, broken.log)
        summary = told.summary.replace("The log", "The compiler")
        failing = ran.failing if ran is not None else (javascript_repair_diagnosis.LOAD,)
        return replace(
            told,
            summary=summary,
            findings=(*told.findings, *(ran.findings if ran is not None and failing else ())),
            failing=failing if tests_in(broken.tests) else (),
            passing=ran.passing if ran is not None else (),
            checks=ran.checks if ran is not None else 0,
        )

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        """Propose the service's own mendings, then what follows from names."""
        source = broken.subject.source
        found: list[Patch] = []
        if diagnosis.fault in _COMPILED or is_about_types(diagnosis):
            told = broken if broken.log else replace(broken, log=_codes_of(diagnosis))
            ways = ALTERNATIVES if tests_in(broken.tests) else 1  # no test could tell the others apart
            mendings = await self._code_fixes.mendings(told, [source], sandbox, alternatives=ways)
            found += patches_of(source, mendings)
            if ways == 1 and mendings and not mendings[0].left:
                return found  # the compiler has nothing more to say
        if self._syntax_fault(source) is None:
            found += await super().fixes(broken, diagnosis, sandbox, budget)
        return found

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        """Look at the text alone, without its types."""
        try:
            changed = strip(patch.applied_to(broken.subject.source)).javascript
        except PatchInapplicable as error:
            return str(error)
        except SourceRejected as error:
            return f"it does not parse: {error}"[:200]
        before = self._plain(broken.subject.source)
        return javascript_repair_checks.objection_to(patch, broken, parsed=changed, before=before)

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        """Run the tests where there are some, and compile before and after: no message may be new, and without tests none may stay."""
        source = broken.subject.source
        versions = [source, patch.applied_to(source)]
        compiled = await self._code_fixes.errors(broken, versions, sandbox, is_whole=True)
        told = Compared.of(broken.subject.path, compiled)
        if not tests_in(broken.tests):
            return replace(told.proof(), is_lint_worse=told.is_worse, detail=told.left)
        proof = await super().prove(broken, patch, sandbox, budget)
        is_idle = told.is_unmoved and await self._is_green(broken, patch, sandbox, budget)
        return replace(
            proof,
            is_passed=proof.is_passed and not told.worse and not is_idle,
            is_lint_worse=bool(told.worse),
            detail=proof.detail or told.left,
        )

    async def _is_green(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> bool:
        """Tell whether the tests pass without the patch: then it was the compiler that told of a fault."""
        trials = await self.try_all(broken, [replace(patch, edits=())], sandbox, budget)
        return bool(trials) and trials[0].is_green

    async def _proved(
        self, changed: Broken, tests: Sequence[str], sandbox: Sandbox, budget: Budget
    ) -> RepairProof:
        return await typescript_repair_running.proved(changed, tests, sandbox, budget)

    def _suite(self, broken: Broken) -> Suite:
        subject = replace(broken.subject, source=self._plain(broken.subject.source))
        files = tuple(
            SourceFile(path=one.path, text=self._plain(one.text) if _is_typed(one.path) else one.text)
            for one in broken.tests
        )
        return Suite(subject=subject, files=files, tests=tests_in(broken.tests))

    def _patched(self, broken: Broken, patches: Sequence[Patch]) -> list[str]:
        return [self._plain(patch.applied_to(broken.subject.source)) for patch in patches]

    def _outward(self, patch: Patch, suite: Suite, broken: Broken) -> Patch | None:
        return typescript_repair_running.outward(patch, suite.subject.source, broken.subject.source)

    def _syntax_fault(self, source: str) -> str | None:
        return type_fault(source, "subject.ts")

    def _plain(self, source: str) -> str:
        try:
            return strip(source).javascript
        except SourceRejected:
            return _UNREADABLE


def _is_typed(path: str) -> bool:
    return path.endswith((".ts", ".mts", ".cts", ".tsx"))


def _codes_of(diagnosis: Diagnosis) -> str:
    """Name the messages, so that the service is asked with the options by which they came."""
    return " ".join(finding.code for finding in diagnosis.findings if finding.tool == "tsc")
