"""What every checkout does, on the fake and with git on bare repositories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from tests.fakes.checkout import FakeCheckout
from tests.github.remotes import LocalRemotes
from worker.adapters.git_checkout import GitCheckout
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.publication_ports import Checkout, CommitDraft, Signature

SHOP = Repository(owner="acme", name="shop")
SIGNATURE = Signature(
    name="fleet", email="fleet@example.invalid", at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
)
CART = (
    "def total(items):\n    result = 1\n    for item in items:\n        result += item\n    return result\n"
)
FIX = """\
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -1,3 +1,3 @@
 def total(items):
-    result = 1
+    result = 0
     for item in items:
"""
FIXED = CART.replace("result = 1", "result = 0")


class Hub(Protocol):
    """The side of the forge."""

    def commit(
        self, repository: Repository, branch: str, files: Mapping[str, str | None], *, message: str = ...
    ) -> str: ...
    def delete(self, repository: Repository, branch: str) -> None: ...


@dataclass
class World:
    checkout: Checkout
    hub: Hub


def a_git_world(folder: Path) -> tuple[GitCheckout, LocalRemotes]:
    remotes = LocalRemotes(folder / "hub")
    remotes.create(SHOP)
    store = folder / "store"
    return GitCheckout(store, locate=remotes.locate, timeout_seconds=120, protocols=("file",)), remotes


@pytest.fixture(params=["fake", pytest.param("git", marks=pytest.mark.slow)])
def world(request, tmp_path) -> World:
    if request.param == "fake":
        fake = FakeCheckout()
        return World(checkout=fake, hub=fake)
    checkout, remotes = a_git_world(tmp_path)
    return World(checkout=checkout, hub=remotes)


def a_draft(patch: str = FIX, message: str = "Start at nothing\n\nFleet-Publication: abc\n") -> CommitDraft:
    return CommitDraft(patch=patch, message=message)


async def test_a_fix_is_built_on_the_base_pushed_and_read_back(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART, "README.md": "shop\n"})
    built = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    assert (built.paths, built.odd_paths, built.objection) == (("shop/cart.py",), (), "")
    assert await world.checkout.push(SHOP, built.commit, "fleet/fix-1", expected=None)
    assert await world.checkout.tip(SHOP, "fleet/fix-1") == built.commit
    assert await world.checkout.tip(SHOP, "main") == base
    assert await world.checkout.read(SHOP, built.commit, "shop/cart.py") == FIXED.encode()
    assert await world.checkout.changed_paths(SHOP, base, built.commit) == ["shop/cart.py"]
    message = await world.checkout.message(SHOP, built.commit)
    assert message.committer_email == SIGNATURE.email
    assert message.text == "Start at nothing\n\nFleet-Publication: abc\n"


async def test_the_same_drafts_make_the_same_commits(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    first = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    assert await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE) == first
    other = await world.checkout.build(SHOP, base, [a_draft(message="other\n")], SIGNATURE)
    assert other.commit != first.commit


async def test_a_patch_that_does_not_apply_is_an_objection_and_no_error(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": "something else\n"})
    built = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    assert built.commit == ""
    assert built.objection


async def test_what_the_base_holds_already_makes_no_commit(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": FIXED})
    built = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    assert (built.commit, built.paths) == (base, ())


async def test_a_patch_fits_where_the_lines_around_it_moved(world):
    patch = "--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -2,3 +2,3 @@\n     result = 1\n-    for item in items:\n+    for item in list(items):\n         result += item\n"
    world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    moved = world.hub.commit(SHOP, "main", {"shop/cart.py": f"import math\n\n\n{CART}"})
    built = await world.checkout.build(SHOP, moved, [a_draft(patch)], SIGNATURE)
    assert await world.checkout.push(SHOP, built.commit, "fix", expected=None)
    assert (
        await world.checkout.read(SHOP, built.commit, "shop/cart.py")
        == f"import math\n\n\n{CART.replace('items:', 'list(items):')}".encode()
    )


async def test_a_branch_that_is_not_as_expected_is_not_touched(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    built = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    theirs = world.hub.commit(SHOP, "fix", {"other.py": "x = 1\n"})
    assert not await world.checkout.push(SHOP, built.commit, "fix", expected=None)
    assert not await world.checkout.push(SHOP, built.commit, "fix", expected=base)
    assert await world.checkout.tip(SHOP, "fix") == theirs


async def test_our_own_branch_is_replaced_where_it_is_as_expected(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    first = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    second = await world.checkout.build(SHOP, base, [a_draft(message="other words\n")], SIGNATURE)
    assert await world.checkout.push(SHOP, first.commit, "fix", expected=None)
    assert await world.checkout.push(SHOP, second.commit, "fix", expected=first.commit)
    assert await world.checkout.tip(SHOP, "fix") == second.commit


async def test_a_deleted_branch_is_not_there_and_can_be_made_anew(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    built = await world.checkout.build(SHOP, base, [a_draft()], SIGNATURE)
    assert await world.checkout.push(SHOP, built.commit, "fix", expected=None)
    world.hub.delete(SHOP, "fix")
    assert await world.checkout.tip(SHOP, "fix") is None
    assert await world.checkout.push(SHOP, built.commit, "fix", expected=None)


async def test_a_commit_that_nobody_has_is_refused(world):
    world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    with pytest.raises(ForgeRefused):
        await world.checkout.build(SHOP, "f" * 40, [a_draft()], SIGNATURE)


async def test_a_file_that_is_not_there_is_none(world):
    base = world.hub.commit(SHOP, "main", {"shop/cart.py": CART})
    assert await world.checkout.read(SHOP, base, "shop/none.py") is None
    assert await world.checkout.read(SHOP, base, "shop") is None
