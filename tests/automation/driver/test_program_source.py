"""The program as files: its digest, its commit, and an earlier one laid out beside the work tree."""

import subprocess
from pathlib import Path

import pytest

from automation.driver.program_source import commit_of, digest_of, earlier_program
from automation.errors import Diagnostic


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.email=a@example.com", "-c", "user.name=a")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for part in ("components", "worker/domain"):
        (root / part).mkdir(parents=True)
        (root / part / "one.py").write_text("A = 1\n")
    (root / "Pulumi.yaml").write_text("name: p\n")
    (root / "__main__.py").write_text("A = 1\n")
    (root / "README.md").write_text("words\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return root


def test_only_files_of_the_program_change_its_digest(root: Path) -> None:
    before = digest_of(root)
    (root / "README.md").write_text("other words\n")
    (root / "components" / "__pycache__").mkdir()
    (root / "components" / "__pycache__" / "one.py").write_text("")
    assert digest_of(root) == before
    (root / "components" / "one.py").write_text("A = 2\n")
    assert digest_of(root) != before


def test_a_renamed_file_changes_the_digest(root: Path) -> None:
    before = digest_of(root)
    (root / "components" / "one.py").rename(root / "components" / "two.py")
    assert digest_of(root) != before


def test_a_program_with_changes_has_no_commit_and_changes_elsewhere_do_not_matter(root: Path) -> None:
    (root / "README.md").write_text("other words\n")
    assert len(commit_of(root)) == 40
    (root / "components" / "new.py").write_text("")
    assert commit_of(root) == ""


def test_a_folder_that_is_no_repository_has_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""


def test_an_earlier_program_is_laid_out_and_the_work_tree_is_left_alone(root: Path, tmp_path: Path) -> None:
    first, digest = commit_of(root), digest_of(root)
    (root / "components" / "one.py").write_text("A = 2\n")
    git(root, "commit", "-q", "-am", "two")
    with earlier_program(root, first, scratch=tmp_path / "scratch") as folder:
        assert digest_of(folder) == digest
        assert (folder / "components" / "one.py").read_text() == "A = 1\n"
    assert not folder.exists()
    assert (root / "components" / "one.py").read_text() == "A = 2\n"


def test_a_commit_that_is_not_here_is_a_fault_with_a_way_out(root: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(Diagnostic, match="not in this repository") as fault,
        earlier_program(root, "0" * 40, scratch=tmp_path),
    ):
        pytest.fail("there is no such program")
    assert "--keep-program" in fault.value.next_step
