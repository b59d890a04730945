"""Metrics in the log, in CloudWatch's embedded form."""

import asyncio
import io
import json

import pytest

from tests.fakes.clock import FakeClock
from worker.domain.settings import WorkerSettings
from worker.runtime.emf import INTERVAL_SECONDS, METRICS, EmfReporter
from worker.runtime.telemetry import Counters


@pytest.fixture
def rig():
    stream, clock, counters = io.StringIO(), FakeClock(), Counters()
    urls = {f"queue_url_{lane}": "url" for lane in ("high", "normal", "low")}
    settings = WorkerSettings(
        **urls,
        dead_letter_queue_url="url",
        results_bucket="bucket",
        ledger_table="table",
        environment="prod",
        metrics_namespace="fleet",
    )
    reporter = EmfReporter(stream=stream, clock=clock, counters=counters, settings=settings)
    return stream, clock, counters, reporter


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_declares_every_metric_that_it_holds(rig):
    stream, _, counters, reporter = rig
    counters.count("attempts", 3, {"end": "proved"})
    counters.count("attempts", 1, {"end": "timed_out"})
    reporter.report()
    (line,) = lines(stream)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], declared["Dimensions"]) == ("fleet", [["Environment"]])
    assert {metric["Name"] for metric in declared["Metrics"]} == {metric.name for metric in METRICS}
    assert all(isinstance(line[metric["Name"]], int | float) for metric in declared["Metrics"])
    assert (line["JobsSucceeded"], line["AttemptsEnded"], line["AttemptsTimedOut"]) == (3, 4, 1)
    assert line["Environment"] == "prod"


async def test_each_minute_tells_what_is_new_and_a_quiet_one_nothing(rig):
    stream, clock, counters, reporter = rig
    task = asyncio.create_task(reporter.run())
    counters.count("attempts", 2, {"end": "proved"})
    await clock.advance(INTERVAL_SECONDS)
    await clock.advance(INTERVAL_SECONDS)
    counters.count("attempts", 1, {"end": "proved"})
    await clock.advance(INTERVAL_SECONDS)
    assert [line["JobsSucceeded"] for line in lines(stream)] == [2, 1]
    counters.count("attempts", 5, {"end": "proved"})
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines(stream)[-1]["JobsSucceeded"] == 5  # the last minute is not lost at the end
