"""ESLint as setup packs it: what V8 compiled is taken, and the same is said as without."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.worker.languages.linting import job_of, logged
from worker.languages.javascript_process import HEAP_MEBIBYTES, node_package
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.javascript_repair_lint import PACKED, EsLint
from worker.sandboxes.process import ProcessSandbox

ESLINT = node_package("eslint")
HERE = ESLINT.parents[1] / PACKED
UNPACKED = ESLINT.parent / "espree" / ".." / "eslint"
"""The same package, where no pack is looked for."""
ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
    pytest.mark.skipif(not ESLINT.exists(), reason="needs the packages of tools/node"),
]
SOUND = "const f = (a) => a;\nmodule.exports = { f };\n"
IDLE = "const f = (a) => { const b = a; if (a = 1) return a; debugger; };\nmodule.exports = { f };\n"
LOG = logged((1, 1, "Unexpected var, use let or const instead", "no-var"))
TAKEN = """
const { Script } = require('node:vm');
const { readFileSync } = require('node:fs');
const { wrap } = require('node:module');
const cachedData = readFileSync(`${process.argv[1]}.compiled`);
console.log(new Script(wrap(readFileSync(process.argv[1], 'utf8')), { filename: process.argv[1], cachedData }).cachedDataRejected);
"""


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def test_what_was_compiled_at_setup_is_taken_by_node_as_the_harness_starts_it():
    flags = ["--experimental-vm-modules", f"--max-old-space-size={HEAP_MEBIBYTES}"]
    done = subprocess.run(["node", *flags, "-e", TAKEN, HERE], capture_output=True, text=True, check=True)
    assert done.stdout == "false\n"


def test_setup_and_the_image_compile_it_for_the_heap_that_the_harness_has():
    for place in ("tools/setup.sh", "worker/Dockerfile"):
        heaps = re.findall(r"--max-old-space-size=(\d+) \S*pack\.cjs", (ROOT / place).read_text())
        assert heaps == [str(HEAP_MEBIBYTES)], place


@pytest.mark.parametrize(("before", "after"), [(SOUND, IDLE), (IDLE, SOUND), (IDLE, IDLE), (SOUND, SOUND)])
async def test_the_packed_linter_says_what_the_package_says(sandbox, before, after):
    broken = JavaScriptRepair().broken(job_of(before, log=LOG))
    packed, plain = [
        await EsLint(package).compared(broken, after, sandbox, is_own=False) for package in (ESLINT, UNPACKED)
    ]
    assert packed == plain
    assert packed is not None
    assert bool(packed.worse) == (before is SOUND and after is IDLE)


async def test_the_packed_linter_mends_what_the_package_mends(sandbox):
    broken = JavaScriptRepair().broken(job_of(SOUND.replace("const", "var"), log=LOG))
    packed, plain = [await EsLint(package).mendings(broken, sandbox) for package in (ESLINT, UNPACKED)]
    assert packed == plain
    assert [one.text for one in packed] == [SOUND.replace("const", "let")]
