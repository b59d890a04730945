"""A user's own load, and what is refused."""

import pytest

from automation.errors import UsageFault
from automation.simulation.trace import read_trace


def test_seconds_and_iso_times_are_read_and_begin_at_zero():
    by_seconds = read_trace(["time,seconds", "100,5", "40,7.5"], name="t.csv")
    assert [(job.arrival_seconds, job.service_seconds) for job in by_seconds.jobs] == [(0, 7.5), (60, 5)]
    by_time = read_trace(["2026-11-25T09:00:00,5", "2026-11-25T10:01:00+01:00,6"], name="t.csv")
    assert [job.arrival_seconds for job in by_time.jobs] == [0, 60]


def test_empty_lines_and_further_columns_are_left_out():
    assert len(read_trace(["1,2,python", "", "  ", "3,4,java"], name="t.csv").jobs) == 2


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "no job"),
        (["time,seconds"], "no job"),
        (["1,2", "yesterday,5"], "line 2: 'yesterday'"),
        (["1,2", "3"], "line 2: a time and a number"),
        (["1,-2"], "'-2' seconds"),
        (["1,nan"], "'nan' seconds"),
        (["1,inf"], "'inf' seconds"),
        (["nan,2"], "'nan' is no time"),
        (["1e300,2"], "is no time"),
        (["1,2", "x,1", "x,1", "x,1", "x,1"], "1 more fault"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(lines, told):
    with pytest.raises(UsageFault) as fault:
        read_trace(lines, name="t.csv")
    assert told in fault.value.what
    assert fault.value.next_step
