"""What every checkout that reads whole commits does, on the fake and with git on a bare repository."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest

from tests.fakes.source_checkout import FakeSourceCheckout
from tests.github.remotes import LocalRemotes
from worker.adapters.git_contents import GitContents
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.repository_ports import SourceCheckout

SHOP = Repository(owner="acme", name="shop")
FIRST = {"a.py": "a = 1\n", "gone.py": "x\n"}


class Hub(Protocol):
    def commit(self, repository: Repository, branch: str, files: Mapping[str, str | None]) -> str: ...


@dataclass
class World:
    checkout: SourceCheckout
    hub: Hub


@pytest.fixture(params=["fake", pytest.param("git", marks=pytest.mark.slow)])
def world(request, tmp_path) -> World:
    if request.param == "fake":
        fake = FakeSourceCheckout()
        return World(checkout=fake, hub=fake)
    remotes = LocalRemotes(tmp_path / "hub")
    remotes.create(SHOP)
    checkout = GitContents(
        tmp_path / "store", locate=remotes.locate, timeout_seconds=120, protocols=("file",)
    )
    return World(checkout=checkout, hub=remotes)


def test_a_commit_is_listed_and_read_in_one_go(world):
    text = "b = 'u'\n"
    first = world.hub.commit(SHOP, "main", {**FIRST, "shop/b.py": text})
    second = world.hub.commit(SHOP, "main", {"gone.py": None, "c.py": text, "empty.py": ""})

    async def read():
        checkout = world.checkout
        paths = await checkout.paths(SHOP, second)
        found = await checkout.contents(
            SHOP, second, ["shop/b.py", "c.py", "gone.py", "a.py", "empty.py", "a.py"]
        )
        return (
            sorted(paths),
            found,
            await checkout.contents(SHOP, first, ["gone.py"]),
            await checkout.contents(SHOP, first, []),
            [await checkout.parent(SHOP, commit) for commit in (second, first)],
        )

    paths, found, before, none, parents = asyncio.run(read())
    assert paths == ["a.py", "c.py", "empty.py", "shop/b.py"]
    assert found == {"shop/b.py": text.encode(), "c.py": text.encode(), "a.py": b"a = 1\n", "empty.py": b""}
    assert before == {"gone.py": b"x\n"}
    assert none == {}
    assert parents == [first, None]


def test_a_commit_that_is_not_there_is_refused(world):
    world.hub.commit(SHOP, "main", FIRST)
    with pytest.raises(ForgeRefused):
        asyncio.run(world.checkout.paths(SHOP, "d" * 40))


@pytest.mark.slow
def test_git_lists_plain_files_alone(tmp_path):
    remotes = LocalRemotes(tmp_path / "hub")
    remotes.create(SHOP)
    files = {"a.py": "a\n", "link.py": "120000:/etc/passwd", "module": f"160000:{'e' * 40}"}
    commit = remotes.commit(SHOP, "main", files)
    checkout = GitContents(
        tmp_path / "store", locate=remotes.locate, timeout_seconds=120, protocols=("file",)
    )

    async def read():
        return (
            await checkout.paths(SHOP, commit),
            await checkout.contents(SHOP, commit, ["a.py", "link.py", "module", "../a.py"]),
        )

    assert asyncio.run(read()) == (["a.py"], {"a.py": b"a\n"})
