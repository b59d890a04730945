"""The meter of functions: Lambda's own count of the month, of which only what is new is added."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.domain.budget import FunctionTime, Meter, Rates, metered, metered_function, month_of
from worker.domain.meter_codec import decode_meter, encode_meter

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
RATES = Rates(worker_hour_usd=0.5, fixed_month_usd=7.3)
NEW = Meter(month="2026-03")


def counted(meter: Meter, hours: float, *, minutes: float = 0, rates: Rates = RATES) -> Meter:
    now = NOW + timedelta(minutes=minutes)
    time = FunctionTime(seconds=3600 * hours, since=datetime(2026, 3, 4, 9, 0, tzinfo=UTC))
    return metered_function(meter, now=now, time=time, rates=rates)


def test_the_first_look_counts_the_month_from_its_first_invocation_on():
    meter = counted(NEW, 4)
    assert meter.spent_usd == pytest.approx(2.0)
    assert meter.since == datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def test_a_count_that_did_not_grow_costs_only_what_stands_there():
    meter = counted(counted(NEW, 4), 4, minutes=60)
    assert meter.spent_usd == pytest.approx(2.0 + 7.3 / 730)
    assert meter.worker_seconds == 4 * 3600


def test_what_was_told_late_or_while_nobody_looked_is_in_the_next_count():
    often = NEW
    for number in range(1, 9):
        often = counted(often, number, minutes=number)
    assert often.worker_seconds == counted(NEW, 8, minutes=9).worker_seconds


def test_another_price_holds_for_what_is_new_alone():
    dear = Rates(worker_hour_usd=2.0)
    assert counted(counted(NEW, 4), 5, rates=dear).spent_usd == pytest.approx(2.0 + 2.0)


def test_time_without_a_price_is_kept_apart():
    meter = counted(NEW, 4, rates=Rates(worker_hour_usd=None))
    assert (meter.spent_usd, meter.unpriced_seconds) == (0.0, 4 * 3600)


def test_a_count_that_shrank_takes_nothing_back():
    meter = counted(counted(NEW, 4), 1, minutes=1)
    assert meter.worker_seconds == 4 * 3600
    assert counted(meter, 5, minutes=2).worker_seconds == 5 * 3600


def test_a_new_month_begins_with_a_count_of_its_own():
    before = counted(NEW, 4)
    april = datetime(2026, 4, 1, 0, 2, tzinfo=UTC)
    meter = metered_function(before, now=april, time=FunctionTime(seconds=36.0), rates=RATES)
    assert (meter.month, meter.worker_seconds, meter.function_seconds) == (month_of(april), 36.0, 36.0)
    assert metered_function(meter, now=NOW, time=FunctionTime(seconds=9e9), rates=RATES) == meter


def test_what_tasks_cost_earlier_in_the_month_stays_and_is_not_taken_for_the_functions():
    tasks = metered(
        Meter(month="2026-03", workers=2, looked_at=NOW - timedelta(hours=1)), now=NOW, workers=2, rates=RATES
    )
    meter = counted(tasks, 3)
    assert meter.worker_seconds == (2 + 3) * 3600
    assert meter.workers == 0


def test_the_ledger_gives_it_back_and_knows_an_item_of_before():
    meter = counted(NEW, 4)
    assert decode_meter(encode_meter(meter)) == meter
    item = encode_meter(NEW)
    del item["function_seconds"]
    assert decode_meter(item) == NEW
