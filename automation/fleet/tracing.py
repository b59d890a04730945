"""The submission's end of a trace: every job's message names the span that it came from."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

SERVICE = "deployer-ddf-mod-llm-models-driver"
ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
EXPORT_SECONDS = 3
"""What sending may take: a collector that is gone must not hold up a command."""
_SAMPLED = "01"


@contextmanager
def submission_trace(environment: str, *, jobs: int) -> Iterator[str]:
    """Yield the W3C `traceparent` of a submission; its span is sent where OTEL_EXPORTER_OTLP_ENDPOINT names a collector."""
    endpoint = os.environ.get(ENDPOINT_VARIABLE, "")
    if not endpoint:
        # Without a span of ours, the workers' spans and log lines still meet in one trace.
        yield f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{_SAMPLED}"
        return
    with _sent_span(endpoint, environment, jobs) as traceparent:
        yield traceparent


@contextmanager
def _sent_span(endpoint: str, environment: str, jobs: int) -> Iterator[str]:
    # The SDK takes a tenth of a second to load: only where somebody collects traces.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - see above

    resource = Resource.create({"service.name": SERVICE, "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        with provider.get_tracer(SERVICE).start_as_current_span(
            "submit", kind=SpanKind.PRODUCER, record_exception=False, set_status_on_exception=False
        ) as span:
            span.set_attribute("messaging.system", "aws_sqs")
            span.set_attribute("messaging.batch.message_count", jobs)
            context = span.get_span_context()
            yield f"00-{context.trace_id:032x}-{context.span_id:016x}-{_SAMPLED}"
    finally:
        provider.shutdown()
