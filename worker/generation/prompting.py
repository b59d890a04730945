"""The prompts for engines that read text; the wording is in `prompts/`: a file for each language, and one for asking again.

All files together have a version, the digest of their text: what a prompt brought is only comparable with what the same prompt brings.
"""

import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources
from string import Template

from worker.domain.candidate import RejectionReason, Verdict
from worker.domain.exchange import Subject, Survey

MAXIMUM_TARGETS = 30
"""Named in a prompt; a small model loses sight of more."""
MAXIMUM_FAILURES, MAXIMUM_UNCOVERED = 4, 12
"""Shown when an engine is asked again, likewise."""
_AGAIN = "again"
_LONGEST_TEST, _LONGEST_DETAIL = 500, 200
_TOLD = {
    RejectionReason.FAILED: "fails",
    RejectionReason.TIMED_OUT: "takes too long",
    RejectionReason.UNPARSABLE: "can't be read",
    RejectionReason.ASSERTS_NOTHING: "asserts nothing",
    RejectionReason.TAUTOLOGY: "passes whatever the code does",
    RejectionReason.ACCIDENTAL: "asserts an address, a time or memory, which is no behaviour",
}
"""What an engine can learn from; that another test does the same already it can't know."""


class Prompts:
    """Writes prompts. A placeholder without a value is an error, never an empty spot."""

    def __init__(self) -> None:
        folder = resources.files("worker.generation").joinpath("prompts")
        texts = {
            file.name.removesuffix(".md"): file.read_text(encoding="utf-8")
            for file in folder.iterdir()
            if file.name.endswith(".md")
        }
        self._templates = {name: Template(text) for name, text in texts.items()}
        whole = "\0".join(f"{name}\0{texts[name]}" for name in sorted(texts))
        self._version = hashlib.sha256(whole.encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """Digest of all prompts, 12 hex digits."""
        return self._version

    def for_tests(self, language: str, subject: Subject, survey: Survey) -> str:
        """Ask for tests of a subject."""
        return self._templates[language].substitute(
            module=subject.module_name,
            path=subject.path,
            code=subject.source.rstrip(),
            targets=", ".join(survey.ranked[:MAXIMUM_TARGETS]),
        )

    def again(self, rejected: Iterable[Verdict], uncovered: Sequence[tuple[int, str]]) -> str:
        """Say what came of the answers so far: tests that failed, and the lines (number, text) that no test runs."""
        return self._templates[_AGAIN].substitute(
            failures=_failures(rejected),
            uncovered=_uncovered(uncovered),
        )


def _failures(rejected: Iterable[Verdict]) -> str:
    shown = [verdict for verdict in rejected if verdict.rejection in _TOLD][-MAXIMUM_FAILURES:]
    return "".join(
        f"\nThis one {_TOLD[verdict.rejection]}{_because(verdict.detail)}:\n```\n{verdict.candidate.code.strip()[:_LONGEST_TEST]}\n```\n"
        for verdict in shown
        if verdict.rejection is not None
    )


def _because(detail: str) -> str:
    line = " ".join(detail.split())
    return f" ({line[:_LONGEST_DETAIL]})" if line else ""


def _uncovered(lines: Sequence[tuple[int, str]]) -> str:
    if not lines:
        return ""
    shown = "".join(f"\n{number}: {text.strip()}" for number, text in lines[:MAXIMUM_UNCOVERED])
    return f"\nNo test runs these lines yet:\n```{shown}\n```\n"
