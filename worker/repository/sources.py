"""The part of a commit that is worked on: code of languages that are known, a bounded number of files of bounded size."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.errors import ForgeRefused
from worker.domain.job import MAXIMUM_LABEL
from worker.repository.aim import Aim
from worker.repository.layouts import is_test, layout_of
from worker.repository_ports import SourceCheckout

MOST_FILES = 400
"""Files that are read of one commit…"""

MOST_FILE_BYTES = 400_000
"""…each of so many bytes at most: what is longer was made by a machine."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What was read."""

    texts: dict[str, str]
    """Path -> text."""
    changed: frozenset[str]
    """Paths that differ from what the commit is compared with; empty where nothing is known."""


async def read_sources(aim: Aim, checkout: SourceCheckout) -> Sources:
    """Read what matters most: what changed, tests, then what lies near them."""
    changed = frozenset(await _changed(aim, checkout))
    paths = [path for path in await checkout.paths(aim.repository, aim.commit) if _is_wanted(path)]
    near = {posixpath.dirname(path) for path in changed}
    paths.sort(
        key=lambda path: (
            path not in changed,
            not is_test(path),
            posixpath.dirname(path) not in near,
            path.count("/"),
            path,
        )
    )
    found = await checkout.contents(aim.repository, aim.commit, paths[:MOST_FILES])
    texts = {path: text for path, content in found.items() if (text := _text(content)) is not None}
    return Sources(texts=texts, changed=changed)


async def _changed(aim: Aim, checkout: SourceCheckout) -> Sequence[str]:
    """Compare with the base, else with the parent. A base that is gone (a forced push) is no reason to fail: then nothing is known."""
    try:
        base = aim.base_commit or await checkout.parent(aim.repository, aim.commit)
        return await checkout.changed_paths(aim.repository, base, aim.commit) if base else ()
    except ForgeRefused:
        return ()


def _is_wanted(path: str) -> bool:
    """Leave out what nobody knows, and what a hostile tree would lead out of a folder by."""
    if len(path) > MAXIMUM_LABEL or "\\" in path or {"", ".", ".."}.intersection(path.split("/")):
        return False
    return layout_of(path) is not None or posixpath.basename(path) == "package.json"


def _text(content: bytes) -> str | None:
    """Return the text of a file as a job may hold it; None for what is binary, huge, or not UTF-8."""
    if len(content) > MOST_FILE_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
