"""What a job on a repository is about, where the delivery does not say all of it."""

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.source_checkout import FakePulls
from worker.domain.errors import RequestRejected
from worker.domain.origin import Origin
from worker.repository.aim import aim_of
from worker.repository_ports import PullRequestHead

HEAD = "a1" * 20
BASE = "b2" * 20
ORIGIN = Origin(repository="acme/shop", clone_url="https://github.com/acme/shop.git")
PULL = PullRequestHead(commit=HEAD, branch="feature", base_commit=BASE, base_branch="main", is_fork=False)


def aim(origin: Origin, pull: PullRequestHead = PULL):
    return asyncio.run(aim_of(origin, FakePulls(heads={7: pull})))


def test_a_push_says_everything_itself():
    found = aim(replace(ORIGIN, sha=HEAD, base_sha=BASE, ref="main"))
    assert (found.commit, found.base_commit, found.branch, found.is_fork) == (HEAD, BASE, "main", False)


def test_a_comment_means_what_the_pull_request_holds_now():
    found = aim(replace(ORIGIN, pull_request=7))
    assert (found.commit, found.base_commit, found.branch) == (HEAD, BASE, "feature")


def test_a_part_of_a_commits_name_is_completed_by_the_pull_request():
    assert aim(replace(ORIGIN, pull_request=7, sha=HEAD[:9])).commit == HEAD


def test_a_commit_that_is_no_longer_the_head_is_not_run():
    with pytest.raises(RequestRejected, match="look at it and ask again"):
        aim(replace(ORIGIN, pull_request=7, sha="c3" * 5))


def test_code_of_a_fork_is_run_only_where_its_commit_was_named():
    fork = replace(PULL, is_fork=True)
    with pytest.raises(RequestRejected, match="name the commit"):
        aim(replace(ORIGIN, pull_request=7), fork)
    found = aim(replace(ORIGIN, pull_request=7, sha=HEAD), fork)
    assert (found.commit, found.branch, found.is_fork) == (HEAD, "", True)


def test_a_short_name_without_a_pull_request_is_refused():
    with pytest.raises(RequestRejected, match="part of a commit"):
        aim(replace(ORIGIN, sha=HEAD[:9]))
