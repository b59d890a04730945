"""Laying out by ruff: a help, never a condition, and told where it is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.domain.candidate import Candidate
from worker.domain.exchange import Budget, Subject
from worker.languages.python import PythonLanguage
from worker.languages.python_formatting import Ruff
from worker.sandboxes.process import ProcessSandbox

UGLY = "def test_a( ):\n    assert  {'a':1} == { 'a' : 1 }\n"
NEAT = 'def test_a():\n    assert {"a": 1} == {"a": 1}\n'
SUBJECT = Subject(source="def f(a):\n    return {'a': a}\n", module_name="made", path="made.py")
TESTS = [Candidate(name="test_f", code="def test_f():\n    assert made.f( 1 ) == {'a': 1}\n")]


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    box = ProcessSandbox()
    yield box
    box.close()


async def test_without_the_program_the_text_stays_and_the_file_says_so(sandbox, tmp_path: Path):
    ruff = Ruff(tmp_path / "nowhere")
    assert not ruff.is_present
    assert await ruff.format(UGLY, "test_a.py", sandbox) == UGLY
    text = PythonLanguage(ruff).assemble(SUBJECT, TESTS)
    assert "not laid out by `ruff format`" in text
    assert "not laid out" not in PythonLanguage().assemble(SUBJECT, TESTS)


@pytest.mark.slow
async def test_a_text_is_laid_out_and_remembered(sandbox):
    ruff = Ruff()
    assert ruff.formatted(UGLY) == UGLY
    assert await ruff.format(UGLY, "test_a.py", sandbox) == NEAT
    assert ruff.formatted(UGLY) == NEAT


@pytest.mark.slow
@pytest.mark.parametrize("text", ["def f(:\n", "\x00", "(" * 3000])
async def test_what_ruff_can_not_read_stays_as_it_is(text: str, sandbox):
    assert await Ruff().format(text, "test_a.py", sandbox) == text


@pytest.mark.slow
async def test_what_was_proved_is_what_is_returned_laid_out(sandbox):
    language = PythonLanguage()
    assert (await language.prove(SUBJECT, TESTS, sandbox, Budget(seconds=20))).is_passed
    text = language.assemble(SUBJECT, TESTS)
    assert 'assert made.f(1) == {"a": 1}' in text
    assert await Ruff().format(text, "test_made.py", sandbox) == text
