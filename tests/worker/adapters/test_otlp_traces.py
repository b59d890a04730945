"""Traces reach a collector over HTTP, and one that is gone holds nobody up."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from worker.adapters.otlp_traces import traces_to


@pytest.fixture
def collector():
    """An OTLP receiver: the exporter's real bytes, decoded by OpenTelemetry's own messages."""
    received: list[tuple[str, ExportTraceServiceRequest]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_spans_reach_the_collector_with_the_workers_name(collector):
    endpoint, received = collector
    provider = traces_to(endpoint, service="worker", worker_id="w-1", environment="prod")
    with provider.get_tracer("t").start_as_current_span("process high"):
        pass
    provider.shutdown()
    ((path, request),) = received
    assert path == "/v1/traces"
    (resource,) = request.resource_spans
    names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert (names["service.instance.id"], names["deployment.environment.name"]) == ("w-1", "prod")
    assert resource.scope_spans[0].spans[0].name == "process high"


@pytest.mark.slow
def test_a_collector_that_is_gone_does_not_keep_a_worker_from_ending():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    provider = traces_to(f"http://127.0.0.1:{port}", service="worker", worker_id="w-1", environment="prod")
    with provider.get_tracer("t").start_as_current_span("lost"):
        pass
    provider.shutdown()  # returns; the test's own time limit is the judge
