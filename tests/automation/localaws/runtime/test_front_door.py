"""The front door, with real upstreams on the loopback and a table in memory."""

import http.server
import io
import json
import socket
import threading

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from automation.localaws.runtime.api_routes import Route, RouteTable
from automation.localaws.runtime.board import Board
from automation.localaws.runtime.front_door import LARGEST_BODY_BYTES, FrontDoor
from tests.automation.localaws.runtime.builders import a_local_task

REGISTRY = "registry-arn"


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        seen = {
            "port": self.server.server_port,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(),
        }
        body = json.dumps(seen).encode()
        self.send_response(418 if "teapot" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("X-Own", "kept")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_args):
        pass


class FakeTables:
    """Route tables in memory."""

    def __init__(self, **tables):
        self.tables = tables

    def table(self, api_id):
        if api_id not in self.tables:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetRoutes")
        return self.tables[api_id]


def a_route(key, authorization="NONE", timeout_seconds=5.0):
    return Route(
        key=key,
        authorization=authorization,
        integration_type="HTTP_PROXY",
        integration_uri=REGISTRY,
        timeout_seconds=timeout_seconds,
    )


TABLES = FakeTables(
    api=RouteTable(
        routes=(
            a_route("GET /health"),
            a_route("ANY /api/{rest+}", "AWS_IAM"),
            a_route("POST /open/{rest+}"),
            a_route("GET /slow", timeout_seconds=0.2),
        ),
        stages=frozenset({"$default"}),
    )
)


@pytest.fixture
def upstreams():
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) for _ in range(2)]
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    for thread in threads:
        thread.start()
    yield [server.server_port for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def board(upstreams):
    board = Board()
    board.publish(a_local_task(port) for port in upstreams)
    return board


@pytest.fixture
def call(board):
    return caller(FrontDoor(routes=TABLES, board=board))


def caller(door):
    def call(request_line, *, headers=None, body=b"", query="", extra=None):
        method, path = request_line.split(" ")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/_aws/execute-api/api{path}",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.9",
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()},
            **(extra or {}),
        }
        answer = {}

        def start_response(status, response_headers):
            answer.update(status=int(status[:3]), headers=dict(response_headers))

        answer["body"] = json.loads(b"".join(door(environ, start_response)))
        return answer

    return call


def signature(service="execute-api"):
    request = AWSRequest("GET", "http://127.0.0.1/api/tags")
    SigV4Auth(Credentials("test", "test"), service, "us-east-1").add_auth(request)
    return {"Authorization": request.headers["Authorization"]}


def test_requests_are_spread_over_all_healthy_tasks(call, upstreams):
    ports = [call("GET /health")["body"]["port"] for _ in range(6)]
    assert sorted(ports) == sorted(upstreams * 3)


def test_path_query_body_and_status_pass_through(call):
    answer = call("POST /open/teapot", body=b"hello", query="a=1&b=2")
    assert answer["status"] == 418
    assert answer["body"]["path"] == "/open/teapot?a=1&b=2"
    assert answer["body"]["body"] == "hello"


def test_headers_of_one_hop_stay_there_and_the_others_pass(call):
    answer = call("GET /health", headers={"X-Mine": "kept", "Connection": "close", "TE": "trailers"})
    assert answer["headers"]["X-Own"] == "kept"
    assert "Keep-Alive" not in answer["headers"]
    assert answer["body"]["headers"]["x-mine"] == "kept"
    assert not {"connection", "te"} & set(answer["body"]["headers"])


def test_the_task_learns_who_called(call):
    assert call("GET /health")["body"]["headers"]["x-forwarded-for"] == "127.0.0.9"
    chained = call("GET /health", headers={"X-Forwarded-For": "10.0.0.1"})
    assert chained["body"]["headers"]["x-forwarded-for"] == "10.0.0.1, 127.0.0.9"


def test_a_route_with_iam_wants_a_signature(call):
    answer = call("GET /api/tags")
    assert (answer["status"], answer["body"]) == (403, {"message": "Missing Authentication Token"})


def test_a_signature_for_the_gateway_opens_the_door(call):
    assert call("GET /api/tags", headers=signature())["status"] == 200


@pytest.mark.parametrize("headers", [signature("s3"), {"Authorization": "Bearer token"}])
def test_a_signature_for_something_else_is_forbidden(call, headers):
    answer = call("GET /api/tags", headers=headers)
    assert (answer["status"], answer["body"]) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize("request_line", ["GET /nope", "POST /health"])
def test_what_has_no_route_is_not_found(call, request_line):
    answer = call(request_line)
    assert (answer["status"], answer["body"]) == (404, {"message": "Not Found"})


def test_an_api_that_does_not_exist_is_not_found(call):
    assert call("GET /health", extra={"PATH_INFO": "/_aws/execute-api/other/health"})["status"] == 404


def test_without_a_healthy_task_the_service_is_unavailable(board, call, upstreams):
    board.publish([a_local_task(upstreams[0], is_answering=False)])
    answer = call("GET /health")
    assert (answer["status"], answer["body"]) == (503, {"message": "Service Unavailable"})


def test_tasks_that_are_stopping_or_of_another_registry_get_nothing(board, call, upstreams):
    board.publish(
        [a_local_task(upstreams[0], status="STOPPING"), a_local_task(upstreams[1], registry="other")]
    )
    assert call("GET /health")["status"] == 503


def test_a_task_that_refuses_the_connection_gives_way_to_the_next(board, call, upstreams):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        board.publish([a_local_task(nobody.getsockname()[1]), a_local_task(upstreams[0])])
        assert [call("GET /health")["body"]["port"] for _ in range(4)] == [upstreams[0]] * 4


def test_a_task_that_does_not_answer_in_time_is_given_up(board, call):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        board.publish([a_local_task(silent.getsockname()[1])])
        assert call("GET /slow")["status"] == 503


def test_a_request_larger_than_the_gateways_limit_is_refused(call):
    answer = call("POST /open/x", extra={"CONTENT_LENGTH": str(LARGEST_BODY_BYTES + 1)})
    assert answer["status"] == 413


def test_a_body_in_chunks_arrives_whole(call):
    extra = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert call("POST /open/x", body=b"in chunks", extra=extra)["body"]["body"] == "in chunks"
