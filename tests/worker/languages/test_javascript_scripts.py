"""What is laid out for a run of the harness: the scripts that it loads, and no others."""

import re
from importlib.resources import files

import pytest

from tests.fakes.sandbox import FakeSandbox
from worker.languages.javascript_process import run_node

SCRIPTS = sorted(
    one.name for one in files("worker.languages.harness.javascript").iterdir() if one.name.endswith(".cjs")
)


async def laid_out(*scripts: str, **work_files: str) -> dict[str, str]:
    sandbox = FakeSandbox()
    await run_node(["a.js"], sandbox, seconds=1.0, work_files=work_files, scripts=scripts)
    return dict(sandbox.requests[0].files)


@pytest.mark.parametrize("script", SCRIPTS)
async def test_all_that_a_script_loads_lies_beside_it(script: str) -> None:
    found = await laid_out(script)
    assert f"harness/{script}" in found
    for text in found.values():
        for name in re.findall(r"""require\(['"`]\.+/([^'"`]+)['"`]\)""", text):
            assert f"harness/{name}" in found, name


async def test_what_is_not_loaded_is_not_written() -> None:
    assert set(await laid_out("repair-lint.cjs")) == {
        f"harness/{name}" for name in ("package.json", "repair-lint.cjs", "lint-rules.cjs", "runtime.cjs")
    }


async def test_what_a_script_of_another_folder_loads_lies_beside_it_too() -> None:
    own = {"harness/own.cjs": "require('./values.cjs');", "a.js": "require('./clock.cjs');"}
    found = await laid_out(**own)
    assert {"harness/own.cjs", "harness/values.cjs", "a.js"} <= set(found)
    assert "harness/clock.cjs" not in found


async def test_a_file_of_the_job_never_takes_the_place_of_one_of_ours() -> None:
    """The runtime reads the word by which a report is believed."""
    hostile = {
        "harness/runtime.cjs": "forge();",
        "harness/package.json": "{}",
        "harness/repair.cjs": "forge();",
    }
    found = await laid_out("repair.cjs", **hostile)
    assert set(hostile) <= set(found)
    assert not [name for name in hostile if found[name] == hostile[name]]
