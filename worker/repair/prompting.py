"""The prompt for engines that read text; the wording is in `prompts/`. What a test or a log says is shown as material and fenced off."""

import hashlib
from importlib import resources
from string import Template

from worker.domain.diagnosis import Diagnosis
from worker.domain.repair import Broken

_LOCATIONS, _FINDINGS = 5, 4
_LONGEST_TEST, _LONGEST_MESSAGE = 4000, 300


class RepairPrompts:
    """Writes prompts. A placeholder without a value is an error, never an empty spot."""

    def __init__(self) -> None:
        folder = resources.files("worker.repair").joinpath("prompts")
        text = folder.joinpath("fix.md").read_text(encoding="utf-8")
        self._template = Template(text)
        self._version = hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """Digest of the prompt, 12 hex digits."""
        return self._version

    def for_fix(self, language: str, broken: Broken, diagnosis: Diagnosis) -> str:
        """Ask for a patch."""
        return self._template.substitute(
            language=language,
            path=broken.subject.path,
            code=broken.subject.source.rstrip(),
            summary=_one_line(diagnosis.summary),
            messages="".join(
                f"\n- {_one_line(finding.message)}" for finding in diagnosis.findings[:_FINDINGS]
            ),
            places=_places(broken, diagnosis),
            tests="\n\n".join(file.text.strip() for file in broken.tests)[:_LONGEST_TEST],
        )


def _places(broken: Broken, diagnosis: Diagnosis) -> str:
    lines = broken.subject.source.splitlines()
    return "".join(
        f"\n{each.line}: {lines[each.line - 1].strip()}"
        for each in diagnosis.locations[:_LOCATIONS]
        if 0 < each.line <= len(lines)
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_MESSAGE].replace("```", "'''")
