"""What a mapping that is switched off, or is gone, took meanwhile is there for others at once."""

import threading
from dataclasses import replace

import pytest

from automation.localaws.runtime.feeds import Feed
from automation.localaws.runtime.function_process import FunctionFailed
from tests.automation.localaws.runtime.test_functions import MESSAGES, a_mapping

PATIENCE_SECONDS = 20


class OneBatch:
    """SQS with one batch of messages; knows what was given back or deleted."""

    def __init__(self):
        self.left = [MESSAGES]
        self.meanwhile = lambda: None
        self.given_back, self.deleted = [], []
        self.was_told = threading.Event()

    def get(self, _service):
        return self

    def get_queue_url(self, **_asked):
        return {"QueueUrl": "url"}

    def receive_message(self, **_asked):
        self.meanwhile()
        return {"Messages": self.left.pop()} if self.left else {}

    def change_message_visibility_batch(self, Entries, **_asked):  # noqa: N803 - boto3's name
        self.given_back += [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries]
        self.was_told.set()

    def delete_message_batch(self, Entries, **_asked):  # noqa: N803 - boto3's name
        self.deleted += [entry["ReceiptHandle"] for entry in Entries]
        self.was_told.set()


@pytest.fixture
def sqs():
    return OneBatch()


@pytest.fixture
def feed_to(sqs):
    feeds = []

    def begin(deliver) -> Feed:
        feeds.append(Feed(a_mapping(), clients=sqs, deliver=deliver))
        return feeds[-1]

    yield begin
    for feed in feeds:
        feed.stop()
        feed.join(PATIENCE_SECONDS)


ALL_BACK = [("r-a", 0), ("r-b", 0), ("r-c", 0)]


def test_what_was_done_is_deleted(sqs, feed_to):
    feed_to(lambda _function, _event: {}).start()
    assert sqs.was_told.wait(PATIENCE_SECONDS)
    assert (sqs.deleted, sqs.given_back) == (["r-a", "r-b", "r-c"], [])


def test_what_a_poll_brings_to_a_mapping_that_was_switched_off_meanwhile_is_given_back(sqs, feed_to):
    delivered = []
    feed = feed_to(lambda function, _event: delivered.append(function))
    sqs.meanwhile = lambda: feed.follow(replace(a_mapping(), is_enabled=False))
    feed.start()
    assert sqs.was_told.wait(PATIENCE_SECONDS)
    assert (sqs.given_back, sqs.deleted, delivered) == (ALL_BACK, [], [])


def test_what_a_mapping_that_is_gone_could_not_hand_over_is_given_back(sqs, feed_to):
    def fail(_function, _event):
        feed.stop()
        raise FunctionFailed("it is gone")

    feed = feed_to(fail)
    feed.start()
    assert sqs.was_told.wait(PATIENCE_SECONDS)
    assert (sqs.given_back, sqs.deleted) == (ALL_BACK, [])
