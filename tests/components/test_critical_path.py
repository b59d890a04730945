"""The way through a deployment that takes longest, and the page that tells of it."""

import re

import pytest

from bench.critical_path import (
    AT_ONCE,
    LIMIT_SECONDS,
    PAGE,
    START_SECONDS,
    WAITS,
    Node,
    graph,
    longest_way,
    name_of,
    wait_row,
)
from tests.components.variants import VARIANTS, variant

LINK = "aws:apigatewayv2/vpcLink:VpcLink"
ROW = re.compile(r"\| ([\w-]+, [\w-]+, [\w ]+) \| (\d+):(\d\d) \| (\d+):(\d\d) \|.*")
CLOSE_SECONDS = 30
"""A step more or less of those that AWS answers at once makes nobody write the page anew."""


def node(name, *depends_on, token="aws:sns/topic:Topic"):
    return Node(name=name, type=token, depends_on=depends_on)


def test_what_waits_for_nothing_is_made_at_the_same_time():
    assert longest_way([node("a"), node("b"), node("c")]).seconds == AT_ONCE.usual


def test_the_longest_way_is_found_by_time_and_not_by_the_number_of_steps():
    nodes = [node("a"), node("b", "a"), node("c", "b"), node("link", token=LINK), node("end", "c", "link")]
    way = longest_way(nodes)
    assert [it.name for it in way.nodes] == ["link", "end"]
    assert way.seconds == WAITS[LINK].usual + AT_ONCE.usual


def test_components_and_what_is_not_of_the_stack_take_no_time():
    assert longest_way([node("a", "a provider", token="ddf:fleet:Network")]).seconds == 0


def told(name):
    """The usual time and that of a bad day, in seconds."""
    [found] = [it for it in ROW.finditer(PAGE.read_text()) if it[1] == name]
    minutes, seconds, slow_minutes, slow_seconds = (int(it) for it in found.groups()[1:])
    return minutes * 60 + seconds, slow_minutes * 60 + slow_seconds


def test_every_kind_of_stack_is_there_within_ten_minutes_on_a_bad_day_too():
    names = [found[1] for found in ROW.finditer(PAGE.read_text())]
    assert len(set(names)) == 22
    assert max(told(name)[1] for name in names) < LIMIT_SECONDS


@pytest.mark.parametrize("one", VARIANTS, ids=lambda one: name_of(*one))
def test_the_page_tells_what_the_program_declares(one):
    nodes = graph(variant(*one))
    ways = (longest_way(nodes), longest_way(nodes, is_slow=True))
    for way, seconds in zip(ways, told(name_of(*one)), strict=True):
        assert abs(way.seconds + START_SECONDS - seconds) <= CLOSE_SECONDS, (
            "write it anew: python -m bench.critical_path"
        )


def test_the_page_tells_every_wait_with_its_source():
    lines = PAGE.read_text().splitlines()
    assert all(wait_row(f"`{token}`", wait) in lines for token, wait in WAITS.items())
