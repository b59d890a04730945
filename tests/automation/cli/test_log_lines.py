"""Log lines for people."""

import pytest

from automation.cli.log_lines import print_lines
from automation.fleet.logs import LogLine

METRICS = '{"_aws": {"Timestamp": 1}, "JobsSucceeded": 3}'


def line(text: str) -> LogLine:
    return LogLine(at_milliseconds=0, stream="worker/worker/abc", text=text)


def test_metrics_are_for_cloudwatch_and_not_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines([line(METRICS), line('{"event": "ready", "level": "INFO"}')], is_json=False)
    assert "ready" in (shown := capsys.readouterr().out)
    assert "_aws" not in shown
    print_lines([line(METRICS)], is_json=True)
    assert "JobsSucceeded" in capsys.readouterr().out
