"""How a search is split, and how shares stand in messages."""

import json

import pytest

from worker.domain.errors import RequestRejected
from worker.domain.fanout import MAXIMUM_CHILDREN, MOST_LINES, Share, Way, child_id, parent_of, split
from worker.domain.job import JOB_ID, Job, JobKind
from worker.domain.job_codec import decode_job, encode_job

SHARE = Share(parent="fix-1", number=2, way=Way.SMALL, lines=(7, 3))


def fix(**changes: object) -> Job:
    return Job(job_id="fix-1-c2", kind=JobKind.FIX, language="python", code="x = 1", **changes)


def test_lines_are_dealt_like_cards_and_models_have_shares_of_their_own() -> None:
    shares = split("fix-1", [9, 4, 7, 1, 5], ["cheap", "strong"], most=4)
    assert [(each.number, each.way, each.model, each.lines) for each in shares] == [
        (1, Way.SMALL, "", (9, 7, 5)),
        (2, Way.SMALL, "", (4, 1)),
        (3, Way.ENGINE, "cheap", ()),
        (4, Way.ENGINE, "strong", ()),
    ]


@pytest.mark.parametrize("most", [1, 2, 4, 8, 99])
def test_every_line_is_in_one_share_and_no_more_children_are_made_than_wanted(most: int) -> None:
    lines = list(range(100, 60, -1))
    shares = split("fix-1", lines, ["a", "b", "c"], most=most)
    assert len(shares) <= min(most, MAXIMUM_CHILDREN)
    assert sorted(line for share in shares for line in share.lines) == sorted(lines)
    assert [share.number for share in shares] == list(range(1, len(shares) + 1))


def test_where_no_line_is_left_the_models_are_asked_and_where_nothing_is_nobody_is() -> None:
    assert [share.model for share in split("fix-1", [], ["a", "b"], most=1)] == ["a"]
    assert split("fix-1", [], [], most=4) == ()


def test_of_a_long_source_the_most_suspicious_lines_are_dealt_out() -> None:
    shares = split("fix-1", list(range(1, 2_000)), [], most=4)
    assert sorted(line for share in shares for line in share.lines) == list(range(1, MOST_LINES + 1))


@pytest.mark.parametrize("parent", ["fix-1", "a" * 80, "a" * 79 + "b"])
def test_the_name_of_a_child_is_a_job_id_and_leads_back_to_its_parent(parent: str) -> None:
    names = [child_id(parent, number) for number in range(1, MAXIMUM_CHILDREN + 1)]
    assert all(JOB_ID.fullmatch(name) for name in names)
    assert len(set(names)) == MAXIMUM_CHILDREN
    assert {parent_of(name, parent) for name in names} == {parent}


def test_long_names_that_begin_alike_have_children_of_other_names() -> None:
    assert child_id("a" * 79 + "b", 1) != child_id("a" * 79 + "c", 1)


@pytest.mark.parametrize(
    ("job_id", "batch_id"), [("fix-1", "adhoc"), ("fix-1-c1", "fix-2"), ("x", ""), ("-c1", "")]
)
def test_other_jobs_are_nobody_s_children(job_id: str, batch_id: str) -> None:
    assert parent_of(job_id, batch_id) == ""


def test_a_share_and_a_wish_for_children_survive_the_message() -> None:
    for job in (fix(share=SHARE), fix(children=0), fix(children=8), fix(changed_lines=(3, 7)), fix()):
        assert decode_job(encode_job(job), message_id="m") == job


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("changed_lines", 3),
        ("changed_lines", [0]),
        ("changed_lines", [True]),
        ("changed_lines", ["1"]),
        ("changed_lines", [1] * 2_001),
        ("children", -1),
        ("children", MAXIMUM_CHILDREN + 1),
        ("children", True),
        ("children", "4"),
        ("share", 7),
        ("share", {}),
        ("share", {"parent": "", "number": 1, "way": "small"}),
        ("share", {"parent": "p", "number": 0, "way": "small"}),
        ("share", {"parent": "p", "number": 1, "way": "magic"}),
        ("share", {"parent": "p", "number": 1, "way": ["small"]}),
        ("share", {"parent": "p\n", "number": 1, "way": "small"}),
        ("share", {"parent": "p", "number": 1, "way": "small", "lines": [0]}),
        ("share", {"parent": "p", "number": 1, "way": "small", "lines": [1] * (MOST_LINES + 1)}),
        ("share", {"parent": "p", "number": 1, "way": "engine", "model": 3}),
    ],
)
def test_what_is_no_share_and_no_number_of_children_is_refused_with_the_reason(
    name: str, value: object
) -> None:
    body = {**json.loads(encode_job(fix())), name: value}
    with pytest.raises(RequestRejected, match=name):
        decode_job(json.dumps(body), message_id="m")
