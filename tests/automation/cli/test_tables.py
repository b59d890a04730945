"""Tables of jobs and log lines, as a reader sees them."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from automation.cli.console import Screen, bar
from automation.cli.job_table import rows_table, rows_to_dict, written_note
from automation.cli.log_lines import readable
from automation.cli.stack import output_lines
from automation.fleet.logs import LogLine
from automation.fleet.results import JobRow, WrittenTests
from worker.domain.job import JobStatus


def shown(renderable, width: int = 150) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(renderable)
    return stream.getvalue()


def a_row(job_id: str, status: JobStatus, **result) -> JobRow:
    return JobRow(
        job_id=job_id, status=status, language="python", path="a.py", attempts=1, result=result or None
    )


DONE = a_row(
    "job-1",
    JobStatus.SUCCEEDED,
    tests=[{}, {}],
    coverage={"line_ratio": 0.996, "branch_ratio": None},
    mutation_score=0.5,
    seconds=1.25,
    worker_id="w1",
    explanation="fine",
)


def test_a_share_can_be_read_off_a_bar_without_colours() -> None:
    drawn = [Text.from_markup(bar(share)).plain for share in (0.0, 0.5, 0.999, 1.0)]
    assert [line.count("━") for line in drawn] == [0, 10, 19, 20]
    assert {len(line) for line in drawn} == {20}


def test_a_row_shows_tests_coverage_score_seconds_and_worker() -> None:
    line = shown(rows_table((DONE,))).splitlines()[1]
    assert line.split() == ["job-1", "succeeded", "2", "100%", "50%", "1.2", "python", "w1"]


def test_a_failed_job_has_its_explanation_below_and_markup_in_it_is_text() -> None:
    failed = a_row(
        "job-2", JobStatus.FAILED, tests=[], seconds=0.1, explanation="line 3: [red]unexpected[/] ']'"
    )
    assert "job-2: line 3: [red]unexpected[/] ']'" in shown(rows_table((DONE, failed)))


def test_a_job_id_is_never_broken_into_lines() -> None:
    row = a_row("0d9f3c1e-8a7b-4c55-9d2e-1f2a3b4c5d6e", JobStatus.QUEUED)
    assert "0d9f3c1e-8a7b-4c55-9d2e-1f2a3b4c5d6e" in shown(rows_table((row,)))


def test_in_a_window_of_80_columns_nothing_is_cut_short() -> None:
    row = a_row("ledger-79290391", JobStatus.SUCCEEDED, tests=[{}], seconds=600.0, explanation="fine")
    text = shown(rows_table((row, a_row(f"{'long-name' * 4}-79290391", JobStatus.QUEUED))), width=80)
    assert "…" not in text
    assert text.split()[:9] == [
        *["job", "status", "tests", "lines", "branches", "mutants", "seconds"],
        "ledger-79290391",
        "succeeded",
    ]


def test_a_machine_gets_the_whole_result() -> None:
    (told,) = rows_to_dict((DONE,))
    assert told["result"]["coverage"] == {"line_ratio": 0.996, "branch_ratio": None}


def test_the_way_to_run_a_test_is_one_unbroken_line_however_narrow_the_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    folder = Path("/a/rather/long/folder/name/that/goes/on/and/on/for/[ever]")
    written = WrittenTests(job_id="j", folder=folder, language="python", command=("pytest", "test_a.py"))
    Screen(is_json=False).lines(written_note([written], Path("out")))
    assert f"  (cd '{folder}' && pytest test_a.py)\n" in capsys.readouterr().out


def test_an_output_is_one_unbroken_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    Screen(is_json=False).lines(output_lines({"QueueUrl": f"http://{'a' * 90}", "Hosts": ("a", "b")}))
    assert capsys.readouterr().out == f"QueueUrl  http://{'a' * 90}\nHosts     a, b\n"


def test_a_json_log_record_becomes_a_readable_line() -> None:
    record = {"event": "job done", "level": "warning", "worker_id": "w", "job_id": "j", "seconds": 1.5}
    line = LogLine(at_milliseconds=0, stream="worker/worker/0123456789abcdef", text=json.dumps(record))
    assert readable(line) == "00:00:00  0123456789ab  WARNING job done job_id=j seconds=1.5"


def test_a_line_that_is_no_record_stays_as_it_is() -> None:
    for text in ("plain words", "[1, 2]", "{broken"):
        assert readable(LogLine(at_milliseconds=0, stream="s", text=text)).endswith(text)
