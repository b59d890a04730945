"""From proved patches to one pull request, on the fakes."""

from dataclasses import dataclass, field, replace

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.checkout import FakeCheckout
from tests.fakes.forge import FakeForge
from tests.worker.publication.builders import (
    BRANCH,
    CART,
    CART_PATCH,
    FINGERPRINT,
    FIXED,
    NAMES,
    SHOP,
    a_fix,
    a_patch_of,
    a_publication,
    with_settings,
)
from worker.domain.errors import ForgeUnavailable
from worker.domain.forge import PullRequestState
from worker.domain.publication import MovedBase, PathKind, PublicationEnd, Repository
from worker.domain.publication_codec import decode_publication, encode_publication, outcome_key
from worker.publication.keeping import publish_kept, resume
from worker.publication.publish import publish


@dataclass
class World:
    checkout: FakeCheckout = field(default_factory=FakeCheckout)
    forge: FakeForge = field(default_factory=FakeForge)

    def __post_init__(self) -> None:
        self.base = self.checkout.commit(SHOP, "main", {"shop/cart.py": CART, "shop/names.py": NAMES})

    async def publish(self, publication=None):
        return await publish(publication or self.publication(), self.checkout, self.forge)

    def publication(self, **changes):
        return a_publication(self.base, **changes)

    def tip(self, branch=BRANCH, repository=SHOP):
        return self.checkout.branches.get((repository.full_name, branch))

    def history(self, branch=BRANCH):
        commit, found = self.tip(branch), []
        while commit:
            found.append(self.checkout.commits[commit].message.split("\n")[0])
            commit = self.checkout.commits[commit].parent
        return found


@pytest.fixture
def world() -> World:
    return World()


async def test_each_fix_is_a_commit_of_its_own_in_one_pull_request(world):
    outcome = await world.publish()
    assert outcome.end is PublicationEnd.OPENED
    assert world.history() == ["Name the parameter as it is called", "Start the total at nothing", "change"]
    assert world.checkout.commits[outcome.commit].files["shop/cart.py"] == FIXED
    ((label, draft, request),) = world.forge.pulls
    assert (label, draft.base_branch) == (f"acme:{BRANCH}", "main")
    assert (outcome.number, outcome.url, outcome.branch) == (request.number, request.url, BRANCH)
    assert world.tip("main") == world.base


async def test_the_same_publication_again_changes_nothing(world):
    first = await world.publish()
    again = await world.publish()
    assert again.end is PublicationEnd.UNCHANGED
    assert (again.commit, again.number) == (first.commit, first.number)
    assert len(world.forge.pulls) == len(world.checkout.pushes) == 1
    assert "update_pull_request" not in world.forge.calls


async def test_another_fix_of_the_same_diagnosis_updates_the_same_pull_request(world):
    first = await world.publish()
    other = world.publication(fixes=(a_fix(title="Sum from nothing"),), why="Sum from 0.")
    second = await world.publish(other)
    assert second.end is PublicationEnd.UPDATED
    assert second.number == first.number
    assert world.history() == ["Sum from nothing", "change"]
    assert "Sum from 0." in world.forge.request(first.number).body


async def test_what_people_write_around_our_part_and_their_title_stay(world):
    first = await world.publish()
    body = world.forge.request(first.number).body
    world.forge.change(first.number, title="Their title", body=f"Please look.\n\n{body}\n\nThanks!")
    await world.publish(world.publication(why="Another reason."))
    request = world.forge.request(first.number)
    assert request.title == "Their title"
    assert request.body.startswith("Please look.\n\n")
    assert request.body.endswith("\n\nThanks!")
    assert "Another reason." in request.body


async def test_a_text_without_our_marks_belongs_to_who_took_them_out(world):
    first = await world.publish()
    world.forge.change(first.number, body="All mine.")
    again = await world.publish(world.publication(why="Another reason."))
    assert "left alone" in again.explanation
    assert world.forge.request(first.number).body == "All mine."


async def test_a_merged_pull_request_is_the_end(world):
    first = await world.publish()
    world.forge.change(first.number, state=PullRequestState.MERGED)
    again = await world.publish(world.publication(why="Another reason."))
    assert (again.end, again.number) == (PublicationEnd.MERGED, first.number)
    assert len(world.checkout.pushes) == 1


async def test_a_closed_pull_request_stays_closed_and_that_is_said(world):
    first = await world.publish()
    world.forge.change(first.number, state=PullRequestState.CLOSED)
    world.checkout.delete(SHOP, BRANCH)
    again = await world.publish()
    assert (again.end, again.url) == (PublicationEnd.CLOSED, first.url)
    assert "stays closed" in again.explanation
    assert world.tip() is None


async def test_commits_of_others_on_our_branch_are_never_pushed_over(world):
    await world.publish()
    theirs = world.checkout.commit(
        SHOP, BRANCH, {"shop/more.py": "x = 1\n"}, message="Mine\n\nFleet-Publication: " + FINGERPRINT
    )
    again = await world.publish(world.publication(fixes=(a_fix(title="Sum from nothing"),)))
    assert again.end is PublicationEnd.TAKEN_OVER
    assert world.tip() == theirs


async def test_a_branch_of_that_name_that_was_never_ours_is_left_alone(world):
    theirs = world.checkout.commit(SHOP, BRANCH, {"x.py": "x = 1\n"}, email="fleet@users.noreply.invalid")
    assert (await world.publish()).end is PublicationEnd.TAKEN_OVER
    assert world.tip() == theirs


async def test_a_branch_that_somebody_deleted_is_made_again_while_the_pull_request_is_open(world):
    first = await world.publish()
    world.checkout.delete(SHOP, BRANCH)
    again = await world.publish()
    assert (again.end, again.commit) == (PublicationEnd.UPDATED, first.commit)


async def test_on_a_base_that_moved_the_patches_lie_on_its_tip_and_the_text_says_so(world):
    moved = world.checkout.commit(SHOP, "main", {"README.md": "shop\n"})
    outcome = await world.publish()
    assert (outcome.end, outcome.base_commit) == (PublicationEnd.OPENED, moved)
    assert "nothing was run there" in world.forge.request(outcome.number).body
    assert world.checkout.commits[outcome.commit].files["README.md"] == "shop\n"


async def test_a_branch_that_holds_the_fix_is_not_moved_each_time_that_its_base_moves(world):
    first = await world.publish()
    world.checkout.commit(SHOP, "main", {"README.md": "shop\n"})
    again = await world.publish()
    assert (again.end, again.commit) == (PublicationEnd.UNCHANGED, first.commit)


async def test_the_same_patches_proved_anew_on_a_base_that_moved_lie_on_it(world):
    first = await world.publish()
    moved = world.checkout.commit(SHOP, "main", {"README.md": "shop\n"})
    again = await world.publish(a_publication(moved))
    assert (again.end, again.number, again.base_commit) == (PublicationEnd.UPDATED, first.number, moved)
    assert "nothing was run there" not in world.forge.request(again.number).body


async def test_a_patch_that_no_longer_applies_means_to_start_again(world):
    world.checkout.commit(SHOP, "main", {"shop/cart.py": "def total(items):\n    return 7\n"})
    outcome = await world.publish()
    assert outcome.end is PublicationEnd.OUTDATED
    assert "start the fix again" in outcome.explanation
    assert not world.checkout.pushes


async def test_a_repository_may_want_every_patch_proved_on_its_tip(world):
    world.checkout.commit(SHOP, "main", {"README.md": "shop\n"})
    outcome = await world.publish(with_settings(world.publication(), moved_base=MovedBase.RESTART))
    assert outcome.end is PublicationEnd.OUTDATED


async def test_a_base_that_holds_the_fix_already_needs_no_pull_request(world):
    world.checkout.commit(
        SHOP, "main", {"shop/cart.py": FIXED, "shop/names.py": NAMES.replace("nam\n", "name\n")}
    )
    outcome = await world.publish()
    assert outcome.end is PublicationEnd.OUTDATED
    assert "already" in outcome.explanation


async def test_a_base_branch_that_is_gone_leaves_nothing_to_fix(world):
    publication = world.publication()
    world.checkout.delete(SHOP, "main")
    assert (await world.publish(publication)).end is PublicationEnd.OUTDATED


async def test_a_patch_that_does_not_apply_where_it_was_proved_is_refused(world):
    wrong = CART_PATCH.replace("result = 1", "result = 2")
    outcome = await world.publish(world.publication(fixes=(a_fix(patch=wrong),)))
    assert outcome.end is PublicationEnd.REFUSED


async def test_nothing_that_is_not_proved_is_published(world):
    unproved = a_fix(evidence=())
    failed = a_fix(evidence=(replace(a_fix().evidence[0], is_passed=False),))
    for fixes in ((unproved,), (a_fix(), failed), ()):
        outcome = await world.publish(world.publication(fixes=fixes))
        assert outcome.end is PublicationEnd.REFUSED
    assert world.forge.calls == []


@pytest.mark.parametrize(
    "path", [".github/workflows/ci.yml", "uv.lock", "tests/test_cart.py", "../evil.py", ".git/config"]
)
async def test_what_a_fix_leaves_alone_is_refused_before_anybody_is_asked(world, path):
    outcome = await world.publish(world.publication(fixes=(a_fix(patch=a_patch_of(path)),)))
    assert outcome.end is PublicationEnd.REFUSED
    assert repr(path) in outcome.explanation
    assert world.forge.calls == []


async def test_what_the_built_tree_shows_counts_and_not_the_text_of_the_patch_alone(world):
    world.checkout.also_touched = (".github/workflows/ci.yml",)
    refused = await world.publish()
    assert refused.end is PublicationEnd.REFUSED
    assert ".github/workflows/ci.yml" in refused.explanation
    world.checkout.also_touched, world.checkout.odd = (), ("shop/cart.py",)
    odd = await world.publish()
    assert odd.end is PublicationEnd.REFUSED
    assert "submodule" in odd.explanation
    assert not world.checkout.pushes


async def test_a_repository_may_allow_kinds_of_files_but_no_way_out_of_the_tree(world):
    world.base = world.checkout.commit(SHOP, "main", {"tests/test_cart.py": "x = 1\n"})
    kinds = frozenset(PathKind)
    fixes = (a_fix(patch=a_patch_of("tests/test_cart.py")),)
    allowed = with_settings(world.publication(fixes=fixes), allowed_kinds=kinds)
    assert (await world.publish(allowed)).end is PublicationEnd.OPENED
    out = with_settings(world.publication(fixes=(a_fix(patch=a_patch_of("../x")),)), allowed_kinds=kinds)
    assert (await world.publish(out)).end is PublicationEnd.REFUSED


async def test_nobody_pushes_to_the_default_or_to_a_protected_branch(world):
    world.forge.default_branch = BRANCH
    assert (await world.publish()).end is PublicationEnd.REFUSED
    world.forge.default_branch = "main"
    world.forge.protected.add(BRANCH)
    refused = await world.publish()
    assert refused.end is PublicationEnd.REFUSED
    assert "protected" in refused.explanation
    same = with_settings(world.publication(base_branch=f"main{FINGERPRINT}"), branch_prefix="main")
    assert (await world.publish(same)).end is PublicationEnd.REFUSED
    assert not world.checkout.pushes


@pytest.mark.parametrize(
    "name", ["-x", "a..b", "refs/heads/x.lock", "a b", "a/.b", "x~1", "x:y", "", "a\nb", "/x", "x/"]
)
async def test_a_branch_name_that_git_could_read_otherwise_is_refused(world, name):
    outcome = await world.publish(world.publication(base_branch=name))
    assert outcome.end is PublicationEnd.REFUSED


async def test_an_archived_repository_takes_nothing(world):
    world.forge.is_archived = True
    assert (await world.publish()).end is PublicationEnd.FORBIDDEN


async def test_without_the_right_to_push_a_fork_is_used_where_that_is_wanted(world):
    world.forge.can_push = False
    explained = await world.publish()
    assert explained.end is PublicationEnd.FORBIDDEN
    assert "write access" in explained.explanation
    outcome = await world.publish(with_settings(world.publication(), is_fork_used=True))
    assert outcome.end is PublicationEnd.OPENED
    assert world.forge.pulls[0][0] == f"fleet:{BRANCH}"
    assert world.tip(repository=Repository(owner="fleet", name="shop")) == outcome.commit
    assert world.tip() is None


async def test_drafts_and_labels_are_as_the_repository_wants_them(world):
    wanted = with_settings(world.publication(), is_draft=True, labels=("fleet", "bug"))
    outcome = await world.publish(wanted)
    assert world.forge.pulls[0][1].is_draft
    assert world.forge.request(outcome.number).labels == ("fleet", "bug")
    world.forge.change(outcome.number, labels=("bug",))
    await world.publish(wanted)
    assert world.forge.request(outcome.number).labels == ("bug",)


async def test_labels_that_can_not_be_put_on_are_no_reason_to_fail(world):
    world.forge.refuses_labels = True
    outcome = await world.publish(with_settings(world.publication(), labels=("fleet",)))
    assert outcome.end is PublicationEnd.OPENED
    assert "no labels" in outcome.explanation


async def test_who_is_quicker_with_our_branch_is_not_pushed_over(world):
    theirs = world.checkout.commit(SHOP, "other", {"x.py": "x = 1\n"})
    world.checkout.before_push.append((SHOP.full_name, BRANCH, theirs))
    with pytest.raises(ForgeUnavailable, match="try again"):
        await world.publish()
    assert world.tip() == theirs
    assert (await world.publish()).end is PublicationEnd.TAKEN_OVER


class Died(Exception):
    """The process is gone."""


class Mortal:
    """Goes on to the port behind it, and dies right before or after its n-th call."""

    def __init__(self, port, fate) -> None:
        self._port = port
        self._fate = fate

    def __getattr__(self, name):
        call = getattr(self._port, name)

        async def called(*arguments, **named):
            self._fate.step()
            answer = await call(*arguments, **named)
            self._fate.step()
            return answer

        return called


class Fate:
    def __init__(self, left: int) -> None:
        self.left = left

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Died


@pytest.mark.parametrize("is_moved", [False, True])
async def test_whoever_dies_at_any_step_leaves_what_a_second_try_brings_to_the_same_end(is_moved):
    deaths = 0
    for step in range(1, 60):
        world, artifacts = World(), FakeArtifacts()
        publication = with_settings(world.publication(), labels=("fleet",))
        fate = Fate(step)
        ports = {
            "checkout": Mortal(world.checkout, fate),
            "forge": Mortal(world.forge, fate),
            "artifacts": Mortal(artifacts, fate),
        }
        try:
            await publish_kept(publication, **ports)
        except Died:
            deaths += 1
        if is_moved:
            world.checkout.commit(SHOP, "main", {"README.md": "shop\n"})
        again = await resume(
            SHOP, FINGERPRINT, checkout=world.checkout, forge=world.forge, artifacts=artifacts
        )
        if again is None:
            assert step == 1
            again = await publish_kept(
                publication, checkout=world.checkout, forge=world.forge, artifacts=artifacts
            )
        assert again.end in {PublicationEnd.OPENED, PublicationEnd.UNCHANGED, PublicationEnd.UPDATED}
        assert len(world.forge.pulls) == 1
        assert world.forge.request(again.number).labels == ("fleet",)
        assert world.tip() == again.commit
        assert world.history()[:2] == ["Name the parameter as it is called", "Start the total at nothing"]
        assert outcome_key(SHOP, FINGERPRINT) in artifacts.files
        if fate.left > 0:
            break
    assert deaths == step - 1 > 15


async def test_what_is_stored_is_read_back_as_it_was(world):
    publication = with_settings(
        world.publication(),
        labels=("a", "b"),
        allowed_kinds=frozenset({PathKind.TEST}),
        moved_base=MovedBase.RESTART,
    )
    assert decode_publication(encode_publication(publication)) == publication
    for broken in (b"", b"[]", b'{"schema": 2}', b'{"schema": 1}', b'{"schema": 1, "settings": 3}'):
        with pytest.raises(ValueError, match=r".+"):
            decode_publication(broken)
