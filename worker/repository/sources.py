"""The part of a commit that is worked on: code of languages that are known, a bounded number of files of bounded size."""

import asyncio
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.errors import ForgeRefused
from worker.domain.job import MAXIMUM_LABEL
from worker.repository.aim import Aim
from worker.repository.data_files import MOST_DATA_BYTES, data_for
from worker.repository.layouts import IGNORED_FOLDERS, is_test, layout_of
from worker.repository.script_layout import is_setting
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
    before: Mapping[str, str] = field(default_factory=dict)
    """What of these was there before: path -> text."""


async def read_sources(aim: Aim, checkout: SourceCheckout) -> Sources:
    """Read what matters most: what changed, tests, then what lies near them."""
    base, told = await _changed(aim, checkout)
    changed = frozenset(told)
    listed = [path for path in await checkout.paths(aim.repository, aim.commit) if _is_inside(path)]
    paths = [path for path in listed if _is_wanted(path)]
    near = {posixpath.dirname(path) for path in changed}
    paths.sort(
        key=lambda path: (
            path not in changed,
            not is_test(path) and not _is_setting(path),
            posixpath.dirname(path) not in near,
            _is_declared(path),
            path.count("/"),
            path,
        )
    )
    found = await checkout.contents(aim.repository, aim.commit, paths[:MOST_FILES])
    texts = {path: text for path, content in found.items() if (text := _text(content)) is not None}
    texts |= await _data(aim, checkout, texts, listed)
    before = await _before(aim, base, [path for path in texts if path in changed], checkout)
    return Sources(texts=texts, changed=changed, before=before)


async def _data(
    aim: Aim, checkout: SourceCheckout, texts: Mapping[str, str], listed: Sequence[str]
) -> dict[str, str]:
    """Read what the code names besides code."""
    wanted = await asyncio.to_thread(data_for, texts, listed)
    if not wanted:
        return {}
    found = await checkout.contents(aim.repository, aim.commit, wanted)
    return {
        path: text
        for path, content in found.items()
        if len(content) <= MOST_DATA_BYTES and (text := _text(content)) is not None
    }


async def _before(aim: Aim, base: str, paths: Sequence[str], checkout: SourceCheckout) -> Mapping[str, str]:
    """Read what these were before the change."""
    if not base or not paths:
        return {}
    found = await checkout.contents(aim.repository, base, paths)
    return {path: text for path, content in found.items() if (text := _text(content)) is not None}


async def _changed(aim: Aim, checkout: SourceCheckout) -> tuple[str, Sequence[str]]:
    """Compare with the base, else with the parent, and name it. A base that is gone (a forced push) is no reason to fail: then nothing is known."""
    try:
        base = aim.base_commit or await checkout.parent(aim.repository, aim.commit)
        if not base:
            return "", ()
        return base, await checkout.changed_paths(aim.repository, base, aim.commit)
    except ForgeRefused:
        return "", ()


def _is_inside(path: str) -> bool:
    """Leave out what a hostile tree would lead out of a folder by."""
    return len(path) <= MAXIMUM_LABEL and "\\" not in path and {"", ".", ".."}.isdisjoint(path.split("/"))


def _is_wanted(path: str) -> bool:
    """Leave out what nobody knows."""
    return layout_of(path) is not None or _is_setting(path) or _is_declared(path)


def _is_setting(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "package.json" or (is_setting(name) and IGNORED_FOLDERS.isdisjoint(path.split("/")))


def _is_declared(path: str) -> bool:
    """Whether it declares types for TypeScript."""
    return path.endswith((".d.ts", ".d.mts", ".d.cts")) and IGNORED_FOLDERS.isdisjoint(path.split("/"))


def _text(content: bytes) -> str | None:
    """Return the text of a file as a job may hold it; None for what is binary, huge, or not UTF-8."""
    if len(content) > MOST_FILE_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
