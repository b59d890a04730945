"""What every artifact store does, on the fake and on S3 as the embedded AWS has it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.contracts.worlds import aws_client
from tests.fakes.artifacts import FakeArtifacts
from worker.adapters.s3_artifacts import S3Artifacts
from worker.domain.errors import StoreUnavailable
from worker.ports import Artifacts


@pytest.fixture(params=["fake", "embedded AWS"])
async def artifacts(request) -> AsyncIterator[Artifacts]:
    if request.param == "fake":
        yield FakeArtifacts()
        return
    async with aws_client("s3", request.getfixturevalue("aws_endpoint")) as client:
        bucket = f"results-{uuid4().hex[:8]}"
        await client.create_bucket(Bucket=bucket)
        yield S3Artifacts(client=client, bucket=bucket)


async def test_what_is_stored_is_read_back(artifacts):
    assert await artifacts.put_if_absent("test-results/a.json", b'{"x": "\xc3\xa4"}')
    assert await artifacts.get("test-results/a.json") == b'{"x": "\xc3\xa4"}'


async def test_the_first_one_wins(artifacts):
    assert await artifacts.put_if_absent("k", b"first")
    assert not await artifacts.put_if_absent("k", b"second")
    assert await artifacts.get("k") == b"first"


async def test_of_many_writers_at_once_one_wins(artifacts):
    answers = await asyncio.gather(*(artifacts.put_if_absent("k", str(n).encode()) for n in range(8)))
    assert sum(answers) == 1
    assert await artifacts.get("k") == str(answers.index(True)).encode()


async def test_what_is_not_there_is_none(artifacts):
    assert await artifacts.get("test-results/none.json") is None


async def test_a_missing_bucket_is_a_store_that_is_unavailable(aws_endpoint):
    async with aws_client("s3", aws_endpoint) as client:
        with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
            await S3Artifacts(client=client, bucket="none-at-all").put_if_absent("k", b"")


async def test_a_report_replaces_the_one_before_it(artifacts):
    for content in (b"partial", b"whole"):
        await artifacts.put("batches/b/report.md", content, content_type="text/markdown")
    assert await artifacts.get("batches/b/report.md") == b"whole"
