"""Bare repositories on this disk, as a forge holds them; git for real."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from worker.adapters.git_checkout_process import Access
from worker.domain.publication import Repository

EPOCH = "1700000000 +0000"


class LocalRemotes:
    """A folder with `owner/name.git` for each repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.located: list[str] = []

    def create(self, repository: Repository, *, source: Repository | None = None) -> Path:
        path = self.path(repository)
        path.parent.mkdir(parents=True, exist_ok=True)
        if source is None:
            self._git(None, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path))
        else:
            self._git(None, "clone", "--quiet", "--bare", "--template=", str(self.path(source)), str(path))
        for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            self._git(path, "config", key, "true")
        return path

    def path(self, repository: Repository) -> Path:
        return self.folder / f"{repository.full_name}.git"

    async def locate(self, repository: Repository) -> Access:
        self.located.append(repository.full_name)
        return Access(url=self.path(repository).as_uri())

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, bytes | str | None],
        *,
        message: str = "change",
        email: str = "someone@example.com",
    ) -> str:
        """Commit on top of a branch; None deletes, `mode:content` for another mode than a plain file's goes by `special`."""
        parent = self.tip(repository, branch)
        lines = [f"commit refs/heads/{branch}", f"committer Someone <{email}> {EPOCH}", _data(message)]
        if parent:
            lines.append(f"from {parent}")
        for path, content in files.items():
            if content is None:
                lines.append(f"D {path}")
                continue
            mode, text = "100644", content.decode("latin-1") if isinstance(content, bytes) else content
            if text.startswith("120000:"):
                mode, text = "120000", text.removeprefix("120000:")
            if text.startswith("160000:"):
                lines.append(f"M 160000 {text.removeprefix('160000:')} {path}")
                continue
            lines += [f"M {mode} inline {path}", _data(text)]
        self._git(self.path(repository), "fast-import", "--quiet", "--force", content="\n".join([*lines, ""]))
        return self.tip(repository, branch) or ""

    def tip(self, repository: Repository, branch: str) -> str | None:
        done = self._run(self.path(repository), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        return done.stdout.strip() or None

    def delete(self, repository: Repository, branch: str) -> None:
        self._git(self.path(repository), "update-ref", "-d", f"refs/heads/{branch}")

    def move(self, repository: Repository, branch: str, commit: str) -> None:
        self._git(self.path(repository), "update-ref", f"refs/heads/{branch}", commit)

    def log(self, repository: Repository, branch: str) -> list[str]:
        """Subjects, newest first."""
        return self._git(self.path(repository), "log", "--format=%s", f"refs/heads/{branch}").splitlines()

    def show(self, repository: Repository, ref: str, path: str) -> str:
        return self._git(self.path(repository), "show", f"{ref}:{path}")

    def body(self, repository: Repository, ref: str) -> str:
        return self._git(self.path(repository), "log", "-1", "--format=%B", ref)

    def hook(self, repository: Repository, name: str, script: str) -> None:
        path = self.path(repository) / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def _git(self, store: Path | None, *arguments: str, content: str = "") -> str:
        done = self._run(store, *arguments, content=content)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(
        self, store: Path | None, *arguments: str, content: str = ""
    ) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "LC_ALL": "C",
            **({"GIT_DIR": str(store)} if store else {}),
        }
        return subprocess.run(
            ["git", *arguments],
            input=content,
            env=env,
            capture_output=True,
            text=True,
            encoding="latin-1",
            check=False,
        )


def _data(text: str) -> str:
    return f"data {len(text.encode('latin-1'))}\n{text}"
