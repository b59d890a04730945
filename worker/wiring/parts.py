"""What a worker has whatever runs it: the rig, the lanes, the handler of deliveries, its entry in the roster."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from opentelemetry.trace import NoOpTracerProvider, Tracer

from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.exchange import WorkerReport
from worker.domain.job import JobKind, Lane
from worker.domain.settings import WorkerSettings
from worker.ports import Engine, Pipeline, Queue
from worker.runtime.attempts import AttemptPolicy, Attempts, Gates
from worker.runtime.backoff import Backoff
from worker.runtime.cancellation import Cancellations
from worker.runtime.closing import Closing
from worker.runtime.consumer import Consumer
from worker.runtime.delivery import Handler
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.emf import EmfReporter
from worker.runtime.family import FamilyHandler
from worker.runtime.limits import RepositoryLimits
from worker.runtime.roster import RosterEntry
from worker.runtime.telemetry import LibraryLogs, Telemetry
from worker.wiring.rig import Rig, in_background, open_client, shared

SERVICE = "deployer-ddf-mod-llm-models-worker"
READ_MARGIN_SECONDS = 5
"""A read times out so long after the long poll should have answered."""
RETRY_BASE_SECONDS = 2.0
RETRY_CAP_SECONDS = 120.0


async def open_rig(settings: WorkerSettings, worker_id: str, stack: AsyncExitStack) -> Rig:
    """Open what all parts are built with; logs of libraries go the way of ours."""
    clock = SystemClock()
    telemetry = Telemetry(
        stream=sys.stdout, clock=clock, level=settings.log_level, fields={"worker_id": worker_id}
    )
    logging.basicConfig(handlers=[LibraryLogs(telemetry)], level=logging.WARNING, force=True)
    tracer = _tracer(settings, worker_id, stack)
    return Rig(
        settings=settings,
        worker_id=worker_id,
        clock=clock,
        backoff=_backoff(),
        telemetry=telemetry,
        tracer=tracer,
        shared=await shared(settings, stack, telemetry=telemetry),
    )


def _tracer(settings: WorkerSettings, worker_id: str, stack: AsyncExitStack) -> Tracer:
    endpoint = settings.traces_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if not endpoint:
        return NoOpTracerProvider().get_tracer(SERVICE)  # it hands the submitter's trace id on to the logs
    from worker.adapters.otlp_traces import traces_to  # noqa: PLC0415 - the SDK loads only where traces are sent

    provider = traces_to(endpoint, service=SERVICE, worker_id=worker_id, environment=settings.environment)
    stack.callback(provider.shutdown)
    return provider.get_tracer(SERVICE)


def metrics_of(rig: Rig) -> EmfReporter | None:
    """Return who writes the counters as CloudWatch metrics; None where nobody wants them."""
    if not rig.settings.metrics_namespace:
        return None
    return EmfReporter(
        stream=sys.stdout, clock=rig.clock, counters=rig.telemetry.counters, settings=rig.settings
    )


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a worker runs, and how it goes."""

    task_arn: str
    """Its ECS task; empty where it is none."""
    tells_drain: bool = True
    """A function's consumer drains from its first moment, and does not tell."""
    closing: Closing | None = None
    """How it is asked to close; None where nobody asks."""


def enlist(rig: Rig, engine: Engine, consumer: Consumer, stack: AsyncExitStack, *, place: Place) -> None:
    """Have the worker stand in the fleet's roster."""
    started_at, identity, closing = rig.clock.now(), engine.identity, place.closing

    def describe() -> WorkerReport:
        return WorkerReport(
            worker_id=rig.worker_id,
            task_arn=place.task_arn,
            engine=f"{identity.name} {identity.model}",
            started_at=started_at,
            running=consumer.running,
            concurrency=rig.settings.concurrency,
            is_draining=consumer.is_draining and place.tells_drain,
            closed_for=closing.answer if closing else None,
        )

    entry = RosterEntry(
        roster=rig.shared.roster,
        describe=describe,
        clock=rig.clock,
        telemetry=rig.telemetry,
        closing=closing,
    )
    in_background(entry.run(), stack)


def attempts(rig: Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack) -> Handler:
    """Build the handler of deliveries, and begin to look for jobs that are called off."""
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
    handler = Attempts(
        dispatcher=Dispatcher(pipelines=pipelines, policy=limits),
        stores=stores,
        policy=AttemptPolicy(
            worker_id=rig.worker_id, maximum_attempts=settings.maximum_attempts, backoff=rig.backoff
        ),
        gates=Gates(limits=repositories, cancellations=cancellations),
        clock=rig.clock,
        telemetry=rig.telemetry,
    )
    return FamilyHandler(
        handler, children=rig.shared.children, artifacts=stores.artifacts, telemetry=rig.telemetry
    )


def _backoff() -> Backoff:
    jitter = Random()  # noqa: S311 - nothing secret
    return Backoff(base_seconds=RETRY_BASE_SECONDS, cap_seconds=RETRY_CAP_SECONDS, random=jitter)


async def open_queues(settings: WorkerSettings, stack: AsyncExitStack) -> dict[Lane, Queue]:
    """Open the lanes."""
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
