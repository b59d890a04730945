"""The house limits, checked over the product's own files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("automation", "components", "worker")
LONGEST_FILE_LINES = 300
LONGEST_FUNCTION_LINES = 40
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base"}


def product_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_the_limit() -> None:
    scripts = [path for suffix in ("*.mjs", "*.cjs", "*.js") for path in (ROOT / "worker").rglob(suffix)]
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in [*product_files(), *scripts]
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE_LINES} == {}


def test_no_function_is_longer_than_the_limit() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.name} {node.end_lineno - node.lineno + 1}"
        for path in product_files()
        for node in functions(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION_LINES
    ]
    assert long == []


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    stems = {path.stem for path in product_files()}
    classes = {
        node.name.lower()
        for path in product_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    assert (stems | classes) & FORBIDDEN_NAMES == set()


def test_a_package_initialiser_holds_a_docstring_and_nothing_else() -> None:
    for path in product_files():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, path
            assert isinstance(body[0], ast.Expr), path


def test_no_product_file_silences_the_type_checker() -> None:
    silenced = [str(path.relative_to(ROOT)) for path in product_files() if "type: ignore" in path.read_text()]
    assert silenced == []


def test_every_silenced_lint_rule_gives_its_reason() -> None:
    bare = []
    for path in product_files():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if "# noqa" in line and " - " not in line.split("# noqa", 1)[1]:
                bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []


def test_no_module_lies_deeper_than_three_folders() -> None:
    deep = [str(path.relative_to(ROOT)) for path in product_files() if len(path.relative_to(ROOT).parts) > 4]
    allowed = [name for name in deep if name.startswith("worker/languages/harness/")]
    assert [name for name in deep if name not in allowed] == []


def test_no_test_patches_our_own_code() -> None:
    patched = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__)
        and ("mock.patch" in path.read_text() or "monkeypatch.setattr(" in path.read_text())
    ]
    assert patched == []


@pytest.mark.slow
def test_the_import_contracts_hold() -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
