"""Following log files into streams."""

import pytest

from automation.localaws.runtime import logs
from automation.localaws.runtime.logs import Follower, LogPump, LogsUnavailable, prune
from tests.automation.localaws.runtime.builders import a_log_destination


class FakeStreams:
    """Log streams in memory."""

    def __init__(self):
        self.lines = {}

    def open(self, destination, stream):
        if destination.group == "/missing":
            raise LogsUnavailable("ResourceInitializationError: no such group")
        self.lines[destination.group, stream] = []

    def put(self, group, stream, lines):
        self.lines[group, stream] += lines


@pytest.fixture
def follower(tmp_path):
    path = tmp_path / "task.log"
    path.touch()
    return Follower(path=path, group="/g", stream="s")


def append(follower, text):
    with follower.path.open("ab") as file:
        file.write(text)


def test_only_whole_lines_are_read(follower):
    append(follower, b"one\ntw")
    assert follower.read_lines() == ["one"]
    append(follower, b"o\n")
    assert follower.read_lines() == ["two"]
    assert follower.read_lines() == []


def test_the_unfinished_last_line_of_a_finished_file_is_read(follower):
    append(follower, b"one\nlast words")
    follower.is_finished = True
    assert follower.read_lines() == ["one", "last words"]


def test_blank_lines_are_left_out_and_bytes_that_are_no_text_are_replaced(follower):
    append(follower, b"\n\xff\n")
    assert follower.read_lines() == ["\ufffd"]


def test_a_line_without_end_is_passed_on_in_pieces(follower):
    append(follower, b"x" * (logs.LONGEST_LINE_BYTES + 1))
    assert len(follower.read_lines()[0]) == logs.LONGEST_LINE_BYTES + 1


def test_a_file_that_grew_past_its_limit_is_cut_once_it_is_read(follower):
    append(follower, b"x\n")
    follower.offset = logs.LARGEST_FILE_BYTES + 1
    with follower.path.open("r+b") as file:
        file.truncate(logs.LARGEST_FILE_BYTES + 1)
    follower.cut_if_large()
    assert (follower.offset, follower.path.stat().st_size) == (0, 0)


def test_the_pump_delivers_everything_before_it_stops(tmp_path):
    streams = FakeStreams()
    pump = LogPump(streams)
    path = tmp_path / "task.log"
    pump.open(path, a_log_destination(), "worker/1")
    pump.start()
    path.write_text("one\ntwo\nlast words")
    pump.finish(path)
    pump.stop()
    assert streams.lines["/logs", "worker/1"] == ["one", "two", "last words"]


def test_a_group_that_is_missing_is_told_before_anything_starts(tmp_path):
    with pytest.raises(LogsUnavailable):
        LogPump(FakeStreams()).open(tmp_path / "a.log", a_log_destination(group="/missing"), "s")


def test_only_the_newest_files_are_kept(tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.log").touch()
    prune(tmp_path, keep=2)
    assert len(list(tmp_path.glob("*.log"))) == 2
