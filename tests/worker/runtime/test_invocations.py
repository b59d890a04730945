"""Batches that Lambda hands over: what becomes of each message, and what Lambda is told."""

import asyncio
import io
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

import pytest

from tests.fakes.queue import FakeQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason, MessageFate
from worker.domain.exchange import Message
from worker.domain.invocation import EventUnknown, Invocation, batch_answer, http_call_in, messages_in
from worker.domain.job import Lane
from worker.runtime.backoff import Backoff
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Disposition
from worker.runtime.invocations import BEGIN_SECONDS, SPARE_SECONDS, FunctionPolicy, Invocations
from worker.runtime.telemetry import Telemetry

URLS = {lane: f"http://127.0.0.1/1/stack-{lane.value}" for lane in Lane}
LONG_SECONDS = 600
VISIBILITY_SECONDS = 60


class Told(Exception):
    """Ends the loop of a test."""


class ScriptedRuntime:
    """Hands out what a test wrote down, then ends the loop."""

    def __init__(self, *events, seconds=LONG_SECONDS):
        self.clock = SystemClock()
        self.events = list(events)
        self.seconds = seconds
        self.answers = []
        self.failures = []
        self.told = 0
        self.told_at_answers = []

    async def next(self):
        if not self.events:
            raise Told
        ends_at = self.clock.now().timestamp() + self.seconds
        return Invocation(request_id="r", event=self.events.pop(0), ends_at=ends_at)

    async def answer(self, invocation, content):
        self.answers.append(content)
        self.told_at_answers.append(self.told)

    def end(self):
        self.told += 1

    async def fail(self, invocation, error):
        self.failures.append(str(error))


class Bench:
    def __init__(self, handler):
        self.handler = handler
        self.clock = SystemClock()
        self.telemetry = Telemetry(stream=io.StringIO(), clock=self.clock)

    @asynccontextmanager
    async def consumer(self, queues, *, concurrency, on_begun):
        async def handler(delivery):
            on_begun()
            return await self.handler(delivery)

        async with AsyncExitStack():
            yield Consumer(
                queues=queues,
                handler=handler,
                policy=ConsumerPolicy(concurrency=concurrency, visibility_timeout_seconds=VISIBILITY_SECONDS),
                clock=self.clock,
                backoff=Backoff(base_seconds=0.01, cap_seconds=0.01, random=Random(1)),
                telemetry=self.telemetry,
            )


async def serve(queue, handler, *events, seconds=LONG_SECONDS):
    runtime = ScriptedRuntime(*events, seconds=seconds)
    bench = Bench(handler)

    async def door(call, _seconds):
        return {"statusCode": 200, "body": call.target}

    invocations = Invocations(
        runtime=runtime,
        queues={queue.lane: queue},
        bench=bench,
        door=door,
        policy=FunctionPolicy(queue_urls=URLS, visibility_timeout_seconds=VISIBILITY_SECONDS),
        clock=bench.clock,
        telemetry=bench.telemetry,
        on_end=runtime.end,
    )
    with pytest.raises(Told):
        await invocations.run()
    return runtime


async def handed_over(queue, *bodies):
    for body in bodies:
        queue.send(body)
    messages = await queue.receive(10, wait_seconds=0)
    return {"Records": [record(message) for message in messages]}


def record(message: Message):
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:1:stack-{message.lane.value}",
    }


def named(answer):
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


FATES = {
    MessageFate.ACKNOWLEDGE: (Disposition(fate=MessageFate.ACKNOWLEDGE), False),
    MessageFate.RETRY: (Disposition(fate=MessageFate.RETRY, delay_seconds=30), True),
    MessageFate.RELEASE: (Disposition(fate=MessageFate.RELEASE), True),
    MessageFate.LEAVE: (Disposition(fate=MessageFate.LEAVE), True),
    MessageFate.POSTPONE: (Disposition(fate=MessageFate.POSTPONE, delay_seconds=30), False),
}


def test_the_table_of_fates_is_whole():
    assert set(FATES) == set(MessageFate)


@pytest.mark.parametrize("fate", MessageFate)
async def test_lambda_is_told_of_a_message_exactly_where_it_must_come_again(fate):
    disposition, comes_again = FATES[fate]
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)

    async def handler(_delivery):
        return disposition

    event = await handed_over(queue, "{}")
    runtime = await serve(queue, handler, event)
    [answer] = runtime.answers
    assert named(answer) == ([event["Records"][0]["messageId"]] if comes_again else [])


async def test_poison_lies_in_the_dead_letter_queue_and_is_not_handed_over_again():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)

    async def handler(_delivery):
        return Disposition(fate=MessageFate.LEAVE, dead_letter_reason="no job")

    runtime = await serve(queue, handler, await handed_over(queue, "?"))
    assert runtime.answers == [batch_answer([])]
    assert [letter.reason for letter in queue.dead_letters] == ["no job"]


async def test_what_the_queue_refuses_to_take_back_comes_again_instead_of_being_lost():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    event = await handed_over(queue, "{}")

    async def handler(_delivery):
        queue.is_down = True
        return Disposition(fate=MessageFate.POSTPONE, delay_seconds=30)

    runtime = await serve(queue, handler, event)
    assert len(named(runtime.answers[0])) == 1
    assert len(queue.entries) == 1


async def test_one_fault_of_a_handler_gives_back_its_own_message_alone():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    event = await handed_over(queue, "good", "bad", "good too")

    async def handler(delivery):
        if delivery.message.body == "bad":
            raise ValueError("a fault of ours")
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    runtime = await serve(queue, handler, event)
    [bad] = [each["messageId"] for each in event["Records"] if each["body"] == "bad"]
    assert named(runtime.answers[0]) == [bad]
    assert [entry.message_id for entry in queue.entries] == [bad]


async def test_a_job_that_can_not_end_in_time_is_interrupted_and_given_back_while_the_others_stay_done():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    event = await handed_over(queue, "endless", "short")
    interruptions = []

    async def handler(delivery):
        if delivery.message.body == "endless":
            try:
                await asyncio.Event().wait()
            finally:
                interruptions.append(delivery.interruption)
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    runtime = await serve(queue, handler, event, seconds=SPARE_SECONDS + BEGIN_SECONDS + 0.5)
    assert interruptions == [EndReason.DRAINED]
    assert [entry.body for entry in queue.entries] == ["endless"]
    assert named(runtime.answers[0]) == [queue.entries[0].message_id]
    assert queue.visible == 1


async def test_an_invocation_without_time_gives_everything_back():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    event = await handed_over(queue, "a", "b")

    async def handler(_delivery):
        await asyncio.Event().wait()

    runtime = await serve(queue, handler, event, seconds=0)
    assert len(named(runtime.answers[0])) == 2
    assert queue.visible == 2


async def test_a_message_that_is_ours_no_more_is_not_worked_on():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    event = await handed_over(queue, "{}")
    event["Records"][0]["receiptHandle"] = "of somebody else"

    worked_on = []

    async def handler(delivery):
        worked_on.append(delivery)  # to raise would not do: the consumer takes that for a fault of the job
        return Disposition(fate=MessageFate.LEAVE)

    runtime = await serve(queue, handler, event)
    assert len(named(runtime.answers[0])) == 1
    assert worked_on == []


async def test_an_event_for_nobody_fails_alone_and_the_next_one_is_served():
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)

    async def handler(_delivery):
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    foreign = await handed_over(queue, "{}")
    foreign["Records"][0]["eventSourceARN"] = "arn:aws:sqs:us-east-1:1:another"
    request = {"rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
    runtime = await serve(queue, handler, {"detail-type": "Scheduled Event"}, foreign, request)
    assert len(runtime.failures) == 2
    assert "none of the lanes" in runtime.failures[1]
    assert runtime.answers == [{"statusCode": 200, "body": "/health"}]


def test_a_message_that_stands_in_a_batch_twice_is_one():
    message = Message(message_id="a", receipt="r", body="{}", receives=1, lane=Lane.LOW)
    assert messages_in({"Records": [record(message), record(message)]}, queue_urls=URLS) == [message]


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"Records": "no"}])
def test_an_event_without_messages_is_refused(event):
    with pytest.raises(EventUnknown):
        messages_in(event, queue_urls=URLS)


def test_a_request_is_read_with_its_query_and_its_encoded_body():
    call = http_call_in(
        {
            "rawPath": "/api/generate",
            "rawQueryString": "a=1",
            "headers": {"Content-Type": "application/json"},
            "requestContext": {"http": {"method": "POST"}},
            "body": "eyJhIjoxfQ==",
            "isBase64Encoded": True,
        }
    )
    assert call is not None
    assert (call.method, call.target, call.body) == ("POST", "/api/generate?a=1", b'{"a":1}')
    assert call.headers == {"content-type": "application/json"}


async def test_the_metrics_of_an_invocation_are_told_before_its_answer_lets_lambda_freeze_the_environment():
    request = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/health"}
    queue = FakeQueue(clock=SystemClock(), lane=Lane.NORMAL)
    runtime = await serve(queue, None, request, request)
    assert runtime.told_at_answers == [1, 2]
