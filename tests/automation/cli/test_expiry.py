"""How long a stack for development lives."""

from datetime import UTC, datetime

import pytest

from automation.cli.expiry import expiry_after, is_expired, refuse_protected
from automation.errors import UsageFault
from components.naming import PROJECT

NOON = datetime(2026, 11, 25, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ttl", "end"), [("1h", "2026-11-25T14:00Z"), ("8h", "2026-11-25T21:00Z"), ("3d", "2026-11-28T13:00Z")]
)
def test_the_end_is_a_full_hour_and_never_early(ttl: str, end: str) -> None:
    assert expiry_after(ttl, NOON) == end


@pytest.mark.parametrize("wrong", ["", "0h", "8", "8m", "-1h", "91d", "9999d", "soon"])
def test_what_is_no_time_to_live_is_refused(wrong: str) -> None:
    with pytest.raises(UsageFault, match="no time to live"):
        expiry_after(wrong)


def test_a_stack_expires_at_its_end_and_not_before() -> None:
    assert not is_expired("2026-11-25T14:00Z", NOON)
    assert is_expired("2026-11-25T14:00Z", datetime(2026, 11, 25, 14, 0, tzinfo=UTC))


@pytest.mark.parametrize("end", [None, "", "tomorrow", "2026-11-25"])
def test_a_stack_without_an_end_or_whose_end_nobody_can_read_never_expires(end: str | None) -> None:
    assert not is_expired(end, NOON)


def test_a_protected_stack_gets_no_end() -> None:
    refuse_protected({}, "dev")
    with pytest.raises(UsageFault, match="protected"):
        refuse_protected({f"{PROJECT}:protect": "true"}, "prod")
