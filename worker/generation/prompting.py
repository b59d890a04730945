"""The prompt for engines that read text; the wording is in `prompts/`, one file for each language."""

from importlib import resources
from string import Template

from worker.domain.exchange import Subject, Survey

MAXIMUM_TARGETS = 30
"""Named in a prompt; a small model loses sight of more."""


class Prompts:
    """Writes prompts. A placeholder without a value is an error, never an empty spot."""

    def __init__(self) -> None:
        folder = resources.files("worker.generation").joinpath("prompts")
        self._templates = {
            file.name.removesuffix(".md"): Template(file.read_text(encoding="utf-8"))
            for file in folder.iterdir()
            if file.name.endswith(".md")
        }

    def for_tests(self, language: str, subject: Subject, survey: Survey) -> str:
        """Ask for tests of a subject."""
        return self._templates[language].substitute(
            module=subject.module_name,
            path=subject.path,
            code=subject.source.rstrip(),
            targets=", ".join(survey.targets[:MAXIMUM_TARGETS]),
        )
