"""Asking before taking away, whole: controller and workers with their own adapters on SQS, DynamoDB and ECS as the embedded AWS has them."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from botocore.session import get_session

from tests.contracts.tables import create_ledger_table
from tests.contracts.worlds import aws_client
from tests.fakes.scaling import SETTINGS, FakeAnnouncer, FakeLater, FakeRescue, FakeSender
from worker.adapters.dynamodb_activity import DynamoDbActivity
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.ecs_protection import EcsProtection
from worker.adapters.sqs_lanes import SqsLanes
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.adapters.tick_clock import MachineClock
from worker.controller.tick import Controller
from worker.domain.attempt import MessageFate
from worker.domain.exchange import WorkerReport
from worker.domain.job import Lane
from worker.runtime.backoff import Backoff
from worker.runtime.closing import Closing, ScaleIn
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.roster import RosterEntry
from worker.runtime.telemetry import Telemetry
from worker.wiring.controller import ControllerPorts

HANG_GUARD_SECONDS = 120
pytestmark = pytest.mark.slow


@dataclass
class World:
    endpoint: str
    name: str
    url: str
    clients: dict[str, Any]

    def blocking(self, service: str) -> Any:
        return get_session().create_client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def controller(self) -> Controller:
        ecs, sqs, dynamodb = (self.blocking(service) for service in ("ecs", "sqs", "dynamodb"))
        ports = ControllerPorts(
            lanes=SqsLanes(client=sqs, urls=[self.url]),
            fleet=EcsFleet(client=ecs, cluster=self.name, service="fleet"),
            records=DynamoDbControl(client=dynamodb, table=self.name),
            activity=DynamoDbActivity(client=dynamodb, table=self.name),
            announcer=FakeAnnouncer(),
            rescue=FakeRescue(),
            later=FakeLater(),
            sender=FakeSender(),
            clock=MachineClock(),
        )
        return Controller(ports, replace(SETTINGS, concurrency=1))

    async def run_task(self) -> str:
        answer = await self.clients["ecs"].run_task(
            cluster=self.name, taskDefinition=self.name, launchType="FARGATE", group="service:fleet"
        )
        return str(answer["tasks"][0]["taskArn"])

    async def protected(self, task: str) -> bool:
        answer = await self.clients["ecs"].get_task_protection(cluster=self.name, tasks=[task])
        return bool(answer["protectedTasks"][0]["protectionEnabled"])

    async def desired(self) -> int:
        answer = await self.clients["ecs"].describe_services(cluster=self.name, services=["fleet"])
        return int(answer["services"][0]["desiredCount"])


@asynccontextmanager
async def world_at(endpoint: str) -> AsyncIterator[World]:
    name = f"c{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        clients = {
            service: await stack.enter_async_context(aws_client(service, endpoint))
            for service in ("ecs", "sqs", "dynamodb")
        }
        url = (await clients["sqs"].create_queue(QueueName=name))["QueueUrl"]
        await create_ledger_table(clients["dynamodb"], name)
        ecs = clients["ecs"]
        await ecs.create_cluster(clusterName=name)
        await ecs.register_task_definition(
            family=name, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
        )
        await ecs.create_service(cluster=name, serviceName="fleet", taskDefinition=name, desiredCount=2)
        yield World(endpoint, name, url, clients)
        # moto's stores are this process's: a service left here would be followed by the agent of another test
        await ecs.delete_service(cluster=name, service="fleet", force=True)


@dataclass
class Worker:
    consumer: Consumer
    closing: Closing
    task: str
    may_end: asyncio.Event


@asynccontextmanager
async def working(world: World, name: str) -> AsyncIterator[Worker]:
    """A worker as it is wired, but for its work: a job ends when the test lets it."""
    clock, may_end = SystemClock(), asyncio.Event()
    telemetry = Telemetry(stream=io.StringIO(), clock=clock)
    task = await world.run_task()

    async def handler(_delivery: Delivery) -> Disposition:
        await may_end.wait()
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    queue = SqsQueue(
        client=world.clients["sqs"],
        url=world.url,
        dead_letter_url=world.url,
        lane=Lane.NORMAL,
        visibility_timeout_seconds=60,
    )
    consumer = Consumer(
        queues={Lane.NORMAL: queue},
        handler=handler,
        policy=ConsumerPolicy(concurrency=1, visibility_timeout_seconds=60, receive_wait_seconds=1),
        clock=clock,
        backoff=Backoff(base_seconds=1, cap_seconds=2, random=Random(1)),
        telemetry=telemetry,
    )
    roster = DynamoDbRoster(client=world.clients["dynamodb"], table=world.name)
    protection = EcsProtection(client=world.clients["ecs"], task_arn=task, on_trouble=pytest.fail)
    closing = Closing(
        worker_id=name,
        door=consumer,
        roster=roster,
        protection=protection,
        scale_in=ScaleIn(),
        clock=clock,
    )
    started_at = clock.now()

    def describe() -> WorkerReport:
        return WorkerReport(
            worker_id=name,
            task_arn=task,
            engine="builtin",
            started_at=started_at,
            running=consumer.running,
            concurrency=1,
            is_draining=consumer.is_draining,
            closed_for=closing.answer,
        )

    entry = RosterEntry(roster=roster, describe=describe, clock=clock, telemetry=telemetry, closing=closing)
    reporting = asyncio.create_task(entry.run())
    consuming = asyncio.create_task(consumer.run(grace_seconds=60))
    try:
        yield Worker(consumer, closing, task, may_end)
    finally:
        may_end.set()
        consumer.stop()
        await asyncio.wait({consuming}, timeout=HANG_GUARD_SECONDS)
        reporting.cancel()
        await asyncio.wait({reporting}, timeout=HANG_GUARD_SECONDS)


async def until(what: Callable[[], bool]) -> None:
    for _ in range(HANG_GUARD_SECONDS * 20):
        if what():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never came")


async def test_a_worker_without_a_job_closes_is_the_only_one_that_ecs_can_choose_and_opens_when_work_comes(
    aws_endpoint,
):
    async with world_at(aws_endpoint) as world:
        controller = world.controller()

        async def look() -> int:
            tick = await asyncio.to_thread(controller.tick)
            assert tick.trouble == ""
            return await world.desired()

        await world.clients["sqs"].send_message(QueueUrl=world.url, MessageBody="job")
        async with working(world, "busy") as busy:
            await until(lambda: busy.consumer.running == 1)
            async with working(world, "idle") as idle:
                await until(lambda: not idle.closing.is_asked and idle.closing.answer is None)
                await until_reported(world, busy=1, idle=0)
                assert await look() == 2
                await until(lambda: idle.closing.answer is not None)
                await until_reported(world, busy=1, idle=0, is_closed=True)
                assert await look() == 1
                assert await world.protected(busy.task)
                assert not await world.protected(idle.task)
                busy.may_end.set()
                await world.clients["sqs"].send_message(QueueUrl=world.url, MessageBody="another")
                await until(lambda: busy.consumer.running == 0)
                assert idle.consumer.running == 0  # it is let go: the platform may stop it at any time


async def until_reported(world: World, *, busy: int, idle: int, is_closed: bool = False) -> None:
    """Wait until the roster has it."""
    activity = DynamoDbActivity(client=world.blocking("dynamodb"), table=world.name)
    wanted = {("busy", busy, False), ("idle", idle, is_closed)}

    async with asyncio.timeout(HANG_GUARD_SECONDS):
        while True:
            seen = await asyncio.to_thread(activity.workers)
            if wanted == {(one.worker_id, one.running, one.closed_for is not None) for one in seen}:
                return
            await asyncio.sleep(0.2)
