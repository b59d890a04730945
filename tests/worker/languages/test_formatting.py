"""Laying out by prettier: a help, never a condition."""

import shutil

import pytest

from worker.languages.formatting import Prettier
from worker.languages.javascript_process import node_package
from worker.sandboxes.process import ProcessSandbox

UGLY = "test( 'a' , ()=>{ assert.equal(1,1) } )"


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


async def test_without_the_package_the_text_stays_as_it_is(sandbox, tmp_path):
    prettier = Prettier(tmp_path / "nowhere")
    assert not prettier.is_present
    assert await prettier.format(UGLY, "a.test.js", sandbox) == UGLY
    assert prettier.formatted(UGLY) == UGLY


needs_package = pytest.mark.skipif(
    shutil.which("node") is None or not node_package("prettier").exists(),
    reason="needs the packages of tools/node",
)


@pytest.mark.slow
@needs_package
async def test_a_text_is_laid_out_and_remembered(sandbox):
    prettier = Prettier()
    wanted = "test('a', () => {\n  assert.equal(1, 1);\n});\n"
    assert prettier.formatted(UGLY) == UGLY
    assert await prettier.format(UGLY, "a.test.mjs", sandbox) == wanted
    assert prettier.formatted(UGLY) == wanted


@pytest.mark.slow
@needs_package
@pytest.mark.parametrize("text", ["const = ;", "\x00", "(" * 20000, "`" * 11])
async def test_what_prettier_can_not_read_stays_as_it_is(text, sandbox):
    assert await Prettier().format(text, "a.test.mts", sandbox) == text
