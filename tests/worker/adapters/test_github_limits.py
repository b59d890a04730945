"""How long GitHub wants us to wait."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.adapters.github_forge_limits import (
    LONGEST_BELIEVED_SECONDS,
    SECONDARY_SECONDS,
    pause_seconds,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RESET = str(int(NOW.timestamp()) + 120)
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@pytest.mark.parametrize(
    ("status", "headers", "text", "seconds"),
    [
        (403, USED_UP, "API rate limit exceeded", 121.0),
        (429, USED_UP, "API rate limit exceeded", 121.0),
        (403, {"retry-after": "30"}, SECONDARY, 30.0),
        (429, {"retry-after": "30", **USED_UP}, SECONDARY, 30.0),
        (403, {}, SECONDARY, SECONDARY_SECONDS),
        (403, {}, "You have triggered an abuse detection mechanism", SECONDARY_SECONDS),
        (429, {}, "", SECONDARY_SECONDS),
        (503, {"retry-after": "Fri, 02 Jan 2026 03:04:35 GMT"}, "", 30.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "", SECONDARY_SECONDS),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, "", 0.0),
        (429, {"retry-after": "999999999"}, "", LONGEST_BELIEVED_SECONDS),
        (
            403,
            {"x-ratelimit-remaining": "17", "x-ratelimit-reset": RESET},
            "Resource not accessible by integration",
            None,
        ),
        (403, {}, "Resource not accessible by integration", None),
        (404, {"retry-after": "30"}, "", None),
        (503, {}, "", None),
        (502, USED_UP, "", None),
    ],
)
def test_limits_are_told_from_refusals(status, headers, text, seconds):
    assert pause_seconds(status, headers, text, NOW) == seconds


@settings(max_examples=100, derandomize=True)
@given(after=st.text(max_size=20), reset=st.text(max_size=20), remaining=st.text(max_size=3))
def test_whatever_the_headers_hold_a_wait_is_bounded(after, reset, remaining):
    headers = {"retry-after": after, "x-ratelimit-reset": reset, "x-ratelimit-remaining": remaining}
    seconds = pause_seconds(429, headers, "", NOW)
    assert seconds is not None
    assert 0 <= seconds <= LONGEST_BELIEVED_SECONDS
