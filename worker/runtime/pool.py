"""JobPool: bounded concurrency on asyncio-pool, used only in the ways in which it is sound.

asyncio-pool 0.6.0 swallows a cancellation that arrives while `spawn()` waits, leaks the slot of a task that is cancelled
before its first step, and needs callbacks to be plain functions. So a job is started only when our own count says that a
slot is free (then `spawn()` never waits), what is cancelled is a task of ours inside the job (never one of the pool's),
the job catches everything and returns nothing, and there are no callbacks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from asyncio_pool import AioPool

Outcome = TypeVar("Outcome")


class JobPool(Generic[Outcome]):
    """Runs up to `size` pieces of work at once."""

    def __init__(self, *, size: int, on_free: Callable[[], object]) -> None:
        """Call `on_free` whenever a slot becomes free. Needs a running loop."""
        self.size = size
        self._pool = AioPool(size=size)
        self._on_free = on_free
        self._running = 0
        self._failure: BaseException | None = None

    @property
    def running(self) -> int:
        """Slots taken."""
        return self._running

    @property
    def free(self) -> int:
        """Slots left."""
        return self.size - self._running

    @property
    def failure(self) -> BaseException | None:
        """What a settlement raised, if one did: a fault of ours that the process must not outlive."""
        return self._failure

    async def start(
        self,
        work: Coroutine[Any, Any, Outcome],
        settle: Callable[["asyncio.Task[Outcome]"], Awaitable[None]],
    ) -> "asyncio.Task[Outcome]":
        """Start `work` at once and return its task, which may be cancelled; `settle` then sees how it ended.

        Raises RuntimeError where no slot is free: the caller counts before it asks.
        """
        if self.free < 1:
            work.close()
            raise RuntimeError("no slot is free")
        self._running += 1
        task = asyncio.create_task(work)
        slot = await self._pool.spawn(self._guard(task, settle))
        slot.add_done_callback(_retrieve)
        return task

    async def join(self, *, seconds: float) -> bool:
        """Wait until every slot is free; False where `seconds` were not enough."""
        if self._pool.is_empty:
            return True
        waiter = asyncio.ensure_future(self._pool.join())
        done, _ = await asyncio.wait({waiter}, timeout=seconds)
        if not done:
            waiter.cancel()
            await asyncio.wait({waiter})
        return bool(done)

    async def _guard(
        self,
        task: "asyncio.Task[Outcome]",
        settle: Callable[["asyncio.Task[Outcome]"], Awaitable[None]],
    ) -> None:
        try:
            await _end_of(task)
            await settle(task)
        except Exception as error:  # noqa: BLE001 - the pool would swallow it; the consumer reads `failure` and stops
            self._failure = error
        finally:
            # No await after this line: the pool frees its own slot in the same step, so the two counts never differ.
            self._running -= 1
            self._on_free()


async def _end_of(task: "asyncio.Task[Outcome]") -> None:
    """Wait until it is done, whatever its end; at half the price of `asyncio.wait`, which is felt where jobs are short."""
    ended = asyncio.get_running_loop().create_future()

    def tell(_: "asyncio.Task[Outcome]") -> None:
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(tell)
    await ended


def _retrieve(slot: "asyncio.Future[None]") -> None:
    """Look at the pool's future, so that a loop that is torn down in mid-job does not complain of it."""
    if not slot.cancelled():
        slot.exception()
