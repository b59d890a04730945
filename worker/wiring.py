"""The composition root: the only module that names implementations."""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import httpx
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.adapters.s3_artifacts import S3Artifacts
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.job import JobKind
from worker.domain.settings import WorkerSettings
from worker.engines.builtin import BuiltinEngine
from worker.engines.ollama import OllamaEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.ports import Clock, Engine, Language, Sandbox
from worker.runtime.attempts import AttemptPolicy, Attempts, Stores
from worker.runtime.backoff import Backoff
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.gateway import Gateway, GatewayPolicy
from worker.runtime.service import Service
from worker.runtime.telemetry import LibraryLogs, Telemetry
from worker.sandboxes.process import ProcessSandbox

READ_MARGIN_SECONDS = 5
"""A read times out so long after the long poll should have answered."""
RETRY_BASE_SECONDS = 2.0
RETRY_CAP_SECONDS = 120.0


@asynccontextmanager
async def build_service(settings: WorkerSettings) -> AsyncIterator[Service]:
    """Put the worker together; its clients are closed at the end."""
    worker_id = settings.worker_id or f"{socket.gethostname()}-{os.getpid()}"
    clock = SystemClock()
    telemetry = Telemetry(
        stream=sys.stdout, clock=clock, level=settings.log_level, fields={"worker_id": worker_id}
    )
    logging.basicConfig(handlers=[LibraryLogs(telemetry)], level=logging.WARNING, force=True)
    async with AsyncExitStack() as stack:
        sandbox = ProcessSandbox()
        languages: list[Language] = [PythonLanguage(), JavaScriptLanguage()]
        engine = await _engine(settings, languages, sandbox, stack)
        pipeline = TestPipeline(engine=engine, languages=languages, sandbox=sandbox, clock=clock)
        consumer = await _consumer(settings, worker_id, pipeline, telemetry, stack)
        gateway = Gateway(
            engine=engine,
            consumer=consumer,
            policy=GatewayPolicy(host=settings.gateway_host, port=settings.gateway_port, worker_id=worker_id),
            clock=clock,
            telemetry=telemetry,
        )
        yield Service(
            consumer=consumer,
            gateway=gateway,
            telemetry=telemetry,
            grace_seconds=settings.drain_grace_seconds,
            deadline_seconds=settings.drain_deadline_seconds,
        )


async def _engine(
    settings: WorkerSettings, languages: list[Language], sandbox: Sandbox, stack: AsyncExitStack
) -> Engine:
    if settings.engine == "ollama":
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=settings.ollama_url))
        return OllamaEngine(client=client, model=settings.model)
    return BuiltinEngine(languages=languages, sandbox=sandbox)


async def _consumer(
    settings: WorkerSettings,
    worker_id: str,
    pipeline: TestPipeline,
    telemetry: Telemetry,
    stack: AsyncExitStack,
) -> Consumer:
    clock: Clock = SystemClock()
    backoff = Backoff(
        base_seconds=RETRY_BASE_SECONDS,
        cap_seconds=RETRY_CAP_SECONDS,
        random=Random(),  # noqa: S311 - jitter
    )
    attempts = Attempts(
        dispatcher=Dispatcher(
            pipelines={JobKind.TEST: pipeline},
            policy=DispatchPolicy(
                timeout_seconds=settings.job_timeout_seconds, budget_seconds=settings.job_budget_seconds
            ),
        ),
        stores=await _stores(settings, stack),
        policy=AttemptPolicy(worker_id=worker_id, maximum_attempts=settings.maximum_attempts),
        clock=clock,
        backoff=backoff,
        telemetry=telemetry,
    )
    sqs = await _client("sqs", stack, read_seconds=settings.receive_wait_seconds + READ_MARGIN_SECONDS)
    queues = {
        lane: SqsQueue(
            client=sqs,
            url=url,
            dead_letter_url=settings.dead_letter_queue_url,
            lane=lane,
            visibility_timeout_seconds=settings.visibility_timeout_seconds,
        )
        for lane, url in settings.queue_urls.items()
    }
    policy = ConsumerPolicy(
        concurrency=settings.concurrency,
        visibility_timeout_seconds=settings.visibility_timeout_seconds,
        receive_wait_seconds=settings.receive_wait_seconds,
    )
    return Consumer(
        queues=queues, handler=attempts, policy=policy, clock=clock, backoff=backoff, telemetry=telemetry
    )


async def _stores(settings: WorkerSettings, stack: AsyncExitStack) -> Stores:
    s3 = await _client("s3", stack)
    dynamodb = await _client("dynamodb", stack)
    return Stores(
        ledger=DynamoDbLedger(client=dynamodb, table=settings.ledger_table),
        artifacts=S3Artifacts(client=s3, bucket=settings.results_bucket),
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
