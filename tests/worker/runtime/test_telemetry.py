"""Logs and counters."""

import io
import json
import logging

import pytest

from tests.fakes.clock import FakeClock
from worker.runtime.telemetry import LONGEST_QUOTE, LibraryLogs, Telemetry, quoted, told


def make(level: str = "INFO") -> tuple[Telemetry, io.StringIO]:
    stream = io.StringIO()
    return Telemetry(stream=stream, clock=FakeClock(), level=level), stream


def test_a_line_is_one_object_with_the_bound_fields():
    telemetry, stream = make()
    telemetry.bind(job_id="j", attempt=2).info("attempt\nstarted", path="ä", error=ValueError("x"))
    assert json.loads(stream.getvalue()) == {
        "time": "2026-01-01T00:00:00.000+00:00",
        "level": "INFO",
        "event": "attempt\nstarted",
        "job_id": "j",
        "attempt": 2,
        "path": "ä",
        "error": "x",
    }
    assert stream.getvalue().count("\n") == 1


def test_lines_below_the_level_are_left_out():
    telemetry, stream = make("ERROR")
    telemetry.warning("not this")
    assert stream.getvalue() == ""


def test_long_values_are_cut():
    telemetry, stream = make()
    telemetry.info("x", code="a" * 100_000)
    assert len(stream.getvalue()) < 3000


def test_an_error_is_told_without_the_text_that_it_carries():
    source = "the whole source " * 100
    with pytest.raises(UnicodeEncodeError) as caught:
        (source + "\ud800").encode()
    assert source in repr(caught.value)
    assert told(caught.value).startswith("UnicodeEncodeError: 'utf-8' codec can't encode")
    assert "source" not in told(caught.value)


def test_a_quote_is_one_short_line():
    assert quoted("ValueError: x\nline two") == "ValueError: x"
    assert len(quoted("y" * 10_000)) == LONGEST_QUOTE + 1


def test_what_libraries_log_is_an_object_too():
    telemetry, stream = make()
    logger = logging.getLogger("some.library")
    handler = LibraryLogs(telemetry)
    logger.addHandler(handler)
    try:
        logger.warning("%s is odd", "this")
    finally:
        logger.removeHandler(handler)
    assert json.loads(stream.getvalue())["event"] == "this is odd"


def test_labels_are_escaped_and_counters_of_children_are_shared():
    telemetry, _ = make()
    telemetry.bind(job_id="j").count("attempts", end='a"b\nc')
    telemetry.count("attempts", 2, end='a"b\nc')
    assert 'ddf_attempts_total{end="a\\"b\\nc"} 3' in telemetry.counters.to_text()


def test_a_histogram_has_a_count_for_each_bound_a_sum_and_a_total():
    telemetry, _ = make()
    for seconds in (0.2, 3.0, 500.0):
        telemetry.observe("attempt_duration_seconds", seconds)
    text = telemetry.counters.to_text()
    assert 'ddf_attempt_duration_seconds_bucket{le="0.1"} 0' in text
    assert 'ddf_attempt_duration_seconds_bucket{le="0.25"} 1' in text
    assert 'ddf_attempt_duration_seconds_bucket{le="160"} 2' in text
    assert 'ddf_attempt_duration_seconds_bucket{le="+Inf"} 3' in text
    assert "ddf_attempt_duration_seconds_sum 503.2" in text
    assert "ddf_attempt_duration_seconds_count 3" in text


def test_a_total_adds_up_the_series_with_the_labels_asked_for():
    telemetry, _ = make()
    telemetry.count("attempts", 2, end="proved", lane="high")
    telemetry.count("attempts", 3, end="proved", lane="low")
    telemetry.count("attempts", 5, end="failed", lane="low")
    assert telemetry.counters.total("attempts", end="proved") == 5
    assert telemetry.counters.total("attempts") == 10
