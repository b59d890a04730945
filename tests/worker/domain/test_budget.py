"""The budget ladder and the meter that drives it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.budget import (
    RUNGS,
    Meter,
    Rates,
    Rung,
    forecast_usd,
    judge,
    metered,
    rungs_to_tell,
    told,
)
from worker.domain.meter_codec import decode_meter, encode_meter
from worker.domain.scaling_terms import Budget

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
RATES = Rates(worker_hour_usd=0.12)
UNPRICED = Rates(worker_hour_usd=None)


def spent(usd: float) -> Meter:
    return Meter(month="2026-11", spent_usd=usd)


@pytest.mark.parametrize(
    ("usd", "rung", "allows"),
    [
        (0.0, Rung.BELOW, Budget.NORMAL),
        (49.99, Rung.BELOW, Budget.NORMAL),
        (50.0, Rung.MAIL, Budget.NORMAL),
        (80.0, Rung.ALERT, Budget.NORMAL),
        (99.99, Rung.ALERT, Budget.NORMAL),
        (100.0, Rung.FREEZE, Budget.FROZEN),
        (119.99, Rung.FREEZE, Budget.FROZEN),
        (120.0, Rung.ZERO, Budget.ZERO),
        (5000.0, Rung.ZERO, Budget.ZERO),
    ],
)
def test_each_share_of_the_budget_has_its_rung_and_what_it_allows(usd, rung, allows):
    verdict = judge(spent(usd), limit_usd=100.0, rates=RATES)
    assert (verdict.rung, verdict.allows) == (rung, allows)
    assert verdict.share == pytest.approx(usd / 100)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_budget_of_nothing_allows_nothing_even_before_a_cent_is_spent(limit):
    verdict = judge(spent(0.0), limit_usd=limit, rates=RATES)
    assert verdict.allows is Budget.ZERO
    assert "budget is 0" in verdict.sentence


def test_time_without_a_price_freezes_the_fleet_and_is_not_taken_for_free():
    meter = metered(
        Meter(month="2026-11", workers=3, looked_at=NOON),
        now=NOON + timedelta(hours=1),
        workers=3,
        rates=UNPRICED,
    )
    verdict = judge(meter, limit_usd=100.0, rates=UNPRICED)
    assert meter.unpriced_seconds == pytest.approx(3 * 3600)
    assert verdict.allows is Budget.FROZEN
    assert verdict.share is None
    assert "no price" in verdict.sentence


def test_an_overspent_month_stays_at_zero_though_the_price_went_missing():
    assert judge(spent(130.0), limit_usd=100.0, rates=UNPRICED).allows is Budget.ZERO


def test_the_meter_counts_workers_time_and_the_standing_cost():
    rates = Rates(worker_hour_usd=0.12, fixed_month_usd=7.3)
    meter = metered(Meter(month="2026-11"), now=NOON, workers=2, rates=rates)
    meter = metered(meter, now=NOON + timedelta(hours=1), workers=2, rates=rates)
    assert meter.spent_usd == pytest.approx(2 * 0.12 + 7.3 / 730)
    assert meter.worker_seconds == pytest.approx(7200)
    assert meter.since == NOON


def test_a_controller_that_was_away_counts_the_whole_gap_with_the_larger_number_of_workers():
    before = metered(Meter(month="2026-11"), now=NOON, workers=4, rates=RATES)
    after = metered(before, now=NOON + timedelta(hours=3), workers=0, rates=RATES)
    assert after.spent_usd == pytest.approx(4 * 3 * 0.12)


def test_a_clock_that_goes_back_counts_nothing_and_nothing_twice():
    meter = metered(Meter(month="2026-11"), now=NOON, workers=1, rates=RATES)
    back = metered(meter, now=NOON - timedelta(minutes=30), workers=1, rates=RATES)
    again = metered(back, now=NOON + timedelta(minutes=30), workers=1, rates=RATES)
    assert back.spent_usd == meter.spent_usd
    assert again.worker_seconds == pytest.approx(1800)


def test_a_new_month_starts_at_nothing_and_counts_only_what_lies_in_it():
    end = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    old = Meter(month="2026-11", spent_usd=119.0, told=Rung.FREEZE, workers=2, looked_at=end)
    new = metered(old, now=datetime(2026, 12, 1, 1, 0, tzinfo=UTC), workers=2, rates=RATES)
    assert (new.month, new.told) == ("2026-12", Rung.BELOW)
    assert new.spent_usd == pytest.approx(2 * 0.12)


def test_a_clock_that_goes_back_over_the_end_of_a_month_forgets_nothing():
    meter = Meter(month="2026-12", spent_usd=3.0, looked_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert metered(meter, now=datetime(2026, 11, 30, 23, 59, tzinfo=UTC), workers=1, rates=RATES) == meter


def test_each_rung_is_told_once_even_when_several_are_reached_at_once():
    meter = spent(105.0)
    verdict = judge(meter, limit_usd=100.0, rates=RATES)
    assert rungs_to_tell(meter, verdict) == (Rung.MAIL, Rung.ALERT, Rung.FREEZE)
    heard = told(meter, verdict.rung)
    assert rungs_to_tell(heard, judge(heard, limit_usd=100.0, rates=RATES)) == ()
    assert told(heard, Rung.MAIL).told is Rung.FREEZE


def test_a_raised_budget_lets_the_fleet_work_again_at_the_next_look():
    meter = spent(130.0)
    assert judge(meter, limit_usd=100.0, rates=RATES).allows is Budget.ZERO
    assert judge(meter, limit_usd=300.0, rates=RATES).allows is Budget.NORMAL


def test_the_forecast_keeps_the_pace_and_says_nothing_of_the_first_hours():
    start = datetime(2026, 11, 1, tzinfo=UTC)
    assert forecast_usd(10.0, start, start + timedelta(days=10)) == pytest.approx(30.0)
    assert forecast_usd(10.0, start, start + timedelta(hours=5)) is None


def test_the_forecast_of_december_ends_with_the_year():
    start = datetime(2026, 12, 1, tzinfo=UTC)
    assert forecast_usd(1.0, start, start + timedelta(days=1)) == pytest.approx(31.0)


@given(st.lists(st.tuples(st.integers(-7200, 86_400), st.integers(0, 50)), min_size=1, max_size=20))
def test_what_was_metered_never_shrinks_within_a_month_and_rungs_only_rise(looks):
    meter, now, highest = Meter(month="2026-11"), datetime(2026, 11, 1, tzinfo=UTC), Rung.BELOW
    for seconds, workers in looks:
        now = min(now + timedelta(seconds=seconds), datetime(2026, 11, 30, tzinfo=UTC))
        before = meter
        meter = metered(meter, now=max(now, datetime(2026, 11, 1, tzinfo=UTC)), workers=workers, rates=RATES)
        assert meter.spent_usd >= before.spent_usd
        rung = judge(meter, limit_usd=50.0, rates=RATES).rung
        assert RUNGS.index(rung) >= RUNGS.index(highest)
        highest = rung


@pytest.mark.parametrize(
    "meter",
    [
        Meter(month="2026-11"),
        Meter(
            month="2026-11",
            spent_usd=12.345678,
            worker_seconds=7200.5,
            unpriced_seconds=1.0,
            told=Rung.ALERT,
            workers=4,
            looked_at=NOON,
            since=NOON - timedelta(days=3),
        ),
    ],
)
def test_the_ledger_gives_back_the_meter_that_it_was_given(meter):
    assert decode_meter(encode_meter(meter)) == meter
