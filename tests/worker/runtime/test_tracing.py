"""Traces: one leads from the submission to the sandbox, and none carries code."""

import io
import json

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracerProvider, StatusCode

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.queue import FakeQueue
from tests.fakes.sandbox import FakeSandbox
from worker.domain.attempt import MessageFate
from worker.domain.errors import EngineUnavailable
from worker.domain.exchange import Budget, EngineRequest, Message, SandboxRequest, Subject
from worker.domain.job import Lane
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.telemetry import Telemetry
from worker.runtime.tracing import TracedEngine, TracedHandler, TracedSandbox

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "def the_secret_recipe(): pass"
REQUEST = EngineRequest(
    prompt=SECRET,
    subject=Subject(source=SECRET, module_name="m", path="m.py"),
    language="python",
    budget=Budget(seconds=1),
)


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("test")


def delivery(**fields: object) -> Delivery:
    body = json.dumps({"type": "test", "job_id": "j-1", "language": "python", "code": SECRET, **fields})
    message = Message(message_id="m-1", receipt="r", body=body, receives=2, lane=Lane.HIGH)
    return Delivery(
        message=message, queue=FakeQueue(lane=Lane.HIGH, clock=FakeClock()), receipt="r", held_since=0
    )


async def test_one_trace_leads_from_the_submission_through_the_engine_to_the_sandbox(spans, tracer):
    engine, sandbox = TracedEngine(FakeEngine(), tracer=tracer), TracedSandbox(FakeSandbox(), tracer=tracer)

    async def work(_: Delivery) -> Disposition:
        await engine.generate(REQUEST)
        await sandbox.run(SandboxRequest(argv=("{python}", "x.py")))
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    await TracedHandler(work, tracer=tracer)(delivery(traceparent=f"00-{TRACE}-{PARENT}-01"))
    asked, ran, processed = spans.get_finished_spans()
    assert {f"{span.context.trace_id:032x}" for span in (asked, ran, processed)} == {TRACE}
    assert f"{processed.parent.span_id:016x}" == PARENT
    assert asked.parent.span_id == ran.parent.span_id == processed.context.span_id
    assert processed.attributes["ddf.job_id"] == "j-1"
    assert processed.attributes["ddf.receives"] == 2
    assert asked.attributes["gen_ai.usage.output_tokens"] == 5
    assert ran.attributes["process.executable.name"] == "python"


async def test_a_job_without_a_trace_begins_one_of_its_own(spans, tracer):
    async def work(_: Delivery) -> Disposition:
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    await TracedHandler(work, tracer=tracer)(delivery(traceparent="nonsense"))
    assert spans.get_finished_spans()[0].parent is None


async def test_no_span_holds_code_not_even_that_of_a_failure(spans, tracer):
    engine = TracedEngine(FakeEngine(answers=[EngineUnavailable(f"it said {SECRET}")]), tracer=tracer)

    async def work(_: Delivery) -> Disposition:
        with pytest.raises(EngineUnavailable):
            await engine.generate(REQUEST)
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match="recipe"):
        await TracedHandler(work, tracer=tracer)(delivery())
    finished = spans.get_finished_spans()
    assert [span.status.status_code for span in finished] == [StatusCode.ERROR, StatusCode.ERROR]
    assert not any("recipe" in span.to_json() for span in finished)


async def test_logs_name_the_submitters_trace_even_where_no_trace_is_sent():
    stream = io.StringIO()
    telemetry = Telemetry(stream=stream, clock=FakeClock())

    async def work(_: Delivery) -> Disposition:
        telemetry.info("working")
        return Disposition(fate=MessageFate.ACKNOWLEDGE)

    handler = TracedHandler(work, tracer=NoOpTracerProvider().get_tracer("none"))
    await handler(delivery(traceparent=f"00-{TRACE}-{PARENT}-01"))
    assert json.loads(stream.getvalue())["trace_id"] == TRACE
