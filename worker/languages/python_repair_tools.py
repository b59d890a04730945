"""Plain tools on a patch: pytest, which has the last word, and ruff, which must not say more than before. And ruff's own fixes."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping

from worker.domain.exchange import Budget, Limits, SandboxEnd, SandboxOutcome, SandboxRequest
from worker.domain.repair import Broken, RepairProof
from worker.languages.python_formatting import ruff_program
from worker.languages.python_harness import environment
from worker.languages.python_repair_harness import is_test
from worker.ports import Sandbox

_SECONDS, _RUFF_SECONDS = 30.0, 10.0
_RULES = "E9,F"
"""What speaks of faults and not of taste."""
_NO_TESTS = 5
"""Exit code of pytest where it found none: a script of assertions is run as such."""


async def proved(broken: Broken, patched: str, sandbox: Sandbox, budget: Budget) -> RepairProof:
    """Run everything on the patched text."""
    paths = tuple(file.path for file in broken.tests if is_test(file.path))
    lint = asyncio.create_task(_is_lint_worse(broken, patched, sandbox))
    try:
        run = await _pytest(broken, patched, paths, sandbox, budget.seed) if paths else None
        is_worse = await lint
    finally:
        lint.cancel()
        await asyncio.gather(lint, return_exceptions=True)
    is_green = run is not None and run.exit_code == 0
    return RepairProof(
        is_passed=(run is None or is_green) and not is_worse,
        command=("pytest", *paths),
        repeats=int(is_green),
        tests=_passed_in(run) if run is not None else 0,
        detail="" if run is None or is_green else _why_not(run),
        is_lint_worse=is_worse,
    )


def files_of(broken: Broken, source: str) -> dict[str, str]:
    """Lay everything out as the sender has it."""
    return {**{file.path: file.text for file in broken.tests}, broken.subject.path: source}


async def _pytest(
    broken: Broken, patched: str, paths: tuple[str, ...], sandbox: Sandbox, seed: int
) -> SandboxOutcome:
    request = SandboxRequest(
        argv=("{python}", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", *paths),
        files=files_of(broken, patched),
        env=environment(seed) | {"PYTHONPATH": "."},
        limits=Limits(wall_seconds=_SECONDS, cpu_seconds=int(_SECONDS)),
    )
    outcome = await sandbox.run(request)
    if outcome.end is SandboxEnd.EXITED and outcome.exit_code == _NO_TESTS:
        scripts = " ".join(f"runpy.run_path({path!r}, run_name='__main__');" for path in paths)
        return await sandbox.run(
            SandboxRequest(
                argv=("{python}", "-c", f"import runpy; {scripts}"),
                files=request.files,
                env=request.env,
                limits=request.limits,
            )
        )
    return outcome


def _passed_in(outcome: SandboxOutcome) -> int:
    match = re.search(r"\b(\d+) passed", outcome.stdout)
    return int(match[1]) if match else 0


def _why_not(outcome: SandboxOutcome) -> str:
    if outcome.end is SandboxEnd.TIMED_OUT:
        return f"the tests were stopped after {outcome.seconds:.0f} s"
    return (outcome.stdout or outcome.stderr)[-2000:]


async def _is_lint_worse(broken: Broken, patched: str, sandbox: Sandbox) -> bool:
    """Whether ruff says more of the patched text than of the broken one, rule by rule; not where it can't say."""
    files = {"before.py": broken.subject.source, "after.py": patched}
    outcome = await _run_ruff(files, ("--output-format", "json"), sandbox)
    try:
        found = json.loads(outcome.stdout) if outcome is not None else []
    except ValueError:
        return False
    said = Counter(
        (str(item["filename"])[-9:], str(item["code"])) for item in found if isinstance(item, dict)
    )
    return any(
        count > said["before.py", rule] for (name, rule), count in said.items() if name.endswith("after.py")
    )


async def fixed_by_ruff(source: str, codes: frozenset[str], sandbox: Sandbox) -> str:
    """Return what `ruff check --fix` makes of a text; the text itself where it changes nothing."""
    rules = ",".join(sorted(codes)) or _RULES
    outcome = await _run_ruff({"subject.py": source}, ("--fix", "--quiet"), sandbox, rules=rules)
    fixed = source if outcome is None else outcome.collected.get("subject.py", source)
    return fixed if source.startswith("\n") else fixed.lstrip("\n")  # what an import at the top leaves behind


async def _run_ruff(
    files: Mapping[str, str], options: tuple[str, ...], sandbox: Sandbox, rules: str = _RULES
) -> SandboxOutcome | None:
    """Run it where it is installed; None where it did not come to its end."""
    program = ruff_program()
    if not program.is_file():
        return None
    outcome = await sandbox.run(
        SandboxRequest(
            argv=(str(program), "check", "--isolated", "--no-cache", "--select", rules, *options, *files),
            files=files,
            env={"RAYON_NUM_THREADS": "1"},
            limits=Limits(wall_seconds=_RUFF_SECONDS, cpu_seconds=int(_RUFF_SECONDS)),
            collect=tuple(files),
        )
    )
    return outcome if outcome.end is SandboxEnd.EXITED else None
