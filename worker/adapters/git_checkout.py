"""Checkout by git on a bare store: no working tree, so that links, filters and hooks of a hostile repository have nothing to act on.

Fetches one commit deep and without file contents, which git brings one by one as patches need them: a huge history costs no more than a small one.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from worker.adapters.git_checkout_process import Access, GitProcess, failure
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.publication_ports import Built, CommitDraft, CommitMessage, Signature

MAXIMUM_FILE_BYTES = 4_000_000
"""Largest file that `read` returns."""

GIT_SECONDS = 300.0
"""Longest run of git."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PLAIN_MODES = frozenset({"100644", "100755", "000000"})
_POINTER = b"version https://git-lfs.github.com/spec/"
_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists",
    re.IGNORECASE,
)

Locate = Callable[[Repository], Awaitable[Access]]


@dataclass(frozen=True, kw_only=True)
class _Change:
    path: str
    modes: tuple[str, str]
    blobs: tuple[str, str]


class GitCheckout:
    """A store below a folder that is ours alone; whoever made the folder removes it."""

    def __init__(
        self,
        folder: Path,
        *,
        locate: Locate,
        timeout_seconds: float = GIT_SECONDS,
        protocols: Sequence[str] = ("https",),
    ) -> None:
        """Reach repositories as `locate` says."""
        self._locate = locate
        self._git = GitProcess(folder, timeout_seconds=timeout_seconds, protocols=protocols)
        self._folder = folder
        self._turn = asyncio.Lock()
        self._known: dict[str, str] = {}

    async def tip(self, repository: Repository, branch: str) -> str | None:
        """Ask for a branch's last commit."""
        async with self._turn:
            _, access = await self._remote(repository)
            wanted = f"refs/heads/{branch}"
            output = await self._git.succeed("ls-remote", "--heads", access.url, wanted, access=access)
        for row in output.decode().splitlines():
            commit, _, ref = row.partition("\t")
            if ref == wanted:
                return commit
        return None

    async def build(
        self, repository: Repository, base_commit: str, drafts: Sequence[CommitDraft], signature: Signature
    ) -> Built:
        """Make commits on a commit of the repository, in an index of their own."""
        async with self._turn:
            access = await self._fetch(repository, base_commit)
            with TemporaryDirectory(dir=self._folder) as folder:
                env = {"GIT_INDEX_FILE": str(Path(folder) / "index"), **_signed(signature)}
                await self._git.succeed("read-tree", base_commit, env=env)
                commit = base_commit
                for draft in drafts:
                    objection = await self._apply(draft, access, env)
                    if objection:
                        return Built(commit="", objection=objection)
                    commit = await self._commit(commit, draft, env)
            changes = await self._changes(base_commit, commit)
            odd = [change.path for change in changes if await self._is_odd(change, access)]
        return Built(commit=commit, paths=tuple(change.path for change in changes), odd_paths=tuple(odd))

    async def message(self, repository: Repository, commit: str) -> CommitMessage:
        """Read a commit, without its tree."""
        head, text = await self._said(repository, commit)
        emails = [row.rpartition(">")[0].rpartition("<")[2] for row in head if row.startswith("committer ")]
        return CommitMessage(committer_email=emails[0] if emails else "", text=text)

    async def push(self, repository: Repository, commit: str, branch: str, *, expected: str | None) -> bool:
        """Let the branch be this commit; the remote itself compares what it has with what is expected."""
        ref = f"refs/heads/{branch}"
        async with self._turn:
            _, access = await self._remote(repository)
            answer = await self._git.run(
                "push",
                "--porcelain",
                "--no-verify",
                f"--force-with-lease={ref}:{expected or ''}",
                access.url,
                f"{_require_commit(commit)}:{ref}",
                access=access,
            )
        if answer.code == 0:
            return True
        rows = answer.output.decode("utf-8", "replace").splitlines()
        rejected = " ".join(row for row in rows if row.startswith("!"))
        if rejected and _MOVED.search(rejected):
            return False
        raise failure("push", f"{rejected} {answer.said}".strip())

    async def changed_paths(
        self, repository: Repository, base_commit: str, head_commit: str
    ) -> Sequence[str]:
        """Compare two commits by their trees."""
        async with self._turn:
            for commit in (base_commit, head_commit):
                await self._fetch(repository, commit)
            return [change.path for change in await self._changes(base_commit, head_commit)]

    async def read(self, repository: Repository, commit: str, path: str) -> bytes | None:
        """Read a plain file of a commit."""
        async with self._turn:
            access = await self._fetch(repository, commit)
            output = await self._git.succeed("ls-tree", "-z", "--full-tree", commit, "--", path)
            for entry in output.split(b"\0"):
                facts, _, name = entry.partition(b"\t")
                mode, _, blob = facts.decode().partition(" blob ")
                if mode in _PLAIN_MODES and os.fsdecode(name) == path:
                    return await self._blob(blob, access)
        return None

    async def _said(self, repository: Repository, commit: str) -> tuple[list[str], str]:
        """Return the lines of a commit's head, and its message; it comes without its tree."""
        async with self._turn:
            access = await self._fetch(repository, commit, what="tree:0")
            output = await self._git.succeed("cat-file", "commit", commit, access=access)
        head, _, text = output.decode("utf-8", "replace").partition("\n\n")
        return head.splitlines(), text

    async def _remote(self, repository: Repository) -> tuple[str, Access]:
        """Return the name and the way of a remote; the store is made where there is none."""
        access = await self._locate(repository)
        if access.url not in self._known:
            name = f"r{hashlib.sha256(access.url.encode()).hexdigest()[:16]}"
            (self._folder / "home").mkdir(parents=True, exist_ok=True)
            await self._git.succeed("init", "--quiet", "--bare", "--template=", str(self._git.store))
            for key, value in {
                "url": access.url,
                "promisor": "true",
                "partialclonefilter": "blob:none",
            }.items():
                await self._git.succeed("config", f"remote.{name}.{key}", value)
            self._known[access.url] = name
        return self._known[access.url], access

    async def _fetch(self, repository: Repository, commit: str, *, what: str = "blob:none") -> Access:
        name, access = await self._remote(repository)
        await self._git.succeed(
            "fetch",
            "--quiet",
            "--depth=1",
            f"--filter={what}",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            name,
            _require_commit(commit),
            access=access,
        )
        return access

    async def _apply(self, draft: CommitDraft, access: Access, env: dict[str, str]) -> str:
        """Apply a patch to the index; return why it does not apply. What is there already is left as it is."""
        content = draft.patch.encode("utf-8", "surrogateescape")
        words = ("apply", "--cached", "--whitespace=nowarn", "-p1")
        answer = await self._git.run(*words, "-", content=content, access=access, env=env)
        if answer.code == 0:
            return ""
        is_there = await self._git.run(
            *words, "--check", "--reverse", "-", content=content, access=access, env=env
        )
        return "" if is_there.code == 0 else answer.said or "it does not apply"

    async def _commit(self, parent: str, draft: CommitDraft, env: dict[str, str]) -> str:
        """Commit the index; where nothing changed, nothing is committed."""
        tree = (await self._git.succeed("write-tree", "--missing-ok", env=env)).decode().strip()
        before = await self._git.succeed("rev-parse", f"{parent}^{{tree}}")
        if before.decode().strip() == tree:
            return parent
        message = draft.message.encode("utf-8", "surrogateescape")
        output = await self._git.succeed(
            "commit-tree", tree, "-p", parent, "-F", "-", content=message, env=env
        )
        return output.decode().strip()

    async def _changes(self, base: str, head: str) -> list[_Change]:
        output = await self._git.succeed("diff-tree", "-r", "-z", "--raw", "--no-renames", base, head)
        parts = output.split(b"\0")
        changes = []
        for facts, name in zip(parts[::2], parts[1::2], strict=False):
            old_mode, new_mode, old, new, _ = facts.decode().removeprefix(":").split(" ")
            path = name.decode("utf-8", "replace")
            changes.append(_Change(path=path, modes=(old_mode, new_mode), blobs=(old, new)))
        return changes

    async def _is_odd(self, change: _Change, access: Access) -> bool:
        if not _PLAIN_MODES.issuperset(change.modes):
            return True
        for blob in change.blobs:
            if blob.strip("0"):
                content = await self._blob(blob, access)
                if content is None or content.startswith(_POINTER) or b"\0" in content:
                    return True
        return False

    async def _blob(self, blob: str, access: Access) -> bytes | None:
        size = int(await self._git.succeed("cat-file", "-s", blob, access=access))
        if size > MAXIMUM_FILE_BYTES:
            return None
        return await self._git.succeed("cat-file", "blob", blob, access=access)


def _signed(signature: Signature) -> dict[str, str]:
    at = f"{int(signature.at.timestamp())} +0000"
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", signature.name), ("EMAIL", signature.email), ("DATE", at))
    }


def _require_commit(commit: str) -> str:
    if not _COMMIT.fullmatch(commit):
        raise ForgeRefused(f"{commit!r:.80} is no commit")
    return commit
