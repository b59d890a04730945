"""What all parts of a worker are built with: settings, clock, telemetry, and what the workers of a fleet share."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from opentelemetry.trace import Tracer

from worker.adapters.aws_children import AwsChildren
from worker.adapters.dynamodb_batches import DynamoDbBatches
from worker.adapters.dynamodb_knowledge import DynamoDbKnowledge
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.adapters.dynamodb_slots import DynamoDbSlots
from worker.adapters.s3_artifacts import S3Artifacts
from worker.adapters.tolerant_knowledge import TolerantKnowledge
from worker.domain.errors import SettingsInvalid
from worker.domain.settings import WorkerSettings
from worker.ports import Clock, Knowledge, Roster, Slots
from worker.repair_ports import Children
from worker.runtime.attempts import Stores
from worker.runtime.backoff import Backoff
from worker.runtime.telemetry import Telemetry

USER_AGENT = "deployer-ddf-mod-llm-models"
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Fargate and Lambda set the first, botocore reads the second alone."""


@dataclass(frozen=True, kw_only=True)
class Rig:
    """What a worker is built with."""

    settings: WorkerSettings
    worker_id: str
    clock: Clock
    backoff: Backoff
    telemetry: Telemetry
    tracer: Tracer
    shared: "Shared"


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What all workers of a fleet share."""

    stores: Stores
    slots: Slots
    roster: Roster
    knowledge: Knowledge
    children: Children


def in_background(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Run it until the worker ends."""
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)


async def shared(settings: WorkerSettings, stack: AsyncExitStack, *, telemetry: Telemetry) -> Shared:
    """Open the stores of the fleet."""
    s3 = await open_client("s3", stack)
    dynamodb = await open_client("dynamodb", stack)
    table = settings.ledger_table
    return Shared(
        stores=Stores(
            ledger=DynamoDbLedger(client=dynamodb, table=table),
            batches=DynamoDbBatches(client=dynamodb, table=table),
            artifacts=S3Artifacts(client=s3, bucket=settings.results_bucket),
        ),
        slots=DynamoDbSlots(client=dynamodb, table=table),
        roster=DynamoDbRoster(client=dynamodb, table=table),
        knowledge=TolerantKnowledge(
            DynamoDbKnowledge(client=dynamodb, table=table),
            on_trouble=lambda error: telemetry.warning("can't share what was learned", error=error),
        ),
        children=AwsChildren(
            sqs=await open_client("sqs", stack), dynamodb=dynamodb, table=table, lanes=settings.queue_urls
        ),
    )


def client_config(*, read_seconds: float) -> AioConfig:
    """Return how the worker talks to AWS: bounded waits, pooled connections, and a name of its own.

    botocore builds its long name anew for each request, a fourteenth of what a short job costs.
    """
    return AioConfig(
        connect_timeout=5,
        read_timeout=read_seconds,
        max_pool_connections=50,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path"} if os.environ.get("AWS_ENDPOINT_URL") else None,
        user_agent=USER_AGENT,
    )


async def open_client(service: str, stack: AsyncExitStack, *, read_seconds: float = 10) -> Any:
    """Open a client of AWS; raises SettingsInvalid where nothing names the region."""
    region = next((os.environ[name] for name in REGION_VARIABLES if os.environ.get(name)), "")
    if not region and get_session().get_config_variable("region") is None:
        raise SettingsInvalid(["AWS_REGION is missing: it names the region of the queues and stores"])
    return await stack.enter_async_context(
        get_session().create_client(
            service, region_name=region or None, config=client_config(read_seconds=read_seconds)
        )
    )
