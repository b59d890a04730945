"""A fourth language, as small as one can be: `name(a, b) = expression` on each line, tests of the form `check name(1, 2) is 3`.

It shows what docs/how-to/add-a-language.md asks for, and goes through the contract and the pipeline like the real ones.
"""

import itertools
import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from worker.domain.candidate import (
    Candidate,
    Coverage,
    MutationReport,
    Proof,
    RejectionReason,
    TestOutcome,
)
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Limits, SandboxRequest, Subject, Survey
from worker.domain.job import Job
from worker.ports import Sandbox

_LINE = re.compile(r"(\w+)\(([\w, ]*)\) = (.+)")
_CHECK = re.compile(r"check (\w+)\((.*)\) is (-?\d+)")
_SWAPS = {"+": "-", "-": "+", "*": "+"}
_RUNNER = """
import json, re, sys
task = json.load(sys.stdin)
def answer(source, name, values):
    for line in source.splitlines():
        found = re.fullmatch(r"(\\w+)\\(([\\w, ]*)\\) = (.+)", line)
        if found and found[1] == name:
            return eval(f"lambda {found[2]}: {found[3]}", {"__builtins__": {}})(*values)
for source in task["sources"]:
    for name, values in task["calls"]:
        try:
            print(json.dumps(answer(source, name, values)), flush=True)
        except Exception as error:
            print(json.dumps(str(error)), flush=True)
"""


class CalcLanguage:
    """A `worker.ports.Language`."""

    name = "calc"
    aliases = ("calculator",)

    def subject(self, job: Job) -> Subject:
        stem = PurePosixPath(job.path or "sums").stem
        return Subject(source=job.code, module_name=stem, path=f"{stem}.calc", targets=job.targets)

    def survey(self, subject: Subject) -> Survey:
        named: dict[int, str] = {}
        for number, line in enumerate(subject.source.splitlines(), start=1):
            match = _LINE.fullmatch(line)
            if match is None and line.strip():
                raise SourceRejected(f"line {number}: not of the form name(a, b) = expression")
            if match is not None:
                named[number] = match[1]
        return Survey(targets=tuple(named.values()), executable_lines=frozenset(named))

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        calls = [[name, [1] * len(parameters)] for name, parameters in _functions(subject)]
        for found in await _answers([subject.source], calls, sandbox):
            if not isinstance(found, int):
                raise SourceRejected(f"it can't be worked out: {found}")

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        calls = [
            [name, list(values)]
            for name, parameters in _functions(subject)
            for values in itertools.product((2, 3, 7), repeat=len(parameters))
        ][:50]
        found = await _answers([subject.source], calls, sandbox)
        return "\n".join(
            f"check {name}({', '.join(map(str, values))}) is {value}"
            for (name, values), value in zip(calls, found, strict=True)
            if isinstance(value, int)
        )

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip().startswith("check"))
        return tuple(
            Candidate(
                name=re.sub(r"\W+", " ", line[6:]).strip(), code=line, target=line[6:].partition("(")[0]
            )
            for line in lines
        )

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        return None if _CHECK.fullmatch(candidate.code) else RejectionReason.UNPARSABLE

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        found = await _answers([subject.source], [_call(one) for one in candidates], sandbox)
        lines = {name: number for number, name in enumerate(self.survey(subject).targets, start=1)}
        return tuple(
            TestOutcome(
                name=one.name,
                is_passed=value == _wanted(one),
                detail="" if value == _wanted(one) else f"it is {value}",
                lines=frozenset({lines[one.target]} if one.target in lines else ()),
            )
            for one, value in zip(candidates, found, strict=True)
        )

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        mutants = {
            f"{match.start()} {match[0]} -> {_SWAPS[match[0]]}": subject.source[: match.start()]
            + _SWAPS[match[0]]
            + subject.source[match.end() :]
            for match in re.finditer(r"[-+*]", subject.source)
        }
        found = await _answers(list(mutants.values()), [_call(one) for one in candidates], sandbox)
        killed: dict[str, tuple[str, ...]] = {}
        for number, mutant in enumerate(mutants):
            values = found[number * len(candidates) : (number + 1) * len(candidates)]
            killers = [
                one.name for one, value in zip(candidates, values, strict=True) if value != _wanted(one)
            ]
            if killers:
                killed[mutant] = tuple(killers)
        return MutationReport(total=len(mutants), killed_by=killed)

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        return tuple(candidates)

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        return "".join(f"{one.code}\n" for one in candidates)

    def test_path(self, subject: Subject) -> str:
        return f"{subject.module_name}.check"

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        outcomes = await self.run(subject, candidates, sandbox, budget)
        survey, covered = self.survey(subject), {line for one in outcomes for line in one.lines}
        return Proof(
            is_passed=bool(outcomes) and all(one.is_passed for one in outcomes),
            command=("calc", self.test_path(subject)),
            coverage=Coverage(
                lines_covered=len(covered),
                lines_total=len(survey.executable_lines),
                covered_lines=tuple(sorted(covered)),
                missed_lines=tuple(sorted(survey.executable_lines - covered)),
            ),
            detail="\n".join(f"{one.name}: {one.detail}" for one in outcomes if not one.is_passed),
        )


def _functions(subject: Subject) -> list[tuple[str, list[str]]]:
    found = [_LINE.fullmatch(line) for line in subject.source.splitlines()]
    return [(one[1], [part for part in one[2].split(",") if part.strip()]) for one in found if one]


def _call(candidate: Candidate) -> list[Any]:
    match = _CHECK.fullmatch(candidate.code)
    return [match[1], json.loads(f"[{match[2]}]")] if match else ["", []]


def _wanted(candidate: Candidate) -> int | None:
    match = _CHECK.fullmatch(candidate.code)
    return int(match[3]) if match else None


async def _answers(sources: Sequence[str], calls: Sequence[Any], sandbox: Sandbox) -> list[Any]:
    """Work everything out in the sandbox; what it did not come to is none."""
    outcome = await sandbox.run(
        SandboxRequest(
            argv=("{python}", "-I", "runner.py"),
            files={"runner.py": _RUNNER},
            stdin=json.dumps({"sources": list(sources), "calls": list(calls)}),
            limits=Limits(wall_seconds=5),
        )
    )
    found = [json.loads(line) for line in outcome.stdout.splitlines()]
    return [*found, *([None] * (len(sources) * len(calls) - len(found)))]
