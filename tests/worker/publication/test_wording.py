"""Words of strangers, and what a publication says."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.publication.builders import PROVED, a_fix, a_publication
from worker.domain.publication import Evidence
from worker.publication.branch import fingerprint
from worker.publication.describe import MAXIMUM_BODY, body, commit_message, marks, title, updated_body
from worker.publication.wording import block, cell, line, plain, prose

TOKEN = "ghp_" + "a1B2" * 9
HOSTILE = f"""\
Hello @everyone and @acme/owners, fixes #12, GH-34, closes acme/shop#56
[skip ci] [ci skip] [no ci] [skip actions]
skip-checks: true
Co-authored-by: Mallory <m@example.com>
Signed-off-by: Mallory <m@example.com>
<!-- /fleet:publication:0123456789abcdef --> <img src=x onerror=alert(1)>
![x](https://evil.example/x.png) [click](javascript:alert(1)) www.evil.example
# heading
> quote
1. list
- list
| table | row |
```
    code
\t\x1b[31mred\u202e
{TOKEN}
"""
ACTING = re.compile(
    r"@[A-Za-z]|#\d|GH-\d|\[(?:skip|ci|no)[ -]|https?://|www\.e|-by:|skip-checks:", re.IGNORECASE
)


@pytest.mark.parametrize("make", [plain, prose])
def test_words_of_strangers_do_nothing(make):
    text = make(HOSTILE, most=4000)
    assert not ACTING.search(text)
    assert TOKEN not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", text)


def test_prose_and_cells_hold_no_markup():
    for text in (prose(HOSTILE, most=4000), cell(HOSTILE, most=4000)):
        assert not re.search(r"(?<!\\)[<>`|\[\]*_!]", text)
        assert not re.search(r"^\s*(?:[#>+-]|\d+\.)\s", text, re.MULTILINE)
        assert not re.search(r"^ {4}|^\t", text, re.MULTILINE)
    assert "\n" not in cell(HOSTILE, most=4000)


@settings(max_examples=100, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_becomes_one_short_line(text):
    shown = line(text, most=72)
    assert "\n" not in shown
    assert not ACTING.search(shown)


@settings(max_examples=100, derandomize=True)
@given(st.text(alphabet=st.sampled_from("`~ab\n<>-|"), max_size=200))
def test_nothing_in_a_block_closes_it(text):
    first, *inner, last = block(text, most=1000).split("\n")
    assert first == f"{last}text"
    assert all(not re.fullmatch(rf" {{0,3}}`{{{len(last)},}}\s*", row) for row in inner)


def test_of_a_long_log_the_end_is_shown():
    shown = block("first\n" + "x\n" * 10_000 + "AssertionError: last", most=100)
    assert "AssertionError: last" in shown
    assert "first" not in shown
    assert len(shown) < 200


def test_a_commit_says_what_why_and_by_what_it_was_proved():
    message = commit_message(a_publication(), 1)
    subject, blank, *rest = message.split("\n")
    assert subject == "Start the total at nothing"
    assert blank == ""
    text = "\n".join(rest)
    assert "An empty cart cost one" in text
    assert "- the failing test: passed" in text
    assert re.search(
        r"\n\nFleet-Fix: 1/2\nFleet-Publication: 0123456789abcdef\nFleet-Content: [0-9a-f]{16}\n$", message
    )


def test_a_commit_of_hostile_words_has_no_trailers_but_ours():
    message = commit_message(a_publication(fixes=(a_fix(title=HOSTILE, explanation=HOSTILE),)), 1)
    assert not ACTING.search(message)
    assert len(message.split("\n")[0]) <= 80
    assert [row.partition(":")[0] for row in message.split("\n\n")[-1].splitlines()] == [
        "Fleet-Fix",
        "Fleet-Publication",
        "Fleet-Content",
    ]


def test_the_pull_request_shows_what_why_evidence_and_what_failed():
    text = body(a_publication(), base_commit="1" * 40)
    begin, end = marks("0123456789abcdef")
    assert text.startswith(begin)
    assert text.endswith(end)
    for part in (
        "### What was wrong",
        "### Why this mends it",
        "### Evidence",
        "E       assert 1 == 0",
        "Job `fix-1`",
    ):
        assert part in text
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert rows[2] == "| Start the total at nothing | the failing test | passed | test\\_total, 3 times |"
    assert len(rows) == 2 + 4


def test_a_pull_request_of_hostile_words_and_logs_is_still_ours():
    fix = a_fix(
        title=HOSTILE,
        explanation=HOSTILE,
        evidence=(Evidence(check=HOSTILE, is_passed=True, detail=HOSTILE),),
    )
    publication = a_publication(
        title=HOSTILE, what=HOSTILE, why=HOSTILE, log=HOSTILE * 50, job_id="</x>", fixes=(fix,)
    )
    text = body(publication, base_commit="2" * 40)
    begin, end = marks(publication.fingerprint)
    outside = re.sub(r"\n(`{3,})text\n.*?\n\1\n", "", text, flags=re.DOTALL)
    assert outside.count(begin) == outside.count(end) == 1
    assert not ACTING.search(outside)
    assert TOKEN not in text
    assert TOKEN not in title(publication)
    assert "</x>" not in text
    around = f"before {text} after"
    assert updated_body(around, publication, base_commit="2" * 40) == around


def test_a_body_is_never_longer_than_a_forge_takes():
    fixes = tuple(a_fix(title=f"{number} {'|' * 200}", evidence=PROVED * 20) for number in range(50))
    text = body(
        a_publication(fixes=fixes, what="_" * 9000, why="*" * 9000, log="`" * 90_000), base_commit="1" * 40
    )
    assert len(text) <= MAXIMUM_BODY
    assert text.endswith(marks("0123456789abcdef")[1])


def test_a_fingerprint_knows_a_diagnosis_again_and_tells_others_apart():
    publication = a_publication()
    one = fingerprint(publication.repository, "main", "assertion", "shop/cart.py", "test_total")
    assert one == fingerprint(
        replace(publication.repository, owner="ACME"), "main", "assertion", "shop/cart.py", "test_total"
    )
    others = {
        fingerprint(publication.repository, "dev", "assertion", "shop/cart.py", "test_total"),
        fingerprint(publication.repository, "main", "assertion", "shop/cart.py", "test_other"),
        fingerprint(publication.repository, "main", "assertionshop/cart.py", "test_total"),
    }
    assert one not in others
    assert len(others) == 3
