"""A job may ask for a part of a module."""

import pytest

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.languages.python import PythonLanguage
from worker.sandboxes.process import ProcessSandbox

SOURCE = """\
def double(n: int) -> int:
    return 2 * n


def triple(n: int) -> int:
    if n > 100:
        return -1
    return 3 * n


class Box:
    def __init__(self, size: int) -> None:
        self.size = size

    def area(self) -> int:
        return self.size * self.size
"""


def subject(*targets: str) -> Subject:
    return Subject(source=SOURCE, module_name="parts", path="parts.py", targets=targets)


def test_a_survey_lists_only_what_was_asked_for():
    language = PythonLanguage()
    assert language.survey(subject("triple")).targets == ("triple",)
    assert language.survey(subject("Box")).targets == ("Box.__init__", "Box.area")
    assert language.survey(subject("Box.area", "double")).targets == ("double", "Box.area")
    assert language.survey(subject("triple")).executable_lines == {5, 6, 7, 8}


def test_what_is_not_there_is_told():
    with pytest.raises(SourceRejected, match="none of quadruple"):
        PythonLanguage().survey(subject("quadruple"))


@pytest.mark.slow
async def test_only_what_was_asked_for_is_explored_and_counted():
    language, sandbox = PythonLanguage(), ProcessSandbox()
    part = subject("triple")
    text = await language.explore(part, sandbox, Budget(seconds=2))
    kept = language.name_kept(language.candidates_in(text, part))
    assert {one.target for one in kept} == {"triple"}
    proof = await language.prove(part, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    assert set(proof.coverage.covered_lines) | set(proof.coverage.missed_lines) == {5, 6, 7, 8}
    assert proof.coverage.branch_lines == ((6, 2, 2),)
    sandbox.close()
