"""Times to come, as people write them."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from automation.cli.moments import MOMENT


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("+2h", timedelta(hours=2)),
        ("1D", timedelta(days=1)),
    ],
)
def test_a_span_counts_from_now(text: str, span: timedelta) -> None:
    before = datetime.now(UTC) + span
    assert before <= MOMENT.convert(text, None, None) <= datetime.now(UTC) + span


def test_an_iso_time_with_a_zone_is_that_moment() -> None:
    assert MOMENT.convert("2026-01-02T03:00:00+02:00", None, None) == datetime(2026, 1, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "", "15", "2w", "31d", "99999d"])
def test_what_is_no_time_or_too_far_ahead_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        MOMENT.convert(text, None, None)
