"""What every queue does, on the fake, on the embedded AWS and on ElasticMQ."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contracts.worlds import QueueWorld, aws_client, fake_world, sqs_world
from worker.adapters.sqs_queue import SqsQueue
from worker.domain.errors import StoreUnavailable
from worker.domain.job import Lane

VISIBILITY_SECONDS = 2


@pytest.fixture(params=["fake", "embedded AWS", pytest.param("ElasticMQ", marks=pytest.mark.slow)])
async def world(request) -> AsyncIterator[QueueWorld]:
    if request.param == "fake":
        yield fake_world(visibility_timeout_seconds=VISIBILITY_SECONDS)
        return
    name = "aws_endpoint" if request.param == "embedded AWS" else "elasticmq_endpoint"
    async with aws_client("sqs", request.getfixturevalue(name)) as client:
        yield await sqs_world(client, visibility_timeout_seconds=VISIBILITY_SECONDS)


async def test_a_sent_body_is_received_as_it_was_with_its_first_receive_counted(world):
    await world.send('{"text": "Grüße\\n☃"}')
    (message,) = await world.queue.receive(10, wait_seconds=1)
    assert (message.body, message.receives) == ('{"text": "Grüße\\n☃"}', 1)


async def test_no_more_than_the_limit_are_received_and_none_twice(world):
    await world.send(*[str(number) for number in range(15)])
    bodies = []
    for _ in range(10):
        messages = await world.queue.receive(4, wait_seconds=0)
        assert len(messages) <= 4
        bodies += [message.body for message in messages]
    assert sorted(bodies, key=int) == [str(number) for number in range(15)]


async def test_an_empty_queue_answers_nothing(world):
    assert list(await world.queue.receive(10, wait_seconds=0)) == []


async def test_a_long_poll_ends_when_a_message_comes(world):
    poll = asyncio.create_task(world.queue.receive(1, wait_seconds=10))
    await asyncio.sleep(0.1)
    await world.send("late")
    async with asyncio.timeout(3):
        assert [message.body for message in await poll] == ["late"]


async def test_acknowledged_messages_are_gone(world):
    await world.send(*[str(number) for number in range(23)])
    receipts = []
    while messages := await world.queue.receive(10, wait_seconds=0):
        receipts += [message.receipt for message in messages]
    assert list(await world.queue.acknowledge(receipts)) == []
    assert await world.depth() == (0, 0)


async def test_a_released_message_comes_back_at_once_with_its_count_kept(world):
    await world.send("again")
    (first,) = await world.queue.receive(1, wait_seconds=1)
    await world.queue.release([first.receipt], delay_seconds=0)
    (second,) = await world.queue.receive(1, wait_seconds=1)
    assert (second.message_id, second.receives) == (first.message_id, 2)


@pytest.mark.slow
async def test_a_message_released_with_a_delay_stays_hidden_for_it(world):
    await world.send("later")
    (message,) = await world.queue.receive(1, wait_seconds=1)
    await world.queue.release([message.receipt], delay_seconds=2)
    assert list(await world.queue.receive(1, wait_seconds=1)) == []
    assert len(await world.queue.receive(1, wait_seconds=3)) == 1


@pytest.mark.slow
async def test_a_message_that_is_not_renewed_comes_again_and_the_old_receipt_deletes_nothing(world):
    await world.send("slow")
    (first,) = await world.queue.receive(1, wait_seconds=1)
    (second,) = await world.queue.receive(1, wait_seconds=4)
    assert second.receives == 2
    assert list(await world.queue.acknowledge([first.receipt])) == [first.receipt]
    assert await world.depth() == (0, 1)
    assert list(await world.queue.acknowledge([second.receipt])) == []


@pytest.mark.slow
async def test_a_renewed_message_stays_hidden(world):
    await world.send("held")
    (message,) = await world.queue.receive(1, wait_seconds=1)
    for _ in range(3):
        await asyncio.sleep(1)
        assert list(await world.queue.extend([message.receipt], seconds=VISIBILITY_SECONDS)) == []
    assert list(await world.queue.receive(1, wait_seconds=0)) == []


@pytest.mark.slow
async def test_a_stale_receipt_can_not_be_renewed(world):
    await world.send("lost", "kept")
    first = {message.body: message for message in await world.queue.receive(10, wait_seconds=1)}
    await world.queue.release([first["lost"].receipt], delay_seconds=0)
    (again,) = await world.queue.receive(1, wait_seconds=1)
    assert again.body == "lost"
    receipts = [first["lost"].receipt, first["kept"].receipt]
    assert list(await world.queue.extend(receipts, seconds=VISIBILITY_SECONDS)) == [first["lost"].receipt]


async def test_two_receipts_of_one_message_in_one_batch_do_not_spoil_the_batch(world):
    await world.send("twice", "once")
    first = {message.body: message for message in await world.queue.receive(10, wait_seconds=1)}
    await world.queue.release([first["twice"].receipt], delay_seconds=0)
    (again,) = await world.queue.receive(1, wait_seconds=1)
    receipts = [first["twice"].receipt, again.receipt, first["once"].receipt]
    assert list(await world.queue.acknowledge(receipts)) == [first["twice"].receipt]
    assert await world.depth() == (0, 0)


async def test_a_dead_lettered_message_lies_in_the_dead_letter_queue_with_its_reason(world):
    await world.send("{")
    (message,) = await world.queue.receive(1, wait_seconds=1)
    await world.queue.dead_letter(message, reason="not a job: the body is not JSON \x00")
    assert await world.depth() == (0, 0)
    ((body, reason),) = await world.dead_letters()
    assert body == "{"
    assert reason.startswith("not a job: the body is not JSON")


async def test_a_queue_that_does_not_answer_is_unavailable():
    url = "http://127.0.0.1:9/123456789012/nowhere"  # a port that nobody listens on
    async with aws_client("sqs", "http://127.0.0.1:9") as client:
        queue = SqsQueue(
            client=client, url=url, dead_letter_url=url, lane=Lane.HIGH, visibility_timeout_seconds=9
        )
        with pytest.raises(StoreUnavailable):
            await queue.receive(1, wait_seconds=0)
