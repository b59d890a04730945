"""Names of files, languages and explanations are written by others: they neither break a table nor steer a terminal."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from automation.cli.console import Screen, literal, printable
from automation.cli.job_table import rows_table, sent_table, written_note
from automation.cli.log_lines import readable
from automation.errors import Diagnostic
from automation.fleet.logs import LogLine
from automation.fleet.results import JobRow, WrittenTests
from worker.domain.job import Job, JobKind, JobStatus

HOSTILE = "[/]\x1b[2J[red]\x9b\u202e\ud800[bold"


def shown(renderable: object) -> str:
    screen = Console(file=StringIO(), width=200)
    screen.print(renderable)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_a_table_of_results_shows_markup_as_it_was_written() -> None:
    result = {"status": "failed", "seconds": 1.0, "explanation": HOSTILE, "worker_id": HOSTILE}
    row = JobRow(
        job_id="a", status=JobStatus.FAILED, language=HOSTILE, path=HOSTILE, attempts=1, result=result
    )
    text = shown(rows_table([row]))
    assert text.count("[/]\\x1b[2J") == 3
    assert text.isascii()


def test_a_table_of_what_was_sent_shows_markup_as_it_was_written() -> None:
    job = Job(job_id="a", kind=JobKind.TEST, language="[/]", code="x", path="a[red]/\n[/].py")
    assert "[/]" in shown(sent_table([job]))


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\ud800", "\x7f"])
def test_signs_that_steer_are_spelled_out(sign: str) -> None:
    assert printable(f"a{sign}b").isprintable()
    assert printable("é\n\tb") == "é\n\tb"
    assert literal("[red]") == "\\[red]"


def test_a_line_of_a_log_cannot_steer_the_terminal() -> None:
    text = json.dumps({"event": "attempt\x1b[2J ended", "path": "x\x1b]0;y\x07"})
    assert readable(LogLine(at_milliseconds=0, stream="a/b/c", text=text)).isprintable()


def test_a_diagnostic_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(is_json=False).fail(Diagnostic(HOSTILE, why=HOSTILE))
    assert "\x1b" not in capsys.readouterr().err


def test_the_command_to_copy_is_safe_to_paste() -> None:
    one = WrittenTests(
        job_id="a", folder=Path("/a b/$(id)"), language="python", command=("pytest", "test_;id.py")
    )
    assert written_note([one], Path("/a b"))[-1] == "  (cd '/a b/$(id)' && pytest 'test_;id.py')"
