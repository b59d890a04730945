"""A proxy between workers and AWS that goes wrong on purpose: on a thread of its own, seeded, and it counts what it did."""

import asyncio
import json
import threading
from collections import Counter
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from tests.worker.faults.faults import Call, Fault, Kind, call_of, refusal

_HOP = {"host", "content-length", "transfer-encoding", "connection", "expect", "keep-alive"}
_REFUSED_ENTRY = {"SenderFault": False, "Code": "InternalError", "Message": "injected"}
PIECES = 20
MOST_STEALS = 4
"""Of one message: beyond that it would be the fault that sends it round in circles, not the worker."""


class FaultProxy:
    """Forwards SQS to one server and everything else to another."""

    def __init__(self, *, sqs: str, others: str, seed: int) -> None:
        self._upstream = {"sqs": sqs, "s3": others, "dynamodb": others}
        self._random = Random(seed)
        self.faults: list[Fault] = []
        self.applied: Counter[Fault] = Counter()
        """How often each fault was done."""
        self.calls: Counter[Call] = Counter()
        self.deliveries: Counter[str] = Counter()
        """How often each message was handed out."""
        self.endpoint = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._later: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def heal(self) -> None:
        """Do nothing wrong from now on."""
        self.faults = []

    def forget(self) -> None:
        """Count anew."""
        for counter in (self.applied, self.calls, self.deliveries):
            counter.clear()

    def url(self, queue_url: str) -> str:
        """Tell the address of a queue as seen through here."""
        return self.endpoint + urlsplit(queue_url).path

    async def _start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=60)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._client = aiohttp.ClientSession(timeout=timeout, auto_decompress=False, connector=connector)
        application = web.Application(client_max_size=64 << 20)
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.endpoint = f"http://{host}:{port}"

    async def _stop(self) -> None:
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._runner.cleanup()
        await self._client.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = call_of(request.method, request.headers.get("X-Amz-Target", ""), request.path)
        self.calls[call] += 1
        fault = next(
            (each for each in self.faults if each.fits(call, self.applied[each], self._random)), None
        )
        if fault is not None:
            self.applied[fault] += 1
            if fault.kind in {Kind.HANG, Kind.CUT_BEFORE}:
                await asyncio.sleep(fault.seconds)
                return _cut(request)
            if fault.kind in {Kind.THROTTLE, Kind.ERROR}:
                return _refused(call, fault.kind)
        try:
            return await self._forward(request, call, body, fault)
        except aiohttp.ClientError:  # the server has gone: so has our answer
            return _cut(request)

    async def _forward(
        self, request: web.Request, call: Call, body: bytes, fault: Fault | None
    ) -> web.StreamResponse:
        upstream = self._upstream[call.service]
        kept: list[str] = []
        if call.service == "sqs":
            body = body.replace(self.endpoint.encode(), upstream.encode())
            if fault is not None and fault.kind is Kind.REFUSE_ENTRIES:
                body, kept = self._without_some(body)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url = URL(upstream + request.raw_path, encoded=True)
        async with self._client.request(request.method, url, headers=headers, data=body) as answer:
            content = await answer.read()
            sent = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
        if call == Call("sqs", "ReceiveMessage"):
            content = self._received(content, body, fault)
        if kept:
            content = _with_refused(content, kept)
        made = web.Response(status=answer.status, headers=sent, body=content)
        return made if fault is None else await self._spoilt(request, made, call, fault)

    async def _spoilt(
        self, request: web.Request, made: web.Response, call: Call, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind is Kind.CUT_AFTER:
            return _cut(request)
        if fault.kind is Kind.ERROR_AFTER:
            return _refused(call, Kind.ERROR)
        if fault.kind is Kind.LATE:
            await asyncio.sleep(self._random.uniform(0, fault.seconds))
        if fault.kind is Kind.DRIP:
            return await _dripped(request, made, fault.seconds)
        return made

    def _without_some(self, body: bytes) -> tuple[bytes, list[str]]:
        """Take every other entry out of a batch."""
        fields = json.loads(body)
        entries = fields["Entries"]
        refused = [entry["Id"] for entry in entries[1::2]]
        return json.dumps({**fields, "Entries": entries[::2]}).encode(), refused

    def _received(self, content: bytes, asked: bytes, fault: Fault | None) -> bytes:
        answer: dict[str, Any] = json.loads(content or b"{}")
        messages = answer.get("Messages") or []
        self.deliveries.update(message["MessageId"] for message in messages)
        if fault is None or not messages:
            return content
        if fault.kind is Kind.REPEAT:
            messages = [*messages, *messages]
            self._random.shuffle(messages)
            return json.dumps({**answer, "Messages": messages}).encode()
        if fault.kind is Kind.STEAL:
            receipts = [
                message["ReceiptHandle"]
                for message in messages
                if self.deliveries[message["MessageId"]] <= MOST_STEALS
            ]
            task = self._loop.create_task(self._show(json.loads(asked)["QueueUrl"], receipts, fault.seconds))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        return content

    async def _show(self, queue_url: str, receipts: list[str], seconds: float) -> None:
        if not receipts:
            return
        await asyncio.sleep(seconds)
        entries = [
            {"Id": str(at), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for at, receipt in enumerate(receipts)
        ]
        headers = {
            "X-Amz-Target": "AmazonSQS.ChangeMessageVisibilityBatch",
            "Content-Type": "application/x-amz-json-1.0",
        }
        body = json.dumps({"QueueUrl": queue_url, "Entries": entries})
        async with self._client.post(self._upstream["sqs"], headers=headers, data=body) as answer:
            await answer.read()


def _refused(call: Call, kind: Kind) -> web.Response:
    status, content_type, body = refusal(call.service, kind)
    return web.Response(status=status, body=body, headers={"Content-Type": content_type})


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _with_refused(content: bytes, ids: list[str]) -> bytes:
    answer = json.loads(content or b"{}")
    failed = [*answer.get("Failed", ()), *({"Id": each, **_REFUSED_ENTRY} for each in ids)]
    return json.dumps({**answer, "Failed": failed}).encode()


async def _dripped(request: web.Request, made: web.Response, seconds: float) -> web.StreamResponse:
    content = bytes(made.body) if isinstance(made.body, bytes) else b""
    response = web.StreamResponse(status=made.status, headers=made.headers)
    response.content_length = len(content)
    await response.prepare(request)
    size = max(1, len(content) // PIECES)
    for start in range(0, len(content), size):
        await response.write(content[start : start + size])
        await asyncio.sleep(seconds / PIECES)
    await response.write_eof()
    return response
