"""Writing the test file that a developer keeps."""

import re
from collections.abc import Sequence

from worker.domain.candidate import Candidate
from worker.domain.exchange import Subject
from worker.languages.python_survey import accelerators

_HEADER = '''"""Tests of {path}.

{oracle}
Run them with `pytest {test_path}` in this folder.
"""
'''
_OBSERVED = """The expected values were observed by running the code: this file asserts current behaviour, not intended behaviour.
A test that fails after a change shows what the change did; whether that is right is for you to say."""
_PROPOSED = "An engine proposed the tests; each was run repeatedly against the code before it was kept."

_NOT_LAID_OUT = "\nThey are not laid out by `ruff format`: it was missing where they were written."

_LOADER = """
def _load():
    \"\"\"Load the file beside this one, even where another module has its name.\"\"\"
    spec = importlib.util.spec_from_file_location("{name}", pathlib.Path(__file__).with_name("{path}"))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("{name}", module)
{execute}
    return module


{name} = _load()
"""
_EXECUTE = "    spec.loader.exec_module(module)"
_EXECUTE_WITHOUT = """    # what would replace the code of this file is left out, so that the code of this file is what runs
    with mock.patch.dict(sys.modules, dict.fromkeys({without!r})):
        spec.loader.exec_module(module)"""


def test_path(subject: Subject) -> str:
    """File name of the tests."""
    return f"test_{subject.module_name}.py"


def write_test_file(subject: Subject, candidates: Sequence[Candidate], *, is_laid_out: bool = True) -> str:
    """Write header, imports, loader and the tests; the header tells where no formatter will lay it out."""
    without = accelerators(subject.source)
    is_observed = any(candidate.oracle == "characterization" for candidate in candidates)
    header = _HEADER.format(
        path=subject.path,
        test_path=test_path(subject),
        oracle=(_OBSERVED if is_observed else _PROPOSED) + ("" if is_laid_out else _NOT_LAID_OUT),
    )
    needed = [line for candidate in candidates for line in candidate.imports]
    bindings = sorted({line for line in needed if not _is_import(line)})
    imports = {line for line in needed if _is_import(line)} | {
        "import importlib.util",
        "import pathlib",
        "import sys",
    }
    if without:
        imports.add("from unittest import mock")
    execute = _EXECUTE_WITHOUT.format(without=without) if without else _EXECUTE
    loader = _LOADER.format(name=subject.module_name, path=subject.path, execute=execute)
    parts = [
        header + _sorted_imports(imports),
        loader.strip("\n") + "".join(f"\n{line}" for line in bindings),
    ]
    return "\n\n".join([*parts, *(_test_text(candidate) for candidate in candidates)]) + "\n"


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


def _sorted_imports(imports: set[str]) -> str:
    plain = [line for line in imports if "pytest" not in line]
    third = [line for line in imports if "pytest" in line]
    ordered = ["", *sorted(plain, key=lambda line: (line.startswith("from "), line))]
    return "\n".join([*ordered, *(["", *sorted(third)] if third else [])]) + "\n"


def _test_text(candidate: Candidate) -> str:
    return "\n" + re.sub(r"\n{3,}", "\n\n", candidate.code.strip("\n"))
