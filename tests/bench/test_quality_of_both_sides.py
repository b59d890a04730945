"""The peer runs apart and bounded, the modules are the same for both sides, and the totals pool what was measured."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.generation_quality import totals
from bench.quality.peer import Pynguin
from bench.quality.subjects import MODULES, Subject, spread, stdlib_modules, without_accelerators
from bench.quality.suites import Row

SUBJECT = Subject(name="a", module="a", correct="def a():\n    return 1\n")
ROW = Row(
    set="python",
    maker="ours",
    subject="a",
    seconds=1.0,
    note="",
    is_made=True,
    is_valid=True,
    is_timed_out=False,
    tests=2,
    xfail=0,
    dropped=0,
    branches_taken=9,
    branches=10,
    killed=3,
    mutants=4,
    is_bug_noticed=True,
    repeats=20,
    failed_repeats=0,
    load=1.0,
    own_account=None,
)


def stand_in(folder: Path, body: str) -> Path:
    """Write a program that is called as Pynguin is."""
    program = folder / "peer"
    head = f"#!{sys.executable}\nimport os, pathlib, sys, time\nout = pathlib.Path(sys.argv[sys.argv.index('--output-path') + 1])\n"
    program.write_text(head + body)
    program.chmod(0o755)
    return program


def is_running(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def peer(program: Path, limit_seconds: float) -> Pynguin:
    return Pynguin(program=program, search_seconds=lambda _: 10.4, limit_seconds=limit_seconds)


@pytest.mark.slow
async def test_the_peer_gets_the_module_alone_and_its_file_is_the_suite(tmp_path: Path) -> None:
    body = """
project = pathlib.Path(sys.argv[sys.argv.index('--project-path') + 1])
assert os.environ['PYNGUIN_DANGER_AWARE'] == '1'
out.mkdir()
seen = [[path.name for path in project.iterdir()], sys.argv[sys.argv.index('--maximum-search-time') + 1]]
(out / 'test_a.py').write_text(f'SEEN = {seen}')
"""
    made = await peer(stand_in(tmp_path, body), 60).make(SUBJECT)
    assert made.suite is not None
    assert made.suite.content == "SEEN = [['a.py'], '10']"
    assert (made.suite.path, made.suite.subject_path) == ("test_a.py", "a.py")
    assert (made.note, made.is_timed_out) == ("", False)


@pytest.mark.slow
async def test_a_peer_that_never_ends_is_ended_with_its_workers_and_what_it_wrote_counts(
    tmp_path: Path,
) -> None:
    told = tmp_path / "worker"
    body = f"""
out.mkdir()
(out / 'test_a.py').write_text('pass')
child = os.fork()
if child:
    pathlib.Path({str(told)!r}).write_text(str(child))
time.sleep(1000)
"""
    made = await peer(stand_in(tmp_path, body), 3).make(SUBJECT)
    assert made.is_timed_out
    assert made.suite is not None
    assert not is_running(int(told.read_text()))


@pytest.mark.slow
async def test_a_peer_that_fails_leaves_no_suite_and_its_last_words(tmp_path: Path) -> None:
    made = await peer(stand_in(tmp_path, "sys.exit('no worker started')"), 60).make(SUBJECT)
    assert made.suite is None
    assert made.note == "exit 1: no worker started"


def test_code_that_c_would_replace_is_what_both_sides_get() -> None:
    source = """
def a(): pass
try:
    from _a import a
except ImportError:
    pass
try:
    from _b import b
finally:
    pass
try:
    import c
except ImportError:
    c = None
"""
    left = without_accelerators(source)
    assert "_a" not in left
    assert "_b" in left
    assert "import c" in left


def test_ten_modules_have_names_of_their_own_and_load_without_their_accelerators() -> None:
    modules = stdlib_modules()
    assert [one.module for one in modules] == [f"ddf_{name}" for name in MODULES]
    assert len(modules) == 10
    for one in modules:
        space = {"__name__": one.module}
        sys.modules[one.module] = type(sys)(one.module)  # as an import would
        try:
            exec(compile(one.correct, one.module, "exec"), space)
        finally:
            del sys.modules[one.module]
        assert not [
            node.module
            for node in ast.walk(ast.parse(one.correct))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("_")
        ]


def test_a_sample_is_spread_over_all() -> None:
    subjects = [replace(SUBJECT, name=str(number)) for number in range(10)]
    assert [one.name for one in spread(subjects, 4)] == ["0", "2", "5", "7"]
    assert spread(subjects, 99) == subjects


def test_branches_and_mutants_are_pooled_and_their_difference_is_the_gap() -> None:
    (found,) = totals(
        [
            ROW,
            replace(
                ROW, subject="b", branches_taken=0, branches=2, killed=0, mutants=12, is_bug_noticed=False
            ),
        ]
    )
    assert (found.branch_ratio, found.mutation_score) == (9 / 12, 3 / 16)
    assert found.oracle_gap == 9 / 12 - 3 / 16
    assert found.bugs_noticed == 1


def test_what_the_peer_did_not_get_is_not_in_the_line_beside_it() -> None:
    rows = [ROW, replace(ROW, subject="b", killed=0), replace(ROW, maker="pynguin", killed=1)]
    found = {one.maker: one.mutation_score for one in totals(rows)}
    assert found == {"ours": 3 / 8, "ours, sample": 3 / 4, "pynguin": 1 / 4}


def test_a_missing_suite_counts_as_nothing_and_is_left_out_of_the_lines_for_what_both_made() -> None:
    nothing = {"is_made": False, "branches_taken": 0, "killed": 0}
    rows = [ROW, replace(ROW, subject="b")]
    rows += [replace(row, maker="pynguin") for row in rows]
    rows[3] = replace(rows[3], **nothing)
    found = {one.maker: (one.suites, one.mutation_score) for one in totals(rows)}
    assert found == {
        "ours": (2, 3 / 4),
        "pynguin": (1, 3 / 8),
        "ours, both made": (1, 3 / 4),
        "pynguin, both made": (1, 3 / 4),
    }


def test_a_subject_without_buggy_twin_tells_nothing_of_bugs() -> None:
    (found,) = totals([replace(ROW, is_bug_noticed=None)])
    assert found.bugs_noticed is None
