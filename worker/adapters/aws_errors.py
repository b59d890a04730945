"""What AWS clients raise, told as the worker's own StoreUnavailable, with a bound on every call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from botocore.exceptions import BotoCoreError, ClientError

from worker.domain.errors import StoreUnavailable

REFUSED = "ConditionalCheckFailedException"
"""A conditional write whose condition does not hold."""
TRANSACTION_REFUSED = "TransactionCanceledException"
"""A transaction of which some part does not go through; `reasons_of` tells which."""
CONFLICT = "TransactionConflict"
"""Reason: another transaction writes the same item at this moment."""
FAILURES = (ClientError, BotoCoreError, OSError)
"""What the clients raise, blocking and not; TimeoutError is an OSError."""
CALL_SECONDS = 15.0
"""Longest call that is no long poll."""
CALLS_AT_ONCE = 32
"""Of one store, for jobs. More don't make it answer sooner; they only time out together where a thousand jobs start at once."""


@asynccontextmanager
async def told_as_unavailable(
    what: str, *, seconds: float = CALL_SECONDS, turns: asyncio.Semaphore | None = None
) -> AsyncIterator[None]:
    """Bound a call, and tell its failure in one sentence.

    Where calls take `turns`, the time runs from the turn on: to wait for one's own kind is no fault of the store.
    """
    try:
        async with turns or nullcontext(), asyncio.timeout(seconds):
            yield
    except FAILURES as error:
        raise unavailable(what, error) from error


def unavailable(what: str, error: ClientError | BotoCoreError | OSError) -> StoreUnavailable:
    """Tell one of `FAILURES` in one sentence."""
    if isinstance(error, ClientError):
        return StoreUnavailable(f"{what}: {code_of(error)}: {message_of(error)}")
    return StoreUnavailable(f"{what}: {type(error).__name__}: {error}")


def code_of(error: ClientError) -> str:
    """Return the error code that AWS gave."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def reasons_of(error: ClientError) -> list[str]:
    """Return why each part of a transaction did not go through; nothing where it was no transaction."""
    return [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", ())]


def message_of(error: ClientError) -> str:
    """Return the text that AWS gave."""
    return str(error.response.get("Error", {}).get("Message", ""))
