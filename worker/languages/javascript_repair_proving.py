"""The last word of the plain runner on a patch, and what patches show on the same inputs."""

import re
from collections.abc import Mapping, Sequence

from worker.domain.exchange import Budget, SandboxEnd, SandboxOutcome
from worker.domain.patch import Behaviours
from worker.domain.repair import Broken, RepairProof
from worker.languages.javascript_hints import hints_of
from worker.languages.javascript_process import START_SECONDS, Report, run_harness, run_node
from worker.languages.javascript_repair_foreign import is_foreign, packages
from worker.languages.javascript_repair_running import Suite, versions_from
from worker.languages.javascript_repair_suite import package_file
from worker.languages.javascript_syntax import bindings_of
from worker.ports import Sandbox

INPUTS = 120
"""On so many inputs patches are compared."""

_PROOF_SECONDS = 20.0
# They are no NODE_OPTIONS, which a test hands on to every Node that it starts itself.
_ASSERTING, _FOREIGN = "throwing-assert.cjs", "foreign-globals.cjs"
"""Loaded before each file of tests; the second where they are written for another runner."""
_VERDICT = re.compile(r"^[ \t]*(not )?ok \d", re.MULTILINE)
_LOST = "(ended the process)"


async def proved(
    broken: Broken,
    tests: Sequence[str],
    sandbox: Sandbox,
    budget: Budget,
    *,
    options: Sequence[str] = (),
    more_files: Mapping[str, str] | None = None,
) -> RepairProof:
    """Run `node --test` on files that lie as the sender has them; `console.assert` fails a test there, too."""
    seconds = min(max(budget.seconds, 5.0), _PROOF_SECONDS)
    subject = broken.subject
    is_others = is_foreign([file for file in broken.tests if file.path in tests])
    files = {
        **(packages() if is_others else {}),
        **package_file(subject, broken.tests),
        **{file.path: file.text for file in broken.tests},
        subject.path: subject.source,
        **(more_files or {}),
    }
    scripts = [_ASSERTING, *([_FOREIGN] if is_others else ())]
    preloads = [f"--require={{work}}/harness/{name}" for name in scripts]
    outcome = await run_node(
        (*preloads, *options, "--test", "--test-reporter=tap", *tests),
        sandbox,
        seconds=seconds,
        work_files=files,
        scripts=scripts,
    )
    return _proof(outcome, tests)


def _proof(outcome: SandboxOutcome, tests: Sequence[str]) -> RepairProof:
    verdicts = _VERDICT.findall(outcome.stdout)
    passed = verdicts.count("")
    is_passed = (outcome.end, outcome.exit_code) == (SandboxEnd.EXITED, 0) and passed == len(verdicts) > 0
    told = f"{outcome.stdout}\n{outcome.stderr}".strip()[-2000:]
    if outcome.end is SandboxEnd.TIMED_OUT:
        told = "the tests were stopped by their time limit"
    return RepairProof(
        is_passed=is_passed,
        command=("node", "--test", *tests),
        repeats=int(is_passed),
        tests=passed,
        detail="" if is_passed else told or Report(entries=(), outcome=outcome).death(),
    )


async def behaviours_of(suite: Suite, texts: Sequence[str], sandbox: Sandbox, budget: Budget) -> Behaviours:
    """Call the broken and the patched code on the same generated inputs."""
    subject = suite.subject
    bindings = bindings_of(subject.source, module_name=subject.module_name, path=subject.path)
    fields = {
        **suite.fields,
        "base": subject.source,
        "candidates": versions_from(texts),
        "hints": hints_of(subject.source, bindings),
        "inputs": INPUTS,
        "seed": budget.seed,
        "seconds": budget.seconds,
    }
    original = {"base": versions_from([subject.source])[0]["text"]}
    report = await run_harness(
        "repair-compare.cjs",
        {**fields, **original},
        sandbox,
        seconds=budget.seconds + START_SECONDS,
        work_files=suite.work_files,
    )
    return _behaviours(report, len(texts))


async def difference_of(
    suite: Suite, changed: str, sandbox: Sandbox, budget: Budget, *, is_wanted: bool
) -> str:
    """Say on which generated input changed code shows something else than the code did; where that is wanted, also that nothing can be called."""
    found = await behaviours_of(suite, [suite.subject.source, changed], sandbox, budget)
    columns = found.telling()
    for column in columns:
        before, again, after = found.original[column], *(row[column] for row in found.shown)
        if before == again != after:  # what is never the same twice tells nothing
            return f"it changes what the code does: {found.inputs[column]} shows {after}, and showed {before}"
    return (
        "" if columns or not is_wanted else "nothing of the code can be called here to see whether it changes"
    )


def _behaviours(report: Report, count: int) -> Behaviours:
    inputs: list[str] = next((one["inputs"] for one in report.entries if "inputs" in one), [])
    by_id = {int(one["id"]): one for one in report.entries if "signs" in one}
    if not inputs or -1 not in by_id:
        return Behaviours()
    lost = {"signs": [_LOST] * len(inputs), "promised": [0, 0]}
    rows = [by_id.get(at, lost) for at in range(count)]
    return Behaviours(
        inputs=tuple(map(str, inputs)),
        original=tuple(map(str, by_id[-1]["signs"])),
        shown=tuple(tuple(map(str, row["signs"])) for row in rows),
        promised=tuple((int(row["promised"][0]), int(row["promised"][1])) for row in rows),
    )
