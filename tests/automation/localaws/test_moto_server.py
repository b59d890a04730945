"""The HTTP front: routes, faults, threads."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from automation.localaws.faults import fault_response
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.automation.localaws.clouds import Cloud


def says(text: str) -> object:
    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text.encode()]

    return application


@pytest.fixture
def server() -> Iterator[MotoServer]:
    apply_patches()
    server = MotoServer(routes={"/_localaws/": says("ours")})
    server.start()
    yield server
    server.stop()


def get(endpoint: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    where = urlsplit(endpoint)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_it_listens_on_the_loopback_alone(server: MotoServer) -> None:
    assert urlsplit(server.endpoint).hostname == "127.0.0.1"


def test_the_longest_prefix_answers_and_the_rest_is_aws(server: MotoServer) -> None:
    server.mount("/_localaws/tasks", says("tasks"))
    assert get(server.endpoint, "/_localaws/tasks") == (200, "tasks")
    assert get(server.endpoint, "/_localaws/health") == (200, "ours")
    assert Cloud(endpoint=server.endpoint).client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Origin": "https://example.org"}),
        ("/", {"Host": "rebound.example.org"}),
        ("/?Action=ListRoles", {"Sec-Fetch-Site": "cross-site"}),
        ("/moto-api/reset", {}),
    ],
)
def test_a_web_page_and_motos_own_dashboard_get_nothing(
    server: MotoServer, path: str, headers: dict[str, str]
) -> None:
    assert get(server.endpoint, path, headers)[0] == 403


@pytest.mark.slow
def test_sixty_four_long_polls_leave_room_for_others_and_end_when_the_server_stops() -> None:
    apply_patches()
    server = MotoServer()
    server.start()
    cloud = Cloud(endpoint=server.endpoint)
    url = cloud.queue()
    ended: list[str] = []

    def poll() -> None:
        try:
            cloud.receive(url, WaitTimeSeconds=20)
        except Exception as fault:  # noqa: BLE001 - however the poll ends, it must end
            ended.append(type(fault).__name__)

    pollers = [threading.Thread(target=poll) for _ in range(64)]
    for poller in pollers:
        poller.start()
    time.sleep(1)
    began = time.monotonic()
    for _ in range(20):
        cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    server.stop()
    for poller in pollers:
        poller.join(timeout=15)  # shorter than its poll
    assert len(ended) == 64
    assert time.monotonic() - began < 16


@pytest.mark.slow
def test_a_request_that_hangs_does_not_hold_up_the_stop() -> None:
    released = threading.Event()

    def hang(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        released.wait(30)
        start_response("204 No Content", [])
        return []

    server = MotoServer(routes={"/hang": hang})
    server.start()
    asking = threading.Thread(target=lambda: _ignore(lambda: get(server.endpoint, "/hang")))
    asking.start()
    time.sleep(0.3)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 25
    released.set()
    asking.join()


def _ignore(ask: Callable[[], object]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        ask()


@pytest.mark.parametrize(
    ("environ", "content_type", "expected"),
    [
        (
            {"HTTP_X_AMZ_TARGET": "X.Y"},
            "application/x-amz-json-1.1",
            '"__type": "NotImplementedInEmbeddedAws"',
        ),
        ({}, "application/json", '"message": "The PutThing action is not in the embedded AWS"'),
        (
            {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"},
            "text/xml",
            "<ErrorResponse><Error><Code>NotImplementedInEmbeddedAws</Code>",
        ),
        (
            {"HTTP_AUTHORIZATION": "AWS4 Credential=a/20260101/us-east-1/ec2/aws4_request,"},
            "text/xml",
            "<Response><Errors><Error>",
        ),
        (
            {"HTTP_AUTHORIZATION": "AWS4 Credential=a/20260101/us-east-1/s3/aws4_request,"},
            "application/xml",
            "<Error><Code>NotImplementedInEmbeddedAws</Code>",
        ),
    ],
)
def test_what_moto_lacks_is_said_in_the_clients_own_protocol(
    environ: dict[str, str], content_type: str, expected: str
) -> None:
    sent: dict[str, object] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _info: object = None) -> object:
        sent.update(status=status, headers=dict(headers))
        return lambda _data: None

    fault = NotImplementedError("The put_thing action has not been implemented")
    [body] = fault_response({"REQUEST_METHOD": "POST", **environ}, start_response, fault)
    assert sent["status"] == "501 Not Implemented"
    assert sent["headers"]["Content-Type"] == content_type
    assert expected in body.decode()


def test_a_crash_within_moto_says_what_it_was() -> None:
    [body] = fault_response(
        {"REQUEST_METHOD": "POST"}, lambda *_: lambda _data: None, KeyError("securityGroups")
    )
    assert json.loads(body)["__type"] == "FaultOfEmbeddedAws"
    assert "KeyError" in json.loads(body)["message"]
