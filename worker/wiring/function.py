"""The worker as a Lambda function: the same work, rig and handler, around invocations instead of a consumer that runs on."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from worker.adapters.lambda_runtime import ADDRESS_VARIABLE, LambdaRuntime
from worker.adapters.loopback_door import LoopbackDoor
from worker.domain.errors import WorkerError
from worker.domain.job import Lane
from worker.domain.settings import WorkerSettings
from worker.ports import Engine, Queue
from worker.runtime.collector import set_apart_what_is_loaded
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.drain import stopping_on_signal
from worker.runtime.gateway import Gateway, GatewayPolicy
from worker.runtime.invocations import FunctionPolicy, Invocations
from worker.runtime.tracing import TracedHandler
from worker.wiring.parts import Place, attempts, enlist, metrics_of, open_queues, open_rig
from worker.wiring.rig import Rig
from worker.wiring.work import Work, build_work

STREAM_VARIABLE = "AWS_LAMBDA_LOG_STREAM_NAME"
"""YYYY/MM/DD/[VERSION]ID: the last part names this environment, and leads to its log."""
ID_CHARACTERS = 12
LOOPBACK = "127.0.0.1"


def is_function(env: Mapping[str, str]) -> bool:
    """Tell whether Lambda started this process."""
    return bool(env.get(ADDRESS_VARIABLE))


async def run_function(env: Mapping[str, str], *, work: Work | None = None) -> None:
    """Serve invocations until a signal, around other work where one is given; what keeps this host from working is told to Lambda, and raised."""
    async with httpx.AsyncClient(trust_env=False) as client:
        runtime = LambdaRuntime(client=client, address=env[ADDRESS_VARIABLE])
        async with AsyncExitStack() as stack:
            try:
                outside = Outside(env=env, runtime=runtime, client=client)
                invocations = await stack.enter_async_context(_built(outside, work))
            except WorkerError as error:
                await runtime.unfit(error)
                raise
            set_apart_what_is_loaded()
            with stopping_on_signal(invocations.stop):
                await invocations.run()


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What Lambda gives a function."""

    env: Mapping[str, str]
    """Variables."""
    runtime: LambdaRuntime
    """Its API."""
    client: httpx.AsyncClient
    """Asks it, and the gateway of this process."""


@asynccontextmanager
async def _built(outside: Outside, work: Work | None) -> AsyncIterator[Invocations]:
    env, settings = outside.env, WorkerSettings.from_env(outside.env)
    async with AsyncExitStack() as stack:
        rig = await open_rig(settings, settings.worker_id or worker_id_of(env), stack)
        work = work or await build_work(rig, stack)
        port = await _open_gateway(rig, work.engine, stack)
        metrics = metrics_of(rig)
        rig.telemetry.info("ready", as_function=env.get("AWS_LAMBDA_FUNCTION_NAME", ""))
        yield Invocations(
            runtime=outside.runtime,
            queues=await open_queues(settings, stack),
            bench=BatchBench(rig=rig, work=work),
            door=LoopbackDoor(client=outside.client, port=port),
            policy=FunctionPolicy(
                queue_urls=settings.queue_urls, visibility_timeout_seconds=settings.visibility_timeout_seconds
            ),
            clock=rig.clock,
            telemetry=rig.telemetry,
            on_end=metrics.report if metrics else _nothing,
        )


def worker_id_of(env: Mapping[str, str]) -> str:
    """Name this environment."""
    stream = env.get(STREAM_VARIABLE, "").rpartition("]")[2]
    return stream[:ID_CHARACTERS] or f"{env.get('AWS_LAMBDA_FUNCTION_NAME', 'function')}-{os.getpid()}"


def _nothing() -> None:
    """Nobody wants metrics."""


async def _open_gateway(rig: Rig, engine: Engine, stack: AsyncExitStack) -> int:
    """Serve the front door's requests on a port that only this environment reaches."""
    policy = GatewayPolicy(host=LOOPBACK, port=0, worker_id=rig.worker_id)
    gateway = Gateway(
        engine=engine, consumer=AtRest(), policy=policy, clock=rig.clock, telemetry=rig.telemetry
    )
    port = await gateway.start()
    stack.push_async_callback(gateway.stop)
    return port


class AtRest:
    """A `worker.runtime.gateway.Workload`: an environment serves one invocation at a time, so a request finds it without jobs."""

    running = 0
    is_draining = False


@dataclass(frozen=True, kw_only=True)
class BatchBench:
    """A `worker.runtime.invocations.Bench`."""

    rig: Rig
    """What the environment was built with."""
    work: Work
    """Languages, engines and pipelines."""

    @asynccontextmanager
    async def consumer(
        self, queues: Mapping[Lane, Queue], *, concurrency: int, on_begun: Callable[[], None]
    ) -> AsyncIterator[Consumer]:
        """Open a consumer; at the end nothing of it goes on, since the environment is frozen then."""
        rig = self.rig
        async with AsyncExitStack() as stack:
            handler = attempts(rig, self.work.pipelines, stack)

            async def begun(delivery: Delivery) -> Disposition:
                on_begun()
                return await handler(delivery)

            consumer = Consumer(
                queues=queues,
                handler=TracedHandler(begun, tracer=rig.tracer),
                policy=ConsumerPolicy(
                    concurrency=concurrency,
                    visibility_timeout_seconds=rig.settings.visibility_timeout_seconds,
                    receive_wait_seconds=rig.settings.receive_wait_seconds,
                ),
                clock=rig.clock,
                backoff=rig.backoff,
                telemetry=rig.telemetry,
            )
            enlist(rig, self.work.engine, consumer, stack, place=Place(task_arn="", tells_drain=False))
            yield consumer
