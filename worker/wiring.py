"""The composition root: the only module that names implementations."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from opentelemetry.trace import NoOpTracerProvider, Tracer

from worker.adapters.dynamodb_batches import DynamoDbBatches
from worker.adapters.dynamodb_knowledge import DynamoDbKnowledge
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.adapters.dynamodb_slots import DynamoDbSlots
from worker.adapters.ecs_metadata import task_arn
from worker.adapters.s3_artifacts import S3Artifacts
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.exchange import WorkerReport
from worker.domain.job import JobKind, Lane
from worker.domain.settings import WorkerSettings
from worker.engines.builtin import BuiltinEngine
from worker.engines.ollama import OllamaEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.formatting import Prettier
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.languages.typescript import TypeScriptLanguage
from worker.ports import Clock, Engine, Knowledge, Language, Pipeline, Queue, Roster, Slots
from worker.runtime.attempts import AttemptPolicy, Attempts, Gates, Stores
from worker.runtime.backoff import Backoff
from worker.runtime.cancellation import Cancellations
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.emf import EmfReporter
from worker.runtime.gateway import Gateway, GatewayPolicy
from worker.runtime.limits import RepositoryLimits
from worker.runtime.roster import RosterEntry
from worker.runtime.service import Service
from worker.runtime.telemetry import LibraryLogs, Telemetry
from worker.runtime.tracing import TracedEngine, TracedHandler, TracedSandbox
from worker.sandboxes.levels import open_sandbox

SERVICE = "deployer-ddf-mod-llm-models-worker"
READ_MARGIN_SECONDS = 5
"""A read times out so long after the long poll should have answered."""
RETRY_BASE_SECONDS = 2.0
RETRY_CAP_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the runtime is built around."""

    engine: Engine
    """For the gateway."""
    pipelines: Mapping[JobKind, Pipeline]
    """For the consumer."""


@asynccontextmanager
async def build_service(settings: WorkerSettings, *, work: Work | None = None) -> AsyncIterator[Service]:
    """Put the worker together, around other work where one is given; its clients are closed at the end."""
    worker_id = settings.worker_id or f"{socket.gethostname()}-{os.getpid()}"
    clock = SystemClock()
    telemetry = Telemetry(
        stream=sys.stdout, clock=clock, level=settings.log_level, fields={"worker_id": worker_id}
    )
    logging.basicConfig(handlers=[LibraryLogs(telemetry)], level=logging.WARNING, force=True)
    async with AsyncExitStack() as stack:
        tracer = _tracer(settings, worker_id, stack)
        rig = _Rig(
            settings=settings,
            worker_id=worker_id,
            clock=clock,
            backoff=_backoff(),
            telemetry=telemetry,
            tracer=tracer,
            shared=await _shared(settings, stack),
        )
        work = work or await _work(rig, stack)
        _publish_metrics(rig, stack)
        consumer = await _consumer(rig, work.pipelines, stack)
        policy = GatewayPolicy(host=settings.gateway_host, port=settings.gateway_port, worker_id=worker_id)
        gateway = Gateway(
            engine=work.engine, consumer=consumer, policy=policy, clock=clock, telemetry=telemetry
        )
        await _enlist(rig, work.engine, consumer, stack)
        yield Service(
            consumer=consumer,
            gateway=gateway,
            telemetry=telemetry,
            grace_seconds=settings.drain_grace_seconds,
            deadline_seconds=settings.drain_deadline_seconds,
        )


@dataclass(frozen=True, kw_only=True)
class _Rig:
    settings: WorkerSettings
    worker_id: str
    clock: Clock
    backoff: Backoff
    telemetry: Telemetry
    tracer: Tracer
    shared: "_Shared"


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What all workers of a fleet share."""

    stores: Stores
    slots: Slots
    roster: Roster
    knowledge: Knowledge


def _in_background(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Run it until the worker ends."""
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)


async def _enlist(rig: "_Rig", engine: Engine, consumer: Consumer, stack: AsyncExitStack) -> None:
    """Have the worker stand in the fleet's roster."""
    arn, started_at = await task_arn(os.environ), rig.clock.now()
    identity = engine.identity

    def describe() -> WorkerReport:
        return WorkerReport(
            worker_id=rig.worker_id,
            task_arn=arn,
            engine=f"{identity.name} {identity.model}",
            started_at=started_at,
            running=consumer.running,
            concurrency=rig.settings.concurrency,
            is_draining=consumer.is_draining,
        )

    entry = RosterEntry(roster=rig.shared.roster, describe=describe, clock=rig.clock, telemetry=rig.telemetry)
    _in_background(entry.run(), stack)


def _tracer(settings: WorkerSettings, worker_id: str, stack: AsyncExitStack) -> Tracer:
    endpoint = settings.traces_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if not endpoint:
        return NoOpTracerProvider().get_tracer(SERVICE)  # it hands the submitter's trace id on to the logs
    from worker.adapters.otlp_traces import traces_to  # noqa: PLC0415 - the SDK loads only where traces are sent

    provider = traces_to(endpoint, service=SERVICE, worker_id=worker_id, environment=settings.environment)
    stack.callback(provider.shutdown)
    return provider.get_tracer(SERVICE)


def _publish_metrics(rig: "_Rig", stack: AsyncExitStack) -> None:
    """Have the counters written as CloudWatch metrics, until the worker ends."""
    if rig.settings.metrics_namespace:
        reporter = EmfReporter(
            stream=sys.stdout, clock=rig.clock, counters=rig.telemetry.counters, settings=rig.settings
        )
        _in_background(reporter.run(), stack)


async def _work(rig: "_Rig", stack: AsyncExitStack) -> Work:
    settings, clock = rig.settings, rig.clock
    untraced = await open_sandbox(settings.sandbox)
    stack.callback(untraced.close)
    sandbox = TracedSandbox(untraced, tracer=rig.tracer)
    languages: list[Language] = [PythonLanguage(), *_node_languages()]
    builtin: Engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    engine, fallback = builtin, None
    if settings.engine == "ollama":
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=settings.ollama_url))
        engine = OllamaEngine(client=client, model=settings.model)
        fallback = builtin if settings.engine_fallback == "builtin" else None
    engine = TracedEngine(engine, tracer=rig.tracer)
    pipeline = TestPipeline(
        engine=engine, languages=languages, sandbox=sandbox, clock=clock, fallback=fallback
    )
    return Work(engine=engine, pipelines={JobKind.TEST: pipeline})


def _node_languages() -> list[Language]:
    prettier = Prettier()
    if not prettier.is_present:
        logging.getLogger("worker.languages").warning(
            "prettier is not installed: the tests of JavaScript and TypeScript are right, but not laid out"
        )
    return [JavaScriptLanguage(prettier), TypeScriptLanguage(prettier)]


async def _consumer(rig: _Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack) -> Consumer:
    settings = rig.settings
    policy = ConsumerPolicy(
        concurrency=settings.concurrency,
        visibility_timeout_seconds=settings.visibility_timeout_seconds,
        receive_wait_seconds=settings.receive_wait_seconds,
    )
    return Consumer(
        queues=await _queues(settings, stack),
        handler=TracedHandler(_attempts(rig, pipelines, stack), tracer=rig.tracer),
        policy=policy,
        clock=rig.clock,
        backoff=rig.backoff,
        telemetry=rig.telemetry,
    )


def _attempts(rig: _Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack) -> Attempts:
    settings = rig.settings
    limits = DispatchPolicy(
        timeout_seconds=settings.job_timeout_seconds, budget_seconds=settings.job_budget_seconds
    )
    stores = rig.shared.stores
    cancellations = Cancellations(ledger=stores.ledger, clock=rig.clock, telemetry=rig.telemetry)
    _in_background(cancellations.run(), stack)
    repositories = RepositoryLimits(
        slots=rig.shared.slots,
        concurrency=settings.repository_concurrency,
        clock=rig.clock,
        random=Random(),  # noqa: S311 - nothing secret
        telemetry=rig.telemetry,
    )
    return Attempts(
        dispatcher=Dispatcher(pipelines=pipelines, policy=limits),
        stores=stores,
        policy=AttemptPolicy(
            worker_id=rig.worker_id, maximum_attempts=settings.maximum_attempts, backoff=rig.backoff
        ),
        gates=Gates(limits=repositories, cancellations=cancellations),
        clock=rig.clock,
        telemetry=rig.telemetry,
    )


def _backoff() -> Backoff:
    jitter = Random()  # noqa: S311 - nothing secret
    return Backoff(base_seconds=RETRY_BASE_SECONDS, cap_seconds=RETRY_CAP_SECONDS, random=jitter)


async def _queues(settings: WorkerSettings, stack: AsyncExitStack) -> dict[Lane, Queue]:
    client = await _client("sqs", stack, read_seconds=settings.receive_wait_seconds + READ_MARGIN_SECONDS)
    return {
        lane: SqsQueue(
            client=client,
            url=url,
            dead_letter_url=settings.dead_letter_queue_url,
            lane=lane,
            visibility_timeout_seconds=settings.visibility_timeout_seconds,
        )
        for lane, url in settings.queue_urls.items()
    }


async def _shared(settings: WorkerSettings, stack: AsyncExitStack) -> _Shared:
    s3 = await _client("s3", stack)
    dynamodb = await _client("dynamodb", stack)
    table = settings.ledger_table
    return _Shared(
        stores=Stores(
            ledger=DynamoDbLedger(client=dynamodb, table=table),
            batches=DynamoDbBatches(client=dynamodb, table=table),
            artifacts=S3Artifacts(client=s3, bucket=settings.results_bucket),
        ),
        slots=DynamoDbSlots(client=dynamodb, table=table),
        roster=DynamoDbRoster(client=dynamodb, table=table),
        knowledge=DynamoDbKnowledge(client=dynamodb, table=table),
    )


async def _client(service: str, stack: AsyncExitStack, *, read_seconds: float = 10) -> Any:
    config = AioConfig(
        connect_timeout=5,
        read_timeout=read_seconds,
        max_pool_connections=50,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path"} if os.environ.get("AWS_ENDPOINT_URL") else None,
    )
    return await stack.enter_async_context(get_session().create_client(service, config=config))
