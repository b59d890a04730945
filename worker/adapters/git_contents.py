"""Reads many files of a commit: git brings their contents in one request instead of one each."""

import os
from collections.abc import Iterable, Mapping, Sequence

from worker.adapters.git_checkout import MAXIMUM_FILE_BYTES, GitCheckout
from worker.adapters.git_checkout_process import Access
from worker.domain.publication import Repository

MAXIMUM_PATHS = 50_000
"""Files of a commit that are listed."""

MAXIMUM_BYTES = 16_000_000
"""Of all files that are read at once: the first ones count."""

_PLAIN = (b"100644 blob ", b"100755 blob ")


class GitContents(GitCheckout):
    """A `worker.repository_ports.SourceCheckout`."""

    async def parent(self, repository: Repository, commit: str) -> str | None:
        """Read it from the commit: it need not be there."""
        head, _ = await self._said(repository, commit)
        parents = [row.removeprefix("parent ").strip() for row in head if row.startswith("parent ")]
        return parents[0] if parents else None

    async def paths(self, repository: Repository, commit: str) -> Sequence[str]:
        """List the tree."""
        async with self._turn:
            await self._fetch(repository, commit)
            return list(await self._listed(commit))

    async def contents(
        self, repository: Repository, commit: str, paths: Sequence[str]
    ) -> Mapping[str, bytes]:
        """Fetch the contents that are missing, then read all of them."""
        async with self._turn:
            access = await self._fetch(repository, commit)
            blobs = await self._listed(commit)
            wanted = {path: blobs[path] for path in dict.fromkeys(paths) if path in blobs}
            if not wanted:
                return {}
            names = sorted(set(wanted.values()))
            await self._bring(repository, names)
            sizes = await self._sizes(names, access)
            texts = await self._texts(_affordable(wanted.values(), sizes), access)
        return {path: texts[blob] for path, blob in wanted.items() if blob in texts}

    async def _listed(self, commit: str) -> dict[str, str]:
        output = await self._git.succeed("ls-tree", "-r", "-z", "--full-tree", commit)
        found: dict[str, str] = {}
        for entry in output.split(b"\0"):
            facts, _, name = entry.partition(b"\t")
            if not facts.startswith(_PLAIN):
                continue
            path = os.fsdecode(name)
            if path.isprintable() and not any("\ud800" <= sign <= "\udfff" for sign in path):
                found[path] = facts.rpartition(b" ")[2].decode()
            if len(found) >= MAXIMUM_PATHS:
                break
        return found

    async def _bring(self, repository: Repository, blobs: Sequence[str]) -> None:
        """Fetch by name, as git itself does for what a partial clone lacks, but all at once."""
        name, access = await self._remote(repository)
        await self._git.succeed(
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--filter=blob:none",
            "--stdin",
            name,
            access=access,
            content=_lines(blobs),
        )

    async def _sizes(self, blobs: Sequence[str], access: Access) -> dict[str, int]:
        output = await self._git.succeed("cat-file", "--batch-check", access=access, content=_lines(blobs))
        rows = [row.split(" ") for row in output.decode().splitlines()]
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}

    async def _texts(self, blobs: Sequence[str], access: Access) -> dict[str, bytes]:
        output = await self._git.succeed("cat-file", "--batch", access=access, content=_lines(blobs))
        found, position = {}, 0
        while position < len(output):
            end = output.index(b"\n", position)
            blob, _, size = output[position:end].decode().split(" ")
            found[blob] = output[end + 1 : end + 1 + int(size)]
            position = end + 2 + int(size)
        return found


def _lines(blobs: Sequence[str]) -> bytes:
    """Name them to git, one a line."""
    return "".join(f"{blob}\n" for blob in blobs).encode()


def _affordable(blobs: Iterable[str], sizes: Mapping[str, int]) -> list[str]:
    """Return those that are neither huge nor beyond the bound of all of them."""
    found: list[str] = []
    left = MAXIMUM_BYTES
    for blob in dict.fromkeys(blobs):
        size = sizes.get(blob, MAXIMUM_FILE_BYTES + 1)
        if size <= MAXIMUM_FILE_BYTES and size <= left:
            found.append(blob)
            left -= size
    return found
