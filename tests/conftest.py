"""The suite defends itself: sockets only to loopback (pyproject), warnings are errors, and no test leaks an asyncio task."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from hypothesis import HealthCheck, settings

# Time decides no test: a busy host draws slowly. The same examples everywhere: what is red in one place is red in the other.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest_asyncio.fixture(autouse=True)
async def _no_task_is_left_behind() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    for task in left:
        task.cancel()
    assert left == [], f"tasks left behind: {left}"
