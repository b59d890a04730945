"""One GitHub a test."""

from collections.abc import AsyncIterator

import pytest

from tests.github.fixtures import Github, a_github


@pytest.fixture
async def github() -> AsyncIterator[Github]:
    async with a_github() as opened:
        yield opened
