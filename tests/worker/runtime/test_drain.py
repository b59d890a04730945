"""The hard deadline."""

import threading

from worker.runtime.drain import EXIT_LATE, Deadline


def test_a_process_that_hangs_is_ended_at_the_deadline():
    ended = threading.Event()
    codes = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    deadline = Deadline(seconds=0.01, end=end)
    deadline.arm()
    deadline.arm()
    assert ended.wait(timeout=60)
    assert codes == [EXIT_LATE]


def test_nothing_happens_before_it_is_armed():
    codes = []
    Deadline(seconds=0, end=codes.append)
    assert codes == []
