"""Git in memory: commits are whole trees, patches are applied hunk by hunk where their lines stand as the patch says."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.publication_ports import Built, CommitDraft, CommitMessage, Signature

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


@dataclass(frozen=True)
class FakeCommit:
    files: Mapping[str, str]
    message: str
    email: str
    parent: str = ""


@dataclass
class FakeCheckout:
    commits: dict[str, FakeCommit] = field(default_factory=dict)
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    pushes: list[str] = field(default_factory=list)
    also_touched: tuple[str, ...] = ()
    """What a build turns out to touch besides."""
    odd: tuple[str, ...] = ()
    """Paths that turn out to be no plain files."""
    before_push: list[tuple[str, str, str]] = field(default_factory=list)
    """Repository, branch and commit that somebody else is quicker with."""

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, str | None],
        *,
        message: str = "change",
        email: str = "someone@example.com",
    ) -> str:
        parent = self.branches.get((repository.full_name, branch), "")
        old = dict(self.commits[parent].files) if parent else {}
        new = {**old, **{path: text for path, text in files.items() if text is not None}}
        kept = {path: text for path, text in new.items() if files.get(path, "") is not None}
        commit = self._store(FakeCommit(files=kept, message=message, email=email, parent=parent))
        self.branches[repository.full_name, branch] = commit
        return commit

    def delete(self, repository: Repository, branch: str) -> None:
        del self.branches[repository.full_name, branch]

    async def tip(self, repository: Repository, branch: str) -> str | None:
        return self.branches.get((repository.full_name, branch))

    async def build(
        self, repository: Repository, base_commit: str, drafts: Sequence[CommitDraft], signature: Signature
    ) -> Built:
        self._require(base_commit)
        commit, base = base_commit, self.commits[base_commit].files
        for draft in drafts:
            files = _patched(self.commits[commit].files, draft.patch)
            if files is None:
                if _patched(self.commits[commit].files, draft.patch, is_reverse=True) is not None:
                    continue
                return Built(commit="", objection="error: patch failed: it does not apply")
            made = FakeCommit(files=files, message=draft.message, email=signature.email, parent=commit)
            commit = self._store(made)
        files = self.commits[commit].files
        paths = sorted(path for path in base.keys() | files.keys() if base.get(path) != files.get(path))
        return Built(commit=commit, paths=(*paths, *self.also_touched), odd_paths=self.odd)

    async def message(self, repository: Repository, commit: str) -> CommitMessage:
        self._require(commit)
        held = self.commits[commit]
        return CommitMessage(committer_email=held.email, text=held.message)

    async def push(self, repository: Repository, commit: str, branch: str, *, expected: str | None) -> bool:
        for name, other, theirs in self.before_push:
            self.branches[name, other] = theirs
        self.before_push.clear()
        if self.branches.get((repository.full_name, branch)) != expected:
            return False
        self.branches[repository.full_name, branch] = commit
        self.pushes.append(commit)
        return True

    async def changed_paths(
        self, repository: Repository, base_commit: str, head_commit: str
    ) -> Sequence[str]:
        self._require(base_commit)
        self._require(head_commit)
        base, head = self.commits[base_commit].files, self.commits[head_commit].files
        return sorted(path for path in base.keys() | head.keys() if base.get(path) != head.get(path))

    async def read(self, repository: Repository, commit: str, path: str) -> bytes | None:
        self._require(commit)
        text = self.commits[commit].files.get(path)
        return None if text is None else text.encode()

    def _require(self, commit: str) -> None:
        if commit not in self.commits:
            raise ForgeRefused(f"{commit} is no commit here")

    def _store(self, made: FakeCommit) -> str:
        marks = "\0".join(
            [
                *sorted(f"{path}\0{text}" for path, text in made.files.items()),
                made.message,
                made.email,
                made.parent,
            ]
        )
        commit = hashlib.sha1(marks.encode()).hexdigest()
        self.commits[commit] = made
        return commit


def _patched(files: Mapping[str, str], patch: str, *, is_reverse: bool = False) -> dict[str, str] | None:
    """Apply a unified diff; None where it does not fit."""
    result, path, added = dict(files), "", ("+", "-")[is_reverse]
    removed = ("-", "+")[is_reverse]
    lines = patch.split("\n")
    position = 0
    while position < len(lines):
        row = lines[position]
        position += 1
        if row.startswith("--- "):
            path = _path(row) or _path(lines[position])
            position += 1
            result.setdefault(path, "")
        found = HUNK.match(row)
        if not found:
            continue
        hunk = []
        while (
            position < len(lines)
            and lines[position][:1] in {" ", "+", "-"}
            and not lines[position].startswith("--- ")
        ):
            hunk.append(lines[position])
            position += 1
        before = "".join(f"{each[1:]}\n" for each in hunk if each[0] in {" ", removed})
        after = "".join(f"{each[1:]}\n" for each in hunk if each[0] in {" ", added})
        if before not in result[path]:
            return None
        result[path] = result[path].replace(before, after, 1)
    return result


def _path(row: str) -> str:
    name = row[4:].split("\t", maxsplit=1)[0]
    return "" if name == "/dev/null" else name[2:]
