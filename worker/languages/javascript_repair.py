"""JavaScriptRepair: JavaScript as repair sees it. The work of each step is in a module of its own beside it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.exchange import Budget
from worker.domain.job import Job
from worker.domain.patch import Behaviours, Patch, Trial, by_rule
from worker.domain.repair import Broken, Found, RepairProof
from worker.languages import javascript_repair_answers, javascript_repair_checks, javascript_repair_diagnosis
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.javascript_points import find_points
from worker.languages.javascript_process import START_SECONDS, run_harness
from worker.languages.javascript_repair_lint import FIX, SUGGESTION, EsLint, judged, of_its_own
from worker.languages.javascript_repair_names import fixes_of_names
from worker.languages.javascript_repair_proving import behaviours_of, difference_of, proved
from worker.languages.javascript_repair_running import MORE_STEPS, Bounds, Suite, run_versions, versions_from
from worker.languages.javascript_repair_search import Search
from worker.languages.javascript_repair_suite import assertions_in, placed, tests_in
from worker.languages.javascript_repair_syntax import mended
from worker.languages.javascript_syntax import parse, syntax_fault
from worker.ports import Sandbox

_SHIFTS_SECONDS = (0, 397 * 86400 + 3671)
"""What the clock of each run of the tests is put forward by, to see those that depend on it."""
_CALLING_SECONDS = 8.0
"""At most, to see whether a patch of a linter changes what the code does."""


class JavaScriptRepair:
    """A `worker.repair_ports.RepairLanguage`."""

    name = "javascript"
    aliases: tuple[str, ...] = JavaScriptLanguage.aliases

    def __init__(self, linter: EsLint | None = None) -> None:
        self._language = JavaScriptLanguage()
        self._linter = linter or EsLint()

    def broken(self, job: Job) -> Broken:
        """Put the code where the tests import it from."""
        subject = self._language.subject(replace(job, targets=()))
        return Broken(subject=placed(subject, job.tests), tests=job.tests, log=job.log)

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        """Run the tests; read the log where there are none, or where they pass and it tells of something else."""
        fault = self._syntax_fault(broken.subject.source)
        if fault is not None:
            return javascript_repair_diagnosis.of_syntax(fault, _line_in(fault))
        of_tests = None
        if tests_in(broken.tests):
            of_tests = await self._watched(broken, sandbox, budget)
            if of_tests.failing or not broken.log.strip():
                return of_tests
        of_log = javascript_repair_diagnosis.of_log(broken.log, broken.subject.path)
        if of_tests is not None and of_log.fault is FaultClass.UNKNOWN:
            return of_tests
        left = [mending.reasons for mending in await self._linter.mendings(broken, sandbox)][:1]
        return replace(of_log, summary=". ".join([of_log.summary, *(f"{why}." for why in left if why)]))

    async def _watched(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        suite = await asyncio.to_thread(self._suite, broken)
        points = await asyncio.to_thread(find_points, suite.subject.source)
        fields = {
            **suite.fields,
            "base": points.instrumented,
            "points": len(points.points),
            "watched": _SHIFTS_SECONDS,
            "limits": {"milliseconds": 3000, "steps": MORE_STEPS},
            "seconds": budget.seconds,
        }
        report = await run_harness(
            "repair.cjs",
            fields,
            sandbox,
            seconds=budget.seconds + START_SECONDS,
            work_files=suite.work_files,
        )
        runs = [entry for entry in report.entries if "watched" in entry]
        if runs:
            found = javascript_repair_diagnosis.of_runs(runs, points)
            return replace(found, checks=max(found.checks, assertions_in(broken.tests)))
        return Diagnosis(
            fault=FaultClass.TIMEOUT,
            summary=f"The tests took the process down: {report.death()}.",
            failing=("(process)",),
        )

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        """Propose by rule, and what ESLint makes of what a log of it tells."""
        source = broken.subject.source
        if self._syntax_fault(source) is not None:
            texts = await asyncio.to_thread(lambda: list(mended(source)))
            return by_rule(source, ((text, "syntax-slip", told) for text, told in texts))
        linted = await self._linted(broken, sandbox, budget) if not diagnosis.names_tests else ()
        return by_rule(source, [*fixes_of_names(source, diagnosis), *linted])

    async def _linted(
        self, broken: Broken, sandbox: Sandbox, budget: Budget
    ) -> Sequence[tuple[str, str, str]]:
        """Choose one text: what ESLint suggests where nothing speaks against it, else its fixes alone; two ways could not be told apart."""
        source = broken.subject.source
        mendings = await self._linter.mendings(broken, sandbox)
        ways = [(one.text, one.operator, one.description) for one in mendings if one.text != source]
        for way in ways[:-1]:
            (patch,) = by_rule(source, [way])
            if not (
                self.objection_to(patch, broken) or await self._otherwise(broken, patch, sandbox, budget)
            ):
                return [way]
        return ways[-1:]

    async def _otherwise(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> str:
        suite = await asyncio.to_thread(self._suite, broken)
        changed = patch.applied_to(broken.subject.source)
        bounded = replace(budget, seconds=min(budget.seconds, _CALLING_SECONDS))
        return await difference_of(suite, changed, sandbox, bounded, is_wanted=patch.operator == SUGGESTION)

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        """Try small changes."""
        if not tests_in(broken.tests) or self._syntax_fault(broken.subject.source) is not None:
            return Found(notes=("there are no tests that a small change could be tried on",))
        deadline = monotonic() + budget.seconds
        suite = await asyncio.to_thread(self._suite, broken)
        found = await Search(suite=suite, sandbox=sandbox, most=most, deadline=deadline).run(diagnosis)
        trials, nearer = (
            tuple(
                replace(trial, patch=patch)
                for trial in each
                if (patch := self._outward(trial.patch, suite, broken)) is not None
            )
            for each in (found.trials, found.nearer)
        )
        return replace(found, trials=trials, nearer=nearer)

    async def try_all(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Sequence[Trial]:
        """Run the tests on each."""
        if not patches or not tests_in(broken.tests):
            return ()
        suite = await asyncio.to_thread(self._suite, broken)
        texts = await asyncio.to_thread(self._patched, broken, patches)
        bounds = Bounds(seconds=budget.seconds, steps=MORE_STEPS, is_named=True, is_whole=True)
        tried = await run_versions(suite, versions_from(texts), patches, sandbox, bounds)
        return tuple(trial for _, trial in sorted(tried.trials.items()))

    async def compare(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Behaviours:
        """Call all of them on the same inputs."""
        if (
            len(patches) < 2
            or not tests_in(broken.tests)
            or self._syntax_fault(broken.subject.source) is not None
        ):
            return Behaviours()
        suite = await asyncio.to_thread(self._suite, broken)
        texts = await asyncio.to_thread(self._patched, broken, patches)
        return await behaviours_of(suite, texts, sandbox, budget)

    def patches_in(self, text: str, broken: Broken) -> tuple[Patch, ...]:
        """Find them in an answer."""
        return javascript_repair_answers.patches_in(text, broken, language=self.name)

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        """Look at the text alone."""
        return javascript_repair_checks.objection_to(patch, broken)

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        """Run `node --test`, the tests once more in another process, and ESLint, which has the word on its own patches."""
        tests, changed = tests_in(broken.tests), patch.applied_to(broken.subject.source)
        if patch.operator in {FIX, SUGGESTION}:
            told, otherwise = await asyncio.gather(
                self._linter.compared(broken, changed, sandbox, is_own=True),
                self._otherwise(broken, patch, sandbox, budget),
            )
            own = of_its_own(told, broken.subject.path, otherwise)
            return (
                own if not (tests and own.is_passed) else await self._tested(broken, patch, sandbox, budget)
            )
        if not tests:
            return RepairProof(
                is_passed=False, command=("node", "--test"), detail="there are no tests to run"
            )
        plain, told = await asyncio.gather(
            self._tested(broken, patch, sandbox, budget),
            self._linter.compared(broken, changed, sandbox, is_own=False),
        )
        return judged(plain, told)

    async def _tested(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        changed = replace(
            broken, subject=replace(broken.subject, source=patch.applied_to(broken.subject.source))
        )
        plain, trials = await asyncio.gather(
            self._proved(changed, tests_in(broken.tests), sandbox, budget),
            self.try_all(broken, [patch], sandbox, budget),
        )
        is_green = bool(trials) and trials[0].is_green
        return replace(
            plain,
            is_passed=plain.is_passed and is_green,
            is_flaky=plain.is_passed != is_green,
            repeats=plain.repeats + is_green,
            detail=plain.detail or (trials[0].detail if trials else ""),
        )

    async def _proved(
        self, changed: Broken, tests: Sequence[str], sandbox: Sandbox, budget: Budget
    ) -> RepairProof:
        return await proved(changed, tests, sandbox, budget)

    def _suite(self, broken: Broken) -> Suite:
        return Suite(subject=broken.subject, files=broken.tests, tests=tests_in(broken.tests))

    def _patched(self, broken: Broken, patches: Sequence[Patch]) -> list[str]:
        return [patch.applied_to(broken.subject.source) for patch in patches]

    def _outward(self, patch: Patch, suite: Suite, broken: Broken) -> Patch | None:
        """Turn a patch of what runs into one of what is written; the same thing where there are no types."""
        del suite, broken
        return patch

    def _syntax_fault(self, source: str) -> str | None:
        return syntax_fault(parse(source))


def _line_in(fault: str) -> int:
    number = fault.partition("line ")[2].partition(":")[0]
    return int(number) if number.isdigit() else 1
