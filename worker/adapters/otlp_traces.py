"""Traces to an OpenTelemetry collector, by OTLP over HTTP. Imported only where there is one: the SDK takes its time to load."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

EXPORT_SECONDS = 3
"""What an export may take: a collector that is gone must not hold up a draining worker."""


def traces_to(endpoint: str, *, service: str, worker_id: str, environment: str) -> TracerProvider:
    """Return a provider whose spans go there in batches, from a thread of its own; `shutdown` sends the rest."""
    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": service,
                "service.instance.id": worker_id,
                "deployment.environment.name": environment,
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
