"""Health by the rules of ECS, and a monitor that asks real ports."""

import http.server
import threading
import time

import pytest

from automation.localaws.runtime.health import EAGER_SECONDS, Health, HealthMonitor, Record, answers_health
from tests.automation.localaws.runtime.builders import CHECK

FRESH = Record(port=1, check=CHECK, since=0.0, next_probe=0.0)
LATE = 100.0


def failing(record, times):
    for _ in range(times):
        record = record.after_failure(LATE, time_scale=1.0)
    return record


def test_one_good_answer_makes_a_task_healthy():
    record = FRESH.after_success(1.0, time_scale=1.0)
    assert (record.status, record.is_answering, record.was_healthy) == (Health.HEALTHY, True, True)


def test_until_the_first_good_answer_it_is_asked_often():
    assert FRESH.after_failure(1.0, time_scale=1.0).next_probe == 1.0 + EAGER_SECONDS


def test_failures_within_the_start_period_do_not_count():
    assert FRESH.after_failure(29.0, time_scale=1.0).failures == 0


def test_it_takes_all_retries_to_be_unhealthy():
    assert failing(FRESH, 2).status is Health.UNKNOWN
    assert failing(FRESH, 3).status is Health.UNHEALTHY


def test_one_failure_takes_a_healthy_task_out_of_rotation_but_not_out_of_service():
    record = failing(FRESH.after_success(1.0, time_scale=1.0), 1)
    assert (record.status, record.is_answering) == (Health.HEALTHY, False)


def test_a_good_answer_forgets_failures():
    assert failing(FRESH, 2).after_success(LATE, time_scale=1.0).failures == 0


def test_the_time_scale_shortens_the_interval():
    assert FRESH.after_success(0.0, time_scale=0.1).next_probe == pytest.approx(0.5)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture
def target():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.status = 200
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_only_answers_of_the_two_hundreds_are_good(target):
    assert answers_health(target.server_port, timeout_seconds=1)
    target.status = 503
    assert not answers_health(target.server_port, timeout_seconds=1)


def test_a_port_that_nobody_listens_on_is_not_healthy(target):
    port = target.server_port
    target.server_close()
    assert not answers_health(port, timeout_seconds=1)


@pytest.mark.slow
def test_the_monitor_notices_both_turns_and_tells(target):
    told = threading.Event()
    monitor = HealthMonitor(time_scale=0.02, on_change=told.set)
    monitor.start()
    try:
        monitor.watch("task", port=target.server_port, check=CHECK)
        assert told.wait(3)
        assert monitor.read("task").status is Health.HEALTHY
        target.status = 500
        deadline = time.monotonic() + 60  # a hang, not a measure
        while monitor.read("task").status is not Health.UNHEALTHY:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        monitor.forget("task")
        assert monitor.read("task") is None
    finally:
        monitor.stop()
