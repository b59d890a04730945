"""Making a fix job of files, and applying what comes back."""

from pathlib import Path
from typing import Any

import pytest

from automation.errors import UsageFault
from automation.fleet.fixing import FixRequest, apply, fix_job
from tests.automation.fleet.test_sources import git
from worker.domain.job import Job, JobKind


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/prices.py": "from shop.rates import RATE\n\n\ndef total(prices):\n    return sum(prices)\n",
        "src/shop/rates.py": "RATE = 1\n",
        "src/shop/unused.py": "x = 1\n",
        "tests/conftest.py": "import pytest\n",
        "tests/test_prices.py": "from shop.prices import total\nimport tests.given\n",
        "tests/given.py": "DATA = 1\n",
        "web/sum.js": 'import { one } from "./one.js";\n',
        "web/one.js": "export const one = 1;\n",
        "web/sum.test.js": 'import { sum } from "./sum.js";\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def made(root: Path, path: str, *tests: str, **given: Any) -> Job:
    return fix_job(FixRequest(path=root / path, tests=tests, root=root, **given))


@pytest.mark.parametrize(
    "test",
    ["tests/test_prices.py", "tests", "pytest -q tests/test_prices.py::test_total", "python -m pytest tests"],
)
def test_the_tests_come_along_with_what_they_and_the_code_import(root: Path, test: str) -> None:
    job = made(root, "src/shop/prices.py", test)
    assert (job.kind, job.language, job.path) == (JobKind.FIX, "python", "src/shop/prices.py")
    paths = {file.path for file in job.tests}
    assert {"tests/test_prices.py", "tests/conftest.py", "tests/given.py", "src/shop/rates.py"} <= paths
    assert not paths & {"src/shop/prices.py", "src/shop/unused.py"}


def test_a_script_brings_what_it_imports_by_a_relative_path(root: Path) -> None:
    job = made(root, "web/sum.js", "node --test web/sum.test.js")
    assert {file.path for file in job.tests} == {"web/sum.test.js", "web/one.js"}


def test_a_script_brings_the_nearest_settings_of_eslint_that_are_data(root: Path) -> None:
    for name in (".eslintrc.json", "web/.eslintrc.json", "web/eslint.config.js", "web/.eslintrc.cjs"):
        (root / name).write_text("{}")
    told = "web/sum.js: line 1, col 1, Error - Missing semicolon. (semi)"
    assert {file.path for file in made(root, "web/sum.js", log=told).tests} == {
        "web/one.js",
        "web/.eslintrc.json",
    }
    (root / "web/.eslintrc.json").unlink()
    assert ".eslintrc.json" in {file.path for file in made(root, "web/sum.js", log=told).tests}
    inner = fix_job(FixRequest(path=root / "web/sum.js", tests=(), root=root / "web", log=told))
    assert {file.path for file in inner.tests} == {"one.js"}
    assert not [file for file in made(root, "src/shop/prices.py", log=told).tests if "eslint" in file.path]


def test_a_log_alone_is_enough_and_its_secrets_stay_here(root: Path) -> None:
    job = made(root, "src/shop/prices.py", log="password=hunter2hunter2\nE   AssertionError")
    assert "AssertionError" in job.log
    assert "hunter2" not in job.log
    assert {file.path for file in job.tests} == {"src/shop/rates.py", "src/shop/__init__.py"}


@pytest.mark.parametrize(
    ("path", "tests", "why"),
    [
        ("src/shop/prices.py", (), "neither a test"),
        ("src/shop/prices.py", ("make all",), "names no file"),
        ("src/shop/prices.py", ("'open quote",), "closing quotation"),
        ("tests/absent.py", ("tests",), "no such file"),
    ],
)
def test_what_can_not_be_sent_is_named(root: Path, path: str, tests: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageFault) as caught:
        made(root, path, *tests)
    assert why.lower() in caught.value.why.lower()


def test_a_patch_is_written_over_the_text_that_was_sent_and_keeps_its_mark_and_line_ends(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    apply(path, sent="x = 1\r\n", patched="x = 2\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfx = 2\r\n"


def test_a_file_that_was_changed_since_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 3\n")
    with pytest.raises(UsageFault, match="has changed"):
        apply(path, sent="x = 1\n", patched="x = 2\n")
    assert path.read_text() == "x = 3\n"


@pytest.mark.parametrize("children", [None, 0, 3])
def test_how_many_children_are_wanted_goes_along(root: Path, children: int | None) -> None:
    assert made(root, "src/shop/prices.py", "tests", children=children).children == children


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-q", "-m", "more")


def test_the_lines_that_were_changed_last_are_told_by_hand_or_by_the_last_commit_of_the_file(
    root: Path,
) -> None:
    path, name = root / "src/shop/prices.py", "src/shop/prices.py"
    assert made(root, name, "tests").changed_lines == ()  # git knows nothing here
    git(root, "init", "-q")
    assert made(root, name, "tests").changed_lines == ()
    commit(root)
    assert made(root, name, "tests").changed_lines == ()  # all of it is new
    path.write_text(path.read_text().replace("sum(", "max("))
    commit(root)
    (root / "src/shop/rates.py").write_text("RATE = 2\n")
    commit(root)
    assert made(root, name, "tests").changed_lines == (5,)
    path.write_text("# Prices.\n" + path.read_text())
    assert made(root, name, "tests").changed_lines == (1,)


def test_a_file_that_was_written_anew_has_no_lines_that_were_changed_last(root: Path) -> None:
    git(root, "init", "-q")
    commit(root)
    path = root / "src/shop/prices.py"
    path.write_text(path.read_text() + "x = 1\n" * 2_001)
    assert made(root, "src/shop/prices.py", "tests").changed_lines == ()


def test_no_program_that_a_work_tree_names_is_run_to_learn_what_was_changed(
    root: Path, tmp_path: Path
) -> None:
    git(root, "init", "-q")
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    commit(root)
    for name in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
    ):
        git(root, "config", name, f"touch {tmp_path}/ran; cat")
    path = root / "src/shop/prices.py"
    path.write_text(path.read_text().replace("sum(", "max("))
    assert made(root, "src/shop/prices.py", "tests").changed_lines == (5,)
    assert not (tmp_path / "ran").exists()
