"""The pre-push hook, run by git itself against a bare repository, with a program in the driver's place that notes what it is asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOOK = Path(__file__).resolve().parents[2] / "tools" / "pre-push.sh"
DRIVER = """#!/bin/sh
echo "$@" >> "$NOTES"
cat > /dev/null
exit "${DRIVER_EXIT:-0}"
"""


class Clone:
    def __init__(self, place: Path) -> None:
        self.notes, self.tree = place / "notes", place / "tree"
        driver = place / "driver"
        driver.write_text(DRIVER)
        driver.chmod(0o755)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "GIT_CONFIG_NOSYSTEM": "1",
            "NOTES": str(self.notes),
            "DDF_DRIVER": str(driver),
            **{
                f"GIT_{who}_{what}": "a@b.example"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        self.git("init", "-q", "--bare", "-b", "main", str(place / "remote"), at=place)
        self.git("clone", "-q", str(place / "remote"), str(self.tree), at=place)
        self.commit("main")
        self.git("push", "-q", "origin", "HEAD:main")
        hook = self.tree / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.symlink_to(HOOK)

    def git(self, *words: str, at: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *words],
            cwd=at or self.tree,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def commit(self, text: str) -> str:
        (self.tree / "a file.py").write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", text)
        return self.git("rev-parse", "HEAD").stdout.strip()

    def asked(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []


@pytest.fixture
def clone(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("needs git")
    return Clone(tmp_path)


def test_a_push_sends_what_it_brings(clone):
    before = clone.git("rev-parse", "HEAD").stdout.strip()
    after = clone.commit("two")
    assert clone.git("push", "-q", "origin", "HEAD:main", DDF_ENV="local").returncode == 0
    assert clone.asked() == [f"submit --env local --range {before}..{after} --watch --write generated-tests"]


def test_a_new_branch_is_compared_with_where_it_left_the_default_one(clone):
    base = clone.git("rev-parse", "HEAD").stdout.strip()
    clone.commit("two")
    after = clone.commit("three")
    clone.git("push", "-q", "origin", "HEAD:refs/heads/topic")
    assert [line.split()[4] for line in clone.asked()] == [f"{base}..{after}"]


def test_tags_and_removed_branches_and_what_changes_nothing_ask_for_nothing(clone):
    clone.git("tag", "v1")
    clone.git("push", "-q", "origin", "v1", "HEAD:refs/heads/same")
    clone.git("push", "-q", "origin", ":same")
    assert clone.asked() == []


@pytest.mark.parametrize(("wish", "is_pushed"), [("tell", True), ("refuse", False)])
def test_what_can_not_be_tested_is_told_or_held_back_as_wished(clone, wish, is_pushed):
    clone.commit("two")
    done = clone.git("push", "-q", "origin", "HEAD:main", DRIVER_EXIT="1", DDF_PRE_PUSH=wish)
    assert (done.returncode == 0) is is_pushed
    assert "pushed" in done.stderr
