"""Health, seen through faults: each failing check is named with a next step."""

import dataclasses
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from automation.fleet.health import CheckResult, check_fleet
from tests.automation.fleet.conftest import Stores
from worker.domain.job import result_key

pytestmark = pytest.mark.slow


class Gateway(BaseHTTPRequestHandler):
    """Answers as the front door would; the server object says what."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer()

    def _answer(self) -> None:
        status, body = self.server.answers.get(self.path, (404, {}))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.answers = {
        "/health": (200, {"status": "ok", "worker_id": "w1"}),
        "/api/tags": (200, {"models": [{"name": "m"}]}),
        "/api/generate": (200, {"response": "def test(): ..."}),
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def run_tasks(stores: Stores, number: int) -> None:
    """Do what the runtime agent does: tasks of the service that run."""
    ecs, name = stores.access.client("ecs"), stores.outputs.cluster_name
    ecs.update_service(cluster=name, service="fleet", desiredCount=number)
    deployment = ecs.describe_services(cluster=name, services=["fleet"])["services"][0]["deployments"][0]
    ec2 = stores.access.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    tasks = ecs.run_task(
        cluster=name,
        taskDefinition=stores.outputs.task_definition_arn,
        count=number,
        group="service:fleet",
        startedBy=deployment["id"],
        launchType="FARGATE",
        networkConfiguration=network,
    )["tasks"]
    for task in tasks:
        ecs.submit_task_state_change(cluster=name, task=task["taskArn"], status="RUNNING")


def checks(stores: Stores, endpoint: str, budget_seconds: float = 1.0) -> dict[str, CheckResult]:
    outputs = dataclasses.replace(stores.outputs, service_endpoints=(endpoint,))
    return {check.name: check for check in check_fleet(stores.access, outputs, budget_seconds=budget_seconds)}


def url_of(gateway: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{gateway.server_address[1]}"


def test_a_stopped_fleet_is_told_and_its_endpoints_are_not_asked(stores: Stores, gateway) -> None:
    found = checks(stores, url_of(gateway))
    assert found["workers"].is_ok
    assert "stopped" in found["workers"].detail
    assert "GET /health" not in found


def test_a_fleet_that_does_not_come_up_fails_with_the_numbers(stores: Stores, gateway) -> None:
    stores.access.client("ecs").update_service(
        cluster=stores.outputs.cluster_name, service="fleet", desiredCount=2
    )
    found = checks(stores, url_of(gateway))
    assert not found["workers"].is_ok
    assert "0 of 2 run" in found["workers"].detail
    assert "logs" in found["workers"].next_step


@pytest.mark.parametrize(
    ("path", "answer", "name", "word"),
    [
        ("/health", (500, {"message": "boom"}), "GET /health", "500"),
        ("/api/tags", (200, {"models": []}), "GET /api/tags", "no model"),
        ("/api/tags", (200, b"<html>"), "GET /api/tags", "not JSON"),
        ("/api/generate", (200, {"response": "  "}), "POST /api/generate", "nothing"),
        ("/api/generate", (503, {}), "POST /api/generate", "503"),
    ],
)
def test_each_fault_of_an_endpoint_is_named(
    stores: Stores, gateway, path: str, answer, name: str, word: str
) -> None:
    run_tasks(stores, 1)
    gateway.answers[path] = answer
    found = checks(stores, url_of(gateway))
    assert not found[name].is_ok
    assert word in found[name].detail
    assert found[name].next_step


def test_a_job_that_never_comes_back_fails_the_queue_check(stores: Stores, gateway) -> None:
    run_tasks(stores, 1)
    found = checks(stores, url_of(gateway))
    assert found["GET /health"].is_ok
    assert not found["job through the queue"].is_ok
    assert "no result of health-" in found["job through the queue"].detail


def test_a_fleet_whose_job_comes_back_is_healthy(stores: Stores, gateway) -> None:
    run_tasks(stores, 1)
    stop = threading.Event()

    def work() -> None:  # a worker's part, by hand
        sqs, s3 = stores.access.client("sqs"), stores.access.client("s3")
        while not stop.is_set():
            for message in sqs.receive_message(QueueUrl=stores.outputs.queue_url_high).get("Messages", []):
                job_id = json.loads(message["Body"])["job_id"]
                result = {"status": "succeeded", "tests": [{}], "explanation": "done"}
                s3.put_object(
                    Bucket=stores.outputs.results_bucket, Key=result_key(job_id), Body=json.dumps(result)
                )
            stop.wait(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        found = checks(stores, url_of(gateway), budget_seconds=30)
    finally:
        stop.set()
        worker.join()
    assert [check.name for check in found.values() if not check.is_ok] == []
    assert "1 test kept" in found["job through the queue"].detail


def test_old_poison_is_a_warning_and_no_failure(stores: Stores, gateway) -> None:
    stores.access.client("sqs").send_message(QueueUrl=stores.outputs.dead_letter_queue_url, MessageBody="old")
    found = checks(stores, url_of(gateway))
    assert found["dead-letter"].is_warning
    assert not found["dead-letter"].is_ok
