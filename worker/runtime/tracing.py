"""Traces: submit → queue → worker → engine → sandbox, as OpenTelemetry spans around the ports.

Nothing that works knows of it: the composition root puts these around the handler, the engine and the sandbox. Spans carry ids,
sizes and ends, never code. Names and attributes follow OpenTelemetry's semantic conventions for messaging and generative AI
(https://opentelemetry.io/docs/specs/semconv/).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from worker.domain.exchange import Completion, EngineRequest, SandboxOutcome, SandboxRequest
from worker.domain.job_codec import job_id_in
from worker.domain.result import EngineIdentity
from worker.ports import Engine, Sandbox
from worker.runtime.delivery import Delivery, Disposition, Handler

_PARENT = re.compile(r'"traceparent"\s*:\s*("[0-9a-f-]{1,80}")')
"""Found without parsing the whole body: it may be a megabyte of code. A false find in code makes a wrong link, no harm."""


class TracedHandler:
    """A `worker.runtime.delivery.Handler` within a span of its own, a child of whoever submitted."""

    def __init__(self, handler: Handler, *, tracer: Tracer) -> None:
        """Wrap a handler."""
        self._handler = handler
        self._tracer = tracer

    async def __call__(self, delivery: Delivery) -> Disposition:
        """Work on one delivery."""
        message = delivery.message
        with (
            self._tracer.start_as_current_span(
                f"process {message.lane.value}",
                context=parent_of(message.body),
                kind=SpanKind.CONSUMER,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            _told_without_text(span),
        ):
            if span.is_recording():
                span.set_attributes(
                    {
                        "messaging.system": "aws_sqs",
                        "messaging.operation.type": "process",
                        "messaging.destination.name": message.lane.value,
                        "messaging.message.id": message.message_id,
                        "messaging.message.body.size": len(message.body),
                        "ddf.receives": message.receives,
                        "ddf.job_id": job_id_in(message.body, message_id=message.message_id),
                    }
                )
            disposition = await self._handler(delivery)
            span.set_attribute("ddf.fate", disposition.fate.value)
            return disposition


class TracedEngine:
    """A `worker.ports.Engine` within spans."""

    def __init__(self, engine: Engine, *, tracer: Tracer) -> None:
        """Wrap an engine."""
        self._engine = engine
        self._tracer = tracer

    @property
    def identity(self) -> EngineIdentity:
        """The engine's own."""
        return self._engine.identity

    async def models(self) -> Sequence[Mapping[str, object]]:
        """Pass on."""
        return await self._engine.models()

    async def generate(self, request: EngineRequest) -> Completion:
        """Ask within a span."""
        model = request.model or self.identity.model
        with (
            self._tracer.start_as_current_span(
                f"generate_content {model}",
                kind=SpanKind.CLIENT,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            _told_without_text(span),
        ):
            span.set_attributes(
                {
                    "gen_ai.operation.name": "generate_content",
                    "gen_ai.provider.name": self.identity.name,
                    "gen_ai.request.model": model,
                    "ddf.language": request.language,
                }
            )
            completion = await self._engine.generate(request)
            span.set_attributes(
                {
                    "gen_ai.usage.input_tokens": completion.usage.prompt_tokens,
                    "gen_ai.usage.output_tokens": completion.usage.completion_tokens,
                    "gen_ai.response.finish_reasons": [completion.done_reason],
                }
            )
            return completion


class TracedSandbox:
    """A `worker.ports.Sandbox` within spans."""

    def __init__(self, sandbox: Sandbox, *, tracer: Tracer) -> None:
        """Wrap a sandbox."""
        self._sandbox = sandbox
        self._tracer = tracer

    @property
    def layers(self) -> Sequence[str]:
        """The sandbox's own."""
        return self._sandbox.layers

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        """Run within a span."""
        with (
            self._tracer.start_as_current_span(
                "sandbox run", record_exception=False, set_status_on_exception=False
            ) as span,
            _told_without_text(span),
        ):
            outcome = await self._sandbox.run(request)
            span.set_attributes(
                {
                    "process.executable.name": request.argv[0].strip("{}"),
                    "process.exit.code": outcome.exit_code,
                    "ddf.sandbox.end": outcome.end.value,
                    "ddf.sandbox.cpu_seconds": outcome.cpu_seconds,
                }
            )
            return outcome


@contextmanager
def _told_without_text(span: Span) -> Iterator[None]:
    """Mark a span as failed by the kind of its error alone: an exception's text may quote code."""
    try:
        yield
    except Exception as error:
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise


def parent_of(body: str) -> Context | None:
    """Return the trace that a message belongs to; None where it names none."""
    found = _PARENT.search(body)
    if found is None:
        return None
    return TraceContextTextMapPropagator().extract({"traceparent": json.loads(found.group(1))})
