"""The HTTP gateway in front of the engine.

| request            | answer |
|--------------------|--------|
| GET /health        | 200, or 503 while draining: {"status", "worker_id", "engine", "running", "draining"} |
| GET /api/tags      | the engine's models, as Ollama lists them |
| POST /api/generate | one completion, as Ollama gives it; NDJSON unless "stream" is false |
| GET /metrics       | counters for Prometheus |

Errors are `{"error": "…"}` as Ollama writes them: 400 bad request, 404 unknown model, 422 code that can't be worked on,
503 engine down, busy or draining, 504 too slow.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from worker.domain.errors import (
    EngineUnavailable,
    PromptRejected,
    RequestRejected,
    SandboxUnavailable,
    SourceRejected,
)
from worker.ports import Clock, Engine
from worker.runtime.ollama_form import (
    BadRequest,
    GenerateRequest,
    read_generate,
    write_generate,
    write_stream,
)
from worker.runtime.telemetry import Telemetry, told

BODY_BYTES = 4 << 20
"""Largest request."""
SLACK_SECONDS = 90.0
"""On top of a request's budget: a model that has to be loaded."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (BadRequest, 400),
    (PromptRejected, 400),
    (LookupError, 404),
    (RequestRejected, 422),
    (SourceRejected, 422),
    (EngineUnavailable, 503),
    (SandboxUnavailable, 503),
    (TimeoutError, 504),
)


@dataclass(frozen=True, kw_only=True)
class GatewayPolicy:
    """Where it listens and how much it takes."""

    host: str
    """Address."""
    port: int
    """Port; 0 lets the system choose."""
    worker_id: str
    """Shown by /health."""
    concurrency: int = 2
    """Completions at the same time; more are told 503."""


class Workload(Protocol):
    """What the worker does besides; the consumer knows."""

    @property
    def running(self) -> int:
        """Jobs at work."""

    @property
    def is_draining(self) -> bool:
        """No new work is taken."""


class Gateway:
    """An aiohttp server with four routes."""

    def __init__(
        self, *, engine: Engine, consumer: Workload, policy: GatewayPolicy, clock: Clock, telemetry: Telemetry
    ) -> None:
        """Stand ready to start."""
        self._engine = engine
        self._consumer = consumer
        self._policy = policy
        self._clock = clock
        self._telemetry = telemetry
        self._generating = 0
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """Return the routes."""

        @web.middleware
        async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = web.Application(client_max_size=BODY_BYTES, middlewares=[guard])
        application.add_routes(
            [
                web.get("/health", self._health),
                web.get("/metrics", self._metrics),
                web.get("/api/tags", self._tags),
                web.post("/api/generate", self._generate),
            ]
        )
        return application

    async def start(self) -> int:
        """Listen; return the port."""
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._policy.host, self._policy.port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no more; requests under way get two seconds."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = _error(error.status, error.reason)
        except Exception as error:  # noqa: BLE001 - told to the client as JSON, and logged where it is our own fault
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
            if status == web.HTTPInternalServerError.status_code:
                self._telemetry.error("the gateway failed", path=request.path, error=told(error))
            response = _error(status, str(error) or type(error).__name__)
        route = request.match_info.route.resource
        path = route.canonical if route is not None else "other"
        self._telemetry.count("http_requests", path=path, status=str(response.status))
        return response

    async def _health(self, _request: web.Request) -> web.Response:
        is_draining = self._consumer.is_draining
        body = {
            "status": "draining" if is_draining else "ok",
            "worker_id": self._policy.worker_id,
            "engine": self._engine.identity.name,
            "model": self._engine.identity.model,
            "running": self._consumer.running,
            "draining": is_draining,
        }
        return web.json_response(body, status=503 if is_draining else 200)

    async def _metrics(self, _request: web.Request) -> web.Response:
        self._telemetry.counters.gauge("running", self._consumer.running)
        self._telemetry.counters.gauge("draining", int(self._consumer.is_draining))
        return web.Response(
            text=self._telemetry.counters.to_text(), content_type="text/plain", charset="utf-8"
        )

    async def _tags(self, _request: web.Request) -> web.Response:
        return web.json_response({"models": list(await self._engine.models())})

    async def _generate(self, request: web.Request) -> web.Response:
        asked = read_generate(await request.read())
        if self._consumer.is_draining:
            return _error(503, "the worker is draining")
        if self._generating >= self._policy.concurrency:
            return _error(503, "the worker is busy; try again soon")
        self._generating += 1
        try:
            return await self._completed(asked)
        finally:
            self._generating -= 1

    async def _completed(self, asked: GenerateRequest) -> web.Response:
        await self._require_model(asked.model)
        started = self._clock.monotonic()
        async with asyncio.timeout(asked.request.budget.seconds + SLACK_SECONDS):
            completion = await self._engine.generate(asked.request)
        answer = write_generate(
            completion,
            model=asked.model or self._engine.identity.model,
            now=self._clock.now(),
            seconds=self._clock.monotonic() - started,
        )
        if asked.is_streamed:
            return web.Response(body=write_stream(answer), content_type="application/x-ndjson")
        return web.json_response(answer)

    async def _require_model(self, name: str | None) -> None:
        if name is None:
            return
        names = {str(model.get("name")) for model in await self._engine.models()}
        if name not in names and f"{name}:latest" not in names:
            raise UnknownModel(f"model '{name}' not found; /api/tags lists what there is")


class UnknownModel(LookupError):
    """No model of that name."""


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
