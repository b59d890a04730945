"""The worker: consumer, gateway and what reports on them, around the work."""

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from worker.adapters.ecs_metadata import task_arn
from worker.adapters.ecs_protection import EcsProtection
from worker.domain.job import JobKind
from worker.domain.settings import WorkerSettings
from worker.ports import Pipeline, Protection
from worker.runtime.closing import Closing, ScaleIn
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Handler
from worker.runtime.gateway import Gateway, GatewayPolicy
from worker.runtime.protection import ProtectedHandler
from worker.runtime.service import Service
from worker.runtime.tracing import TracedHandler
from worker.wiring.parts import Place, attempts, enlist, metrics_of, open_queues, open_rig
from worker.wiring.rig import Rig, in_background, open_client
from worker.wiring.work import Work, build_work


@asynccontextmanager
async def build_service(settings: WorkerSettings, *, work: Work | None = None) -> AsyncIterator[Service]:
    """Put the worker together, around other work where one is given; its clients are closed at the end."""
    worker_id = settings.worker_id or f"{socket.gethostname()}-{os.getpid()}"
    async with AsyncExitStack() as stack:
        rig = await open_rig(settings, worker_id, stack)
        work = work or await build_work(rig, stack)
        metrics = metrics_of(rig)
        if metrics is not None:
            in_background(metrics.run(), stack)
        arn = await task_arn(os.environ)
        guard = Guard(protection=await _protection(rig, stack, arn) if arn else None, scale_in=ScaleIn())
        consumer = await _consumer(rig, work.pipelines, stack, guard)
        policy = GatewayPolicy(host=settings.gateway_host, port=settings.gateway_port, worker_id=worker_id)
        gateway = Gateway(
            engine=work.engine, consumer=consumer, policy=policy, clock=rig.clock, telemetry=rig.telemetry
        )
        place = Place(task_arn=arn, closing=_closing(rig, consumer, guard))
        enlist(rig, work.engine, consumer, stack, place=place)
        yield Service(
            consumer=consumer,
            gateway=gateway,
            telemetry=rig.telemetry,
            grace_seconds=settings.drain_grace_seconds,
            deadline_seconds=settings.drain_deadline_seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What keeps ECS from stopping this task; outside of ECS nobody stops one."""

    protection: Protection | None
    """The task's."""
    scale_in: ScaleIn
    """What is known of it."""


async def _consumer(
    rig: Rig, pipelines: Mapping[JobKind, Pipeline], stack: AsyncExitStack, guard: Guard
) -> Consumer:
    settings = rig.settings
    handler = _protected(rig, attempts(rig, pipelines, stack), guard)
    policy = ConsumerPolicy(
        concurrency=settings.concurrency,
        visibility_timeout_seconds=settings.visibility_timeout_seconds,
        receive_wait_seconds=settings.receive_wait_seconds,
    )
    return Consumer(
        queues=await open_queues(settings, stack),
        handler=TracedHandler(handler, tracer=rig.tracer),
        policy=policy,
        clock=rig.clock,
        backoff=rig.backoff,
        telemetry=rig.telemetry,
    )


def _closing(rig: Rig, consumer: Consumer, guard: Guard) -> Closing:
    return Closing(
        worker_id=rig.worker_id,
        door=consumer,
        roster=rig.shared.roster,
        protection=guard.protection,
        scale_in=guard.scale_in,
        clock=rig.clock,
    )


async def _protection(rig: Rig, stack: AsyncExitStack, arn: str) -> Protection:
    return EcsProtection(
        client=await open_client("ecs", stack),
        task_arn=arn,
        on_trouble=lambda why: rig.telemetry.warning("can't change the task's protection", error=why),
    )


def _protected(rig: Rig, handler: Handler, guard: Guard) -> Handler:
    """Keep ECS from stopping a task in the middle of a long job."""
    if guard.protection is None:
        return handler
    return ProtectedHandler(
        handler,
        protection=guard.protection,
        clock=rig.clock,
        grace_seconds=rig.settings.drain_grace_seconds,
        timeout_seconds=rig.settings.job_timeout_seconds,
        scale_in=guard.scale_in,
    )
