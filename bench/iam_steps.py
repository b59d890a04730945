"""What each role does in the life of a stack, step by step, by the real adapters with the role's own credentials.

What ECS and Lambda do with a role is done here as AWS documents it, since the embedded AWS starts nothing from images.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from bench.iam_world import FORGE_TOKEN, LANES, NAME, RESCUES, World, arn, forge_parameter_name
from worker.adapters.cloudwatch_rescue import CloudWatchRescue
from worker.adapters.dynamodb_activity import DynamoDbActivity
from worker.adapters.dynamodb_batches import DynamoDbBatches
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_knowledge import DynamoDbKnowledge
from worker.adapters.dynamodb_later import DynamoDbLater
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.adapters.dynamodb_slots import DynamoDbSlots
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.ecs_protection import EcsProtection
from worker.adapters.github_app import PersonalToken
from worker.adapters.github_forge_client import GithubApi
from worker.adapters.s3_artifacts import S3Artifacts
from worker.adapters.sns_announcer import SnsAnnouncer
from worker.adapters.sqs_lanes import SqsLanes
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.sqs_sender import SqsSender
from worker.adapters.stored_credentials import StoredCredentials
from worker.adapters.system_clock import SystemClock
from worker.domain import ledger_schema as schema
from worker.domain.attempt import AttemptEnd, EndReason
from worker.domain.budget import Meter
from worker.domain.exchange import Message, WorkerReport
from worker.domain.fleet_control import SizeChange, SizeRecord, Terms
from worker.domain.job import Job, JobKind, JobStatus, Lane, payload_key
from worker.domain.later import KeptJob
from worker.domain.outcome_codec import MEMORY_PREFIX
from worker.domain.publication import Repository
from worker.domain.publication_codec import PUBLICATIONS_PREFIX
from worker.domain.repository_report import RepositoryReport
from worker.domain.rescue import Permits
from worker.repository.record import Record, keep, kept_record

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
PROVED = AttemptEnd(reason=EndReason.PROVED, status=JobStatus.SUCCEEDED, seconds=2.5, tests=3)
Step = Callable[[], Awaitable[None]]


class StepFailed(Exception):
    """A step that did not do what it is for."""


def check(*, is_right: bool, what: str) -> None:
    if not is_right:
        raise StepFailed(what)


@dataclass(frozen=True, kw_only=True)
class WorkerSteps:
    """A worker's calls, in the order of a job's life."""

    world: World
    clients: Mapping[str, Any]

    def steps(self) -> Iterator[tuple[str, Step]]:
        for lane in Lane:
            yield f"work on lane {lane.value}", lambda lane=lane: self._lane(lane)
        yield "set poison aside", self._poison
        yield "read a large request", self._payload
        yield "store a result", self._result
        yield "notice that there is no result yet", self._no_result
        yield "remember what was proved", self._memory
        yield "keep the ledger of a job", self._ledger
        yield "report a batch", self._batch
        yield "look for cancelled jobs", self._cancelled
        yield "share slots", self._slots
        yield "share what was learned", self._knowledge
        yield "stand in the roster", self._roster
        yield "speak to GitHub", self._forge
        yield "keep work on a repository", self._repository_work
        yield "keep a publication", self._publication

    def _queue(self, lane: Lane) -> SqsQueue:
        return SqsQueue(
            client=self.clients["sqs"],
            url=self.world.queue_url(lane.value),
            dead_letter_url=self.world.queue_url("dlq"),
            lane=lane,
            visibility_timeout_seconds=60,
        )

    async def _take(self, queue: SqsQueue, body: str) -> Message:
        """Take a message; others are of steps that failed, and are cleared away by whoever deploys."""
        admin, url = self.world.client("sqs"), self.world.queue_url(queue.lane.value)
        for message in await queue.receive(10, wait_seconds=0):
            if message.body == body:
                return message
            admin.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)
        raise StepFailed("the message is not there")

    def _send(self, lane: Lane) -> str:
        body = uuid4().hex
        self.world.client("sqs").send_message(QueueUrl=self.world.queue_url(lane.value), MessageBody=body)
        return body

    async def _lane(self, lane: Lane) -> None:
        """Take, hold, give back, take again, postpone; take what is left and be done with it."""
        queue, body = self._queue(lane), self._send(lane)
        message = await self._take(queue, body)
        check(is_right=not await queue.extend([message.receipt], seconds=60), what="the hold is lost")
        await queue.release([message.receipt], delay_seconds=0)
        await queue.postpone(await self._take(queue, body), delay_seconds=0)
        message = await self._take(queue, body)
        check(is_right=not await queue.acknowledge([message.receipt]), what="it is not acknowledged")

    async def _poison(self) -> None:
        queue, body = self._queue(Lane.NORMAL), self._send(Lane.NORMAL)
        await queue.dead_letter(await self._take(queue, body), reason="no job")

    @property
    def _artifacts(self) -> S3Artifacts:
        return S3Artifacts(client=self.clients["s3"], bucket=f"{NAME}-results")

    async def _payload(self) -> None:
        key = payload_key(uuid4().hex)
        self.world.client("s3").put_object(Bucket=f"{NAME}-results", Key=key, Body=b"{}")
        check(is_right=await self._artifacts.get(key) == b"{}", what="the request is not there")

    async def _result(self) -> None:
        job = a_job()
        check(is_right=await self._artifacts.put_if_absent(job.result_key, b"{}"), what="it is not stored")
        check(is_right=await self._artifacts.get(job.result_key) == b"{}", what="it can't be read")

    async def _no_result(self) -> None:
        check(is_right=await self._artifacts.get(a_job().result_key) is None, what="something is there")

    async def _memory(self) -> None:
        key = f"{MEMORY_PREFIX}{uuid4().hex}.json"
        await self._artifacts.put_if_absent(key, b"{}")
        check(is_right=await self._artifacts.get(key) == b"{}", what="it is forgotten")

    @property
    def _books(self) -> DynamoDbLedger:
        return DynamoDbLedger(client=self.clients["dynamodb"], table=NAME)

    async def _ledger(self) -> None:
        job, ledger = a_job(), self._books
        opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
        check(is_right=await ledger.open_ends(job) == 1, what="the attempt is not open")
        await ledger.close_attempt(job, opened.number, PROVED, now=NOW)
        again = await ledger.open_attempt(job, worker_id="w", now=NOW)
        check(is_right=again.status is JobStatus.SUCCEEDED, what="the job has not ended")
        await ledger.note_seconds(job, 2.5, now=NOW)

    async def _batch(self) -> None:
        batch_id = f"b-{uuid4().hex}"
        job, ledger = a_job(batch_id), self._books
        self.world.client("dynamodb").put_item(
            TableName=NAME,
            Item={
                "pk": {"S": schema.batch_partition(batch_id)},
                "sk": {"S": schema.BATCH_SORT_KEY},
                "total": {"N": "1"},
            },
        )
        opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
        progress = await ledger.close_attempt(job, opened.number, PROVED, now=NOW)
        check(is_right=progress is not None and progress.succeeded == 1, what="the batch counts nothing")
        batches = DynamoDbBatches(client=self.clients["dynamodb"], table=NAME)
        check(is_right=list(await batches.members(batch_id)) == [job.job_id], what="the batch lists nothing")
        await self._artifacts.put(f"batches/{batch_id}/report.json", b"{}", content_type="application/json")
        await batches.note_report(batch_id, now=NOW)

    async def _cancelled(self) -> None:
        await self._books.cancel_requests([uuid4().hex])

    async def _slots(self) -> None:
        slots = DynamoDbSlots(client=self.clients["dynamodb"], table=NAME)
        limit = uuid4().hex
        check(is_right=await slots.take(limit, slots=1, holder="w", seconds=60), what="no slot is free")
        await slots.give_back(limit, slots=1, holder="w")

    async def _knowledge(self) -> None:
        knowledge = DynamoDbKnowledge(client=self.clients["dynamodb"], table=NAME)
        key = uuid4().hex
        await knowledge.recall(key, owner="w", seconds=60)
        await knowledge.remember(key, owner="w", artifact_key="k")
        await knowledge.tally("python", "builtin", is_kept=True, seconds=1.0)
        await knowledge.tallies("python")
        await knowledge.note_health("builtin", is_well=True, open_seconds=0)
        await knowledge.health("builtin")
        await knowledge.note_flaky(key, ["d"])
        await knowledge.flaky(key)

    async def _roster(self) -> None:
        roster = DynamoDbRoster(client=self.clients["dynamodb"], table=NAME)
        report = WorkerReport(
            worker_id="w",
            task_arn=self.world.task,
            engine="builtin",
            started_at=NOW,
            running=1,
            concurrency=2,
            is_draining=False,
        )
        await roster.report(report, now=datetime.now(UTC))
        await roster.ask()
        await roster.leave("w")

    async def _forge(self) -> None:
        async with httpx.AsyncClient() as client:
            api = GithubApi(client, clock=SystemClock())
            credentials = StoredCredentials(
                client=self.clients["ssm"],
                parameter=forge_parameter_name(),
                made_of=lambda secret: PersonalToken(api, token=secret),
                clock=SystemClock(),
            )
            by = await credentials.authority(Repository(owner="acme", name="shop"))
        check(is_right=by.token == FORGE_TOKEN, what="it is not the token")

    async def _repository_work(self) -> None:
        """Whoever finds a job half done goes on from what is kept, so it is read, too."""
        record = Record(report=RepositoryReport(repository="acme/shop", commit="c" * 40))
        job_id = uuid4().hex
        await keep(record, job_id, self._artifacts)
        check(is_right=await kept_record(job_id, self._artifacts) == record, what="it is not kept")

    async def _publication(self) -> None:
        key = f"{PUBLICATIONS_PREFIX}{uuid4().hex}.json"
        await self._artifacts.put(key, b"{}", content_type="application/json")
        check(is_right=await self._artifacts.get(key) == b"{}", what="it is not kept")

    async def protect(self) -> None:
        troubles: list[str] = []
        protection = EcsProtection(
            client=self.clients["ecs"], task_arn=self.world.task, on_trouble=troubles.append
        )
        await protection.protect(minutes=2)
        await protection.unprotect()
        check(is_right=not troubles, what="; ".join(troubles))


def a_job(batch_id: str | None = None) -> Job:
    return Job(
        job_id=uuid4().hex,
        kind=JobKind.TEST,
        language="python",
        code="x = 1",
        path="x.py",
        repository="r",
        batch_id=batch_id,
    )


@contextlib.asynccontextmanager
async def worker_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[WorkerSteps]:
    async with AsyncExitStack() as stack:
        config = AioConfig(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        clients = {
            service: await stack.enter_async_context(
                get_session().create_client(service, **world.options(credentials), config=config)
            )
            for service in ("sqs", "s3", "dynamodb", "ecs", "ssm")
        }
        yield WorkerSteps(world=world, clients=clients)


async def task_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A worker in a task."""
    async with worker_steps(world, credentials) as worker:
        for name, step in worker.steps():
            yield name, step
        yield "protect long work", worker.protect


async def function_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A worker as a function, and what Lambda does with its role: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    async with worker_steps(world, credentials) as worker:
        for name, step in worker.steps():
            yield name, step
    sqs = world.client("sqs", credentials)
    for lane in LANES:
        yield f"Lambda polls lane {lane}", in_step(lambda lane=lane: _poll(sqs, world.queue_url(lane)))
    yield "Lambda writes the log", in_step(lambda: write_log(world.client("logs", credentials)))


async def execution_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """What ECS does to start a task: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html."""
    ecr = world.client("ecr", credentials)
    yield "ECS signs in to the registry", in_step(ecr.get_authorization_token)
    layer = "sha256:" + "0" * 64
    yield "ECS pulls an image", in_step(lambda: _pull(ecr, layer))
    yield "ECS writes the log", in_step(lambda: write_log(world.client("logs", credentials)))


async def controller_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A minute of the controller."""
    clients = {
        service: world.client(service, credentials)
        for service in ("sqs", "ecs", "dynamodb", "sns", "logs", "cloudwatch")
    }
    for lane in LANES:
        lanes = SqsLanes(client=clients["sqs"], urls=[world.queue_url(lane)])
        yield f"ask lane {lane}", in_step(lanes.depth)
    fleet = EcsFleet(client=clients["ecs"], cluster=NAME, service="fleet")
    yield "look at the service", in_step(fleet.state)
    yield "set the size", in_step(lambda: fleet.set_desired(0))
    tasks = [world.task]
    yield "look at the tasks", in_step(lambda: fleet.asked_for_at(tasks))
    yield "protect who works", in_step(lambda: fleet.protect(tasks, minutes=2))
    records = DynamoDbControl(client=clients["dynamodb"], table=NAME)
    yield "read what people want", in_step(records.wishes)
    yield "keep the look", in_step(lambda: records.keep(A_LOOK, version=records.last().version + 1))
    change = SizeChange(at=NOW, before=0, after=2, reason="wake", sentence="2 jobs waiting")
    yield "note a change", in_step(lambda: records.note_change(change))
    yield "read the meter", in_step(records.meter)
    meter = Meter(month="2026-05", spent_usd=1.5, workers=2, looked_at=NOW, since=NOW)
    yield "keep the meter", in_step(lambda: records.keep_meter(meter))
    activity = DynamoDbActivity(client=clients["dynamodb"], table=NAME)
    yield "read the roster", in_step(activity.workers)
    _note_submission(world)
    yield "measure what jobs take", in_step(activity.service_seconds)
    later = DynamoDbLater(client=clients["dynamodb"], table=NAME)
    yield "read which jobs are due", in_step(lambda: later.due(NOW, limit=1))
    turn = uuid4().hex
    yield "take the turn to send", in_step(lambda: _take_turn(later, turn))
    for lane in Lane:
        job = KeptJob(job_id=uuid4().hex, due_at=NOW, lane=lane, body=uuid4().hex)
        sender = SqsSender(client=clients["sqs"], urls={lane: world.queue_url(lane.value)})
        yield (
            f"send what is due to lane {lane.value}",
            in_step(lambda sender=sender, job=job: sender.send([job], now=NOW)),
        )
    yield "strike off what was sent", in_step(lambda: later.forget(job))
    announcer = SnsAnnouncer(client=clients["sns"], topic_arn=arn("sns", NAME))
    yield "tell of the budget", in_step(lambda: announcer.tell("subject", "text"))
    for alarm in RESCUES:
        rescue = CloudWatchRescue(client=clients["cloudwatch"], start_alarm=f"{NAME}-{alarm}", stop_alarm="")
        for may_act in (False, True):
            allowed = Permits(starts=may_act, stops=may_act)
            yield (
                f"let the alarm {alarm} act: {may_act}",
                in_step(lambda rescue=rescue, allowed=allowed: rescue.permit(allowed)),
            )
    yield "Lambda writes the log", in_step(lambda: write_log(clients["logs"]))


A_LOOK = SizeRecord(
    looked_at=NOW,
    desired=3,
    reason="backlog",
    sentence="7 jobs waiting",
    since=NOW,
    terms=Terms(minimum=0, maximum=10, idle_seconds=120.0),
    next_at=NOW,
    next_change="then fewer",
    trouble="",
    budget="2.00 of 50.00 USD",
)


def in_step(call: Callable[[], Any]) -> Step:
    async def step() -> None:
        call()

    return step


def _take_turn(later: DynamoDbLater, holder: str) -> None:
    """For no time: the next one is not kept waiting."""
    later.take_turn(holder, now=datetime.now(UTC), seconds=-1)


def _note_submission(world: World) -> None:
    item = {"pk": {"S": schema.RECENT_PARTITION}, "sk": {"S": "2026-05-04T03:02#b-1"}}
    world.client("dynamodb").put_item(TableName=NAME, Item=item)


def _poll(sqs: Any, url: str) -> None:
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    sqs.receive_message(QueueUrl=url)


def write_log(logs: Any) -> None:
    stream = uuid4().hex
    logs.create_log_stream(logGroupName=NAME, logStreamName=stream)
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "a line"}
    logs.put_log_events(logGroupName=NAME, logStreamName=stream, logEvents=[event])


NOT_HERE = frozenset({"NotImplementedInEmbeddedAws", "LayersNotFoundException", "FaultOfEmbeddedAws"})
"""The call was granted; only its answer is missing."""


def _pull(ecr: Any, layer: str) -> None:
    ecr.batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": "1"}])
    for call, rest in (
        (ecr.batch_check_layer_availability, {"layerDigests": [layer]}),
        (ecr.get_download_url_for_layer, {"layerDigest": layer}),
    ):
        try:
            call(repositoryName=NAME, **rest)
        except ClientError as fault:
            if fault.response["Error"]["Code"] not in NOT_HERE:
                raise
