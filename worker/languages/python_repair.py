"""PythonRepair: Python as repair sees it. The work of each step is in a module of its own beside it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from worker.domain.diagnosis import Diagnosis
from worker.domain.exchange import Budget
from worker.domain.job import Job
from worker.domain.patch import Behaviours, Patch, PatchOrigin, Trial, between, by_rule
from worker.domain.repair import Broken, Found, RepairProof
from worker.languages import (
    python_repair_answers,
    python_repair_checks,
    python_repair_diagnosis,
    python_repair_syntax,
    python_repair_tools,
)
from worker.languages.python_repair_harness import RepairHarness, has_tests, subject_of
from worker.languages.python_repair_names import fixes_of_names
from worker.ports import Sandbox

REPEATS = 2
"""Plain runs of the tests besides the traced one, to see flakes."""
INPUTS = 120
"""On so many inputs patches are compared."""


class PythonRepair:
    """A `worker.repair_ports.RepairLanguage`."""

    name = "python"
    aliases = ("py", "python3")

    def __init__(self) -> None:
        self._harness = RepairHarness()

    def broken(self, job: Job) -> Broken:
        """Name the module as the tests do."""
        return Broken(subject=subject_of(job.code, job.path, job.tests), tests=job.tests, log=job.log)

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        """Run the tests; read the log where there are none, or where they pass and it tells of something else."""
        ran: Mapping[str, Any] = {}
        if has_tests(broken.tests):
            plan = {"repeats": REPEATS}
            ran = await self._harness.report("repair_spectrum", broken, plan, sandbox, budget)
        return python_repair_diagnosis.diagnosed(broken, ran)

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        """Propose by rule; rules are quick, only ruff is a process, with limits of its own."""
        del budget
        source = broken.subject.source
        if python_repair_syntax.fault_in(source) is not None:
            slips = python_repair_syntax.mended(source)
            return by_rule(source, ((one.text, "syntax-slip", "; ".join(one.slips)) for one in slips))
        found = list(fixes_of_names(source, diagnosis))
        codes = frozenset(one.code for one in diagnosis.findings if one.tool == "ruff" and one.code != "F821")
        if codes:
            text = await python_repair_tools.fixed_by_ruff(source, codes, sandbox)
            found.append((text, "ruff-fix", f"ruff's own fix of {', '.join(sorted(codes))}"))
        return by_rule(source, found)

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        """Try small changes."""
        if not has_tests(broken.tests) or python_repair_syntax.fault_in(broken.subject.source) is not None:
            return Found(notes=("there are no tests that a small change could be tried on",))
        plan = {
            "failing": list(diagnosis.failing),
            "suspicion": {str(each.line): each.suspicion for each in diagnosis.locations},
            "most": most,
            "checks": diagnosis.checks,
            "steps": diagnosis.steps,
        }
        report = await self._harness.report("repair_search", broken, plan, sandbox, budget)
        source = broken.subject.source
        lost = [str(report["lost"])] if "lost" in report else []
        nearer = tuple(_found(source, item) for item in report.get("nearer", ()))
        found = [_found(source, item) for item in report.get("found", ())]
        if nearer:  # where one change mends a test and none all, a pair that passes mends two faults
            found = [_of_faults(*each) for each in zip(found, report["found"], strict=True)]
        return Found(
            trials=tuple(found),
            nearer=nearer,
            tried=int(report.get("tried", 0)),
            is_exhausted=bool(report.get("exhausted")),
            notes=(*map(str, report.get("notes", ())), *lost),
        )

    async def try_all(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Sequence[Trial]:
        """Run the tests on each."""
        if not patches or not has_tests(broken.tests):
            return ()
        sources = [patch.applied_to(broken.subject.source) for patch in patches]
        report = await self._harness.report("repair_try", broken, {"sources": sources}, sandbox, budget)
        return tuple(
            _trial(patch, item) for patch, item in zip(patches, report.get("trials", ()), strict=False)
        )

    async def compare(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Behaviours:
        """Call all of them on the same inputs; those of functions that are changed come first."""
        source = broken.subject.source
        if len(patches) < 2:
            return Behaviours()  # nobody to be compared with
        sources = [patch.applied_to(source) for patch in patches]
        is_loadable = python_repair_syntax.fault_in(source) is None
        ground = source if is_loadable else sources[0]
        units = python_repair_diagnosis.units_at(ground, {patch.line for patch in patches})
        plan = {
            "sources": sources,
            "inputs": INPUTS,
            "units": list(units),
            "owners": sorted({unit.partition(".")[0] for unit in units if "." in unit}),
        }
        whole = replace(broken, subject=replace(broken.subject, source=ground))
        report = await self._harness.report("repair_compare", whole, plan, sandbox, budget)
        if "lost" in report:
            return Behaviours()
        original = (
            map(str, report["original"]) if is_loadable else ["(can't be loaded)"] * len(report["inputs"])
        )
        return Behaviours(
            inputs=tuple(map(str, report["inputs"])),
            original=tuple(original),
            shown=tuple(tuple(map(str, row)) for row in report["shown"]),
            promised=tuple((int(kept), int(there)) for kept, there in report["promised"]),
        )

    def patches_in(self, text: str, broken: Broken) -> tuple[Patch, ...]:
        """Find them in an answer."""
        return python_repair_answers.patches_in(text, broken)

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        """Look at the text alone."""
        return python_repair_checks.objection_to(patch, broken)

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        """Run pytest and ruff, and the tests once more in another process, by another seed."""
        changed = patch.applied_to(broken.subject.source)
        again = asyncio.create_task(
            self.try_all(broken, [patch], sandbox, replace(budget, seed=budget.seed + 1))
        )
        try:
            proof = await python_repair_tools.proved(broken, changed, sandbox, budget)
            trials = await again
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
        if not trials:
            return proof
        is_green = trials[0].is_green
        return replace(
            proof,
            is_passed=proof.is_passed and is_green,
            is_flaky=proof.is_flaky or (proof.repeats > 0 and not is_green),
            repeats=proof.repeats + is_green,
            detail=proof.detail or trials[0].detail,
        )


def _of_faults(trial: Trial, item: Mapping[str, Any]) -> Trial:
    costs = tuple(map(float, item["costs"]))
    return replace(trial, patch=replace(trial.patch, cost=sum(costs), costs=costs)) if costs else trial


def _found(source: str, item: Mapping[str, Any]) -> Trial:
    patch = Patch(
        edits=between(source, str(item["source"])),
        origin=PatchOrigin.BUILTIN,
        operator=str(item["operator"]),
        description=str(item["description"]),
        cost=float(item["cost"]),
        line=int(item["line"]),
    )
    return _trial(patch, item)


def _trial(patch: Patch, item: Mapping[str, Any]) -> Trial:
    return Trial(
        patch=patch,
        passed=frozenset(map(str, item.get("passed", ()))),
        failed=frozenset(map(str, item.get("failed", ()))),
        detail=str(item.get("detail", ""))[:500],
        is_timed_out=bool(item.get("timed_out")),
    )
