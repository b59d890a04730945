"""Stored files on S3; a conditional write makes the first result the only one."""

import asyncio
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import CALLS_AT_ONCE, code_of, told_as_unavailable

EXISTS = frozenset({"PreconditionFailed", "412"})
ABSENT = frozenset({"NoSuchKey", "404"})


class S3Artifacts:
    """A bucket."""

    def __init__(self, *, client: Any, bucket: str) -> None:
        """Use an aiobotocore S3 client."""
        self._client = client
        self._bucket = bucket
        self._turns = asyncio.Semaphore(CALLS_AT_ONCE)

    async def put_if_absent(self, key: str, content: bytes) -> bool:
        """Store unless the key exists. Two writers at once: AWS lets one through and tells the other 409 or 412."""
        async with told_as_unavailable(f"put {key}", turns=self._turns):
            try:
                await self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    ContentType="application/json; charset=utf-8",
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if code_of(error) in EXISTS:
                    return False
                raise
        return True

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Store, whatever was there."""
        async with told_as_unavailable(f"put {key}", turns=self._turns):
            await self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type
            )

    async def get(self, key: str) -> bytes | None:
        """Read; None where there is none."""
        async with told_as_unavailable(f"get {key}", turns=self._turns):
            try:
                answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if code_of(error) in ABSENT:
                    return None
                raise
            async with answer["Body"] as body:
                return bytes(await body.read())
