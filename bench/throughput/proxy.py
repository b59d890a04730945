"""A proxy that counts requests: the same measure for every client, and none of them is touched.

It costs time, so nothing is timed through it.
"""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

MARK = b" HTTP/1.1\r\n"
"""Ends the first line of each request; no body here holds it."""


class CountingProxy:
    """Stands before the server, on a thread of its own."""

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        self._upstream = (address.hostname, address.port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self.requests = 0
        self.endpoint = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.endpoint = f"http://{host}:{port}"

    async def _stop(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._upstream)
        with suppress(asyncio.CancelledError):  # a connection that was open at the end
            await asyncio.gather(
                self._pass(reader, server_writer, is_counted=True),
                self._pass(server_reader, writer, is_counted=False),
            )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_counted: bool
    ) -> None:
        tail = b""
        try:
            while data := await reader.read(1 << 16):
                if is_counted:
                    self.requests += (tail + data).count(MARK)
                    tail = (tail + data)[-len(MARK) + 1 :]
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # one side has gone; the other is told below
        finally:
            writer.close()
