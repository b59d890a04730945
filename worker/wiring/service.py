"""The worker: consumer, gateway and what reports on them, around the work."""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

from opentelemetry.trace import NoOpTracerProvider, Tracer

from worker.adapters.ecs_metadata import task_arn
from worker.adapters.ecs_protection import EcsProtection
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.exchange import WorkerReport
from worker.domain.job import JobKind, Lane
from worker.domain.settings import WorkerSettings
from worker.ports import Engine, Pipeline, Queue
from worker.runtime.attempts import AttemptPolicy, Attempts, Gates
from worker.runtime.backoff import Backoff
from worker.runtime.cancellation import Cancellations
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Handler
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.emf import EmfReporter
from worker.runtime.gateway import Gateway, GatewayPolicy
from worker.runtime.limits import RepositoryLimits
from worker.runtime.protection import ProtectedHandler
from worker.runtime.roster import RosterEntry
from worker.runtime.service import Service
from worker.runtime.telemetry import LibraryLogs, Telemetry
from worker.runtime.tracing import TracedHandler
from worker.wiring.rig import Rig, in_background, open_client, shared
from worker.wiring.work import Work, build_work

SERVICE = "deployer-ddf-mod-llm-models-worker"
READ_MARGIN_SECONDS = 5
"""A read times out so long after the long poll should have answered."""
RETRY_BASE_SECONDS = 2.0
RETRY_CAP_SECONDS = 120.0


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
        rig = Rig(
            settings=settings,
            worker_id=worker_id,
            clock=clock,
            backoff=_backoff(),
            telemetry=telemetry,
            tracer=tracer,
            shared=await shared(settings, stack, telemetry=telemetry),
        )
        work = work or await build_work(rig, stack)
        _publish_metrics(rig, stack)
        arn = await task_arn(os.environ)
        consumer = await _consumer(rig, work.pipelines, stack, arn)
        policy = GatewayPolicy(host=settings.gateway_host, port=settings.gateway_port, worker_id=worker_id)
        gateway = Gateway(
            engine=work.engine, consumer=consumer, policy=policy, clock=clock, telemetry=telemetry
        )
        _enlist(rig, work.engine, consumer, stack, arn)
        yield Service(
            consumer=consumer,
            gateway=gateway,
            telemetry=telemetry,
            grace_seconds=settings.drain_grace_seconds,
            deadline_seconds=settings.drain_deadline_seconds,
        )


def _enlist(rig: Rig, engine: Engine, consumer: Consumer, stack: AsyncExitStack, arn: str) -> None:
    """Have the worker stand in the fleet's roster."""
    started_at, identity = rig.clock.now(), engine.identity

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
    in_background(entry.run(), stack)


def _tracer(settings: WorkerSettings, worker_id: str, stack: AsyncExitStack) -> Tracer:
    endpoint = settings.traces_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if not endpoint:
        return NoOpTracerProvider().get_tracer(SERVICE)  # it hands the submitter's trace id on to the logs
    from worker.adapters.otlp_traces import traces_to  # noqa: PLC0415 - the SDK loads only where traces are sent

    provider = traces_to(endpoint, service=SERVICE, worker_id=worker_id, environment=settings.environment)
    stack.callback(provider.shutdown)
    return provider.get_tracer(SERVICE)


def _publish_metrics(rig: Rig, stack: AsyncExitStack) -> None:
    """Have the counters written as CloudWatch metrics, until the worker ends."""
    if rig.settings.metrics_namespace:
        reporter = EmfReporter(
            stream=sys.stdout, clock=rig.clock, counters=rig.telemetry.counters, settings=rig.settings
        )
        in_background(reporter.run(), stack)


async def _consumer(
    rig: Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack, arn: str
) -> Consumer:
    settings = rig.settings
    handler = await _protected(rig, _attempts(rig, pipelines, stack), stack, arn)
    policy = ConsumerPolicy(
        concurrency=settings.concurrency,
        visibility_timeout_seconds=settings.visibility_timeout_seconds,
        receive_wait_seconds=settings.receive_wait_seconds,
    )
    return Consumer(
        queues=await _queues(settings, stack),
        handler=TracedHandler(handler, tracer=rig.tracer),
        policy=policy,
        clock=rig.clock,
        backoff=rig.backoff,
        telemetry=rig.telemetry,
    )


async def _protected(rig: Rig, handler: Handler, stack: AsyncExitStack, arn: str) -> Handler:
    """Keep ECS from stopping a task in the middle of a long job; outside of ECS nobody stops one."""
    if not arn:
        return handler
    protection = EcsProtection(
        client=await open_client("ecs", stack),
        task_arn=arn,
        on_trouble=lambda why: rig.telemetry.warning("can't change the task's protection", error=why),
    )
    return ProtectedHandler(
        handler,
        protection=protection,
        clock=rig.clock,
        grace_seconds=rig.settings.drain_grace_seconds,
        timeout_seconds=rig.settings.job_timeout_seconds,
    )


def _attempts(rig: Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack) -> Attempts:
    settings = rig.settings
    limits = DispatchPolicy(
        timeout_seconds=settings.job_timeout_seconds, budget_seconds=settings.job_budget_seconds
    )
    stores = rig.shared.stores
    cancellations = Cancellations(ledger=stores.ledger, clock=rig.clock, telemetry=rig.telemetry)
    in_background(cancellations.run(), stack)
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
    client = await open_client("sqs", stack, read_seconds=settings.receive_wait_seconds + READ_MARGIN_SECONDS)
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
