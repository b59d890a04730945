"""How long to wait."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from worker.runtime.backoff import Backoff


@given(st.integers(min_value=-5, max_value=10_000), st.integers())
def test_a_wait_lies_between_nothing_and_its_bound(failures, seed):
    backoff = Backoff(base_seconds=2, cap_seconds=120, random=Random(seed))
    assert 0 <= backoff.delay_seconds(failures) <= min(120, 2 * 2 ** min(max(failures - 1, 0), 60))


def test_waits_differ():
    backoff = Backoff(base_seconds=2, cap_seconds=120, random=Random(1))
    assert len({backoff.delay_seconds(5) for _ in range(10)}) == 10
