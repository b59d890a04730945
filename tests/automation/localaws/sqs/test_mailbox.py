"""The store by itself: conservation under threads, order, time."""

import collections
import itertools
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.localaws.sqs.faults import SqsFault
from automation.localaws.sqs.lines import FifoLine, StandardLine
from automation.localaws.sqs.mailbox import Mailbox, Rules
from automation.localaws.sqs.message import Envelope

RULES = Rules(visibility_seconds=30, retention_seconds=3600, max_receive_count=None)


class Wall:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def envelope(name: str, *, group: str | None = None, sent_seconds: float | None = None) -> Envelope:
    sent = time.time() if sent_seconds is None else sent_seconds
    return Envelope(
        message_id=name,
        body=name,
        attributes={},
        system_attributes={},
        sent_milliseconds=int(sent * 1000),
        group_id=group,
        sequence_number=name if group else None,
    )


def names(mailbox: Mailbox, limit: int = 10, rules: Rules = RULES, wait_seconds: float = 0) -> list[str]:
    received, _ = mailbox.receive(limit, wait_seconds=wait_seconds, rules=rules)
    return [message.envelope.message_id for message in received]


class Tally:
    """Counts what receivers saw, and knows when that is everything."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen: collections.Counter[str] = collections.Counter()
        self.done = threading.Event()
        self._lock = threading.Lock()

    def drain(self, mailbox: Mailbox) -> None:
        while not self.done.is_set():
            received, _ = mailbox.receive(10, wait_seconds=0.2, rules=RULES)
            for message in received:
                mailbox.delete(message.receipt_handle)
            with self._lock:
                self.seen.update(message.envelope.message_id for message in received)
                if self.seen.total() >= self.total:
                    self.done.set()


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_five_senders_and_fifteen_receivers() -> None:
    mailbox, tally = Mailbox(StandardLine()), Tally(3_000)
    numbers = itertools.count()

    def send() -> None:
        for _ in range(tally.total // 5):
            mailbox.add(envelope(str(next(numbers))))

    threads = [threading.Thread(target=send) for _ in range(5)]
    threads += [threading.Thread(target=tally.drain, args=(mailbox,)) for _ in range(15)]
    for thread in threads:
        thread.start()
    assert tally.done.wait(30)
    for thread in threads:
        thread.join()
    assert (len(tally.seen), set(tally.seen.values())) == (tally.total, {1})
    counts = mailbox.counts(3600)
    assert (counts.visible, counts.in_flight, counts.delayed) == (0, 0, 0)


def test_one_message_wakes_exactly_one_of_many_long_polls() -> None:
    mailbox = Mailbox(StandardLine())
    got: list[list[str]] = []
    pollers = [
        threading.Thread(target=lambda: got.append(names(mailbox, wait_seconds=0.6))) for _ in range(8)
    ]
    for poller in pollers:
        poller.start()
    time.sleep(0.1)
    mailbox.add(envelope("only"))
    for poller in pollers:
        poller.join()
    assert max(got, key=len) == ["only"]
    assert sum(len(found) for found in got) == 1


def test_a_sleeping_poll_learns_of_a_timer_that_is_earlier_than_the_one_it_sleeps_for() -> None:
    mailbox = Mailbox(StandardLine())
    mailbox.add(envelope("a"))
    [held], _ = mailbox.receive(1, wait_seconds=0, rules=RULES)
    got: list[str] = []
    poller = threading.Thread(target=lambda: got.extend(names(mailbox, wait_seconds=60)))
    began = time.monotonic()
    poller.start()
    time.sleep(0.1)
    mailbox.change_visibility(held.receipt_handle, 1)
    poller.join()
    assert got == ["a"]
    assert time.monotonic() - began < 50


def test_the_visibility_timeout_wakes_a_sleeping_poll() -> None:
    mailbox = Mailbox(StandardLine())
    mailbox.add(envelope("a"))
    short = Rules(visibility_seconds=1, retention_seconds=3600, max_receive_count=None)
    assert names(mailbox, rules=short) == ["a"]
    began = time.monotonic()
    assert names(mailbox, wait_seconds=60, rules=short) == ["a"]
    assert 0.9 < time.monotonic() - began < 50


def test_a_close_ends_every_poll_with_a_fault() -> None:
    mailbox = Mailbox(StandardLine())
    faults: list[str] = []

    def poll() -> None:
        try:
            mailbox.receive(1, wait_seconds=20, rules=RULES)
        except SqsFault as fault:
            faults.append(fault.code)

    pollers = [threading.Thread(target=poll) for _ in range(3)]
    for poller in pollers:
        poller.start()
    time.sleep(0.1)
    mailbox.close()
    for poller in pollers:
        poller.join(timeout=15)  # shorter than its poll
    assert faults == ["QueueDoesNotExist"] * 3


def test_a_receive_without_visibility_hands_each_message_out_once() -> None:
    mailbox = Mailbox(StandardLine())
    mailbox.add(envelope("a"))
    at_once = Rules(visibility_seconds=0, retention_seconds=3600, max_receive_count=None)
    assert names(mailbox, rules=at_once) == ["a"]
    assert names(mailbox, rules=at_once) == ["a"]


def test_messages_older_than_the_retention_are_gone() -> None:
    wall = Wall()
    mailbox = Mailbox(StandardLine(), wall_seconds=wall)
    mailbox.add(envelope("old", sent_seconds=wall.seconds))
    wall.seconds += 100
    mailbox.add(envelope("young", sent_seconds=wall.seconds))
    brief = Rules(visibility_seconds=30, retention_seconds=60, max_receive_count=None)
    assert names(mailbox, rules=brief) == ["young"]
    assert mailbox.counts(60).in_flight == 1


def test_the_oldest_message_tells_the_age_also_while_it_is_in_flight() -> None:
    mailbox = Mailbox(StandardLine())
    mailbox.add(envelope("first", sent_seconds=time.time() - 50))
    mailbox.add(envelope("second"))
    names(mailbox, limit=1)
    oldest = mailbox.counts(3600).oldest_sent_milliseconds
    assert oldest is not None
    assert 49 < time.time() - oldest / 1000 < 60


def test_poison_is_handed_to_the_caller_and_not_to_a_receiver() -> None:
    mailbox = Mailbox(StandardLine())
    mailbox.add(envelope("bad"), receive_count=3)
    strict = Rules(visibility_seconds=30, retention_seconds=3600, max_receive_count=3)
    received, poison = mailbox.receive(10, wait_seconds=0, rules=strict)
    assert received == []
    assert [entry.envelope.message_id for entry in poison] == ["bad"]
    assert mailbox.counts(3600).visible == 0


def test_void_timers_are_swept_away() -> None:
    mailbox = Mailbox(StandardLine())
    for number in range(10_000):
        mailbox.add(envelope(str(number)))
        received, _ = mailbox.receive(1, wait_seconds=0, rules=RULES)
        mailbox.delete(received[0].receipt_handle)
    assert len(mailbox._timers) < 5_000


def test_a_handle_of_another_queue_is_refused() -> None:
    ours, theirs = Mailbox(StandardLine()), Mailbox(StandardLine())
    ours.add(envelope("a"))
    received, _ = ours.receive(1, wait_seconds=0, rules=RULES)
    with pytest.raises(SqsFault, match="handle is invalid"):
        theirs.delete(received[0].receipt_handle)
    with pytest.raises(SqsFault, match="handle is invalid"):
        theirs.delete("nonsense")


def test_a_group_is_closed_while_one_of_it_is_in_flight_and_keeps_its_order() -> None:
    mailbox = Mailbox(FifoLine())
    for name in ("1", "2", "3"):
        mailbox.add(envelope(name, group="g"))
    mailbox.add(envelope("9", group="h"))
    received, _ = mailbox.receive(1, wait_seconds=0, rules=RULES)
    assert [message.envelope.message_id for message in received] == ["1"]
    assert names(mailbox) == ["9"]
    mailbox.change_visibility(received[0].receipt_handle, 0)
    assert names(mailbox) == ["1", "2", "3"]
    assert names(mailbox) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["send", "receive", "delete", "release", "delay"]), max_size=60))
def test_every_message_is_somewhere_exactly_once(steps: list[str]) -> None:
    mailbox = Mailbox(StandardLine())
    held: list[str] = []
    sent = deleted = 0
    for number, step in enumerate(steps):
        if step in {"send", "delay"}:
            mailbox.add(envelope(str(number)), delay_seconds=600 if step == "delay" else 0)
            sent += 1
        elif step == "receive":
            received, _ = mailbox.receive(2, wait_seconds=0, rules=RULES)
            held += [message.receipt_handle for message in received]
        elif held and step == "delete":
            mailbox.delete(held.pop())
            deleted += 1
        elif held and step == "release":
            mailbox.change_visibility(held.pop(0), 0)
        counts = mailbox.counts(3600)
        assert counts.visible + counts.in_flight + counts.delayed == sent - deleted
        assert counts.in_flight == len(held)
