"""Functions from images on the embedded AWS: what they are handed, how their answers are read, the runtime API itself."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from automation.localaws.runtime.api_routes import Route, RouteTable, forwarded_to
from automation.localaws.runtime.board import Board
from automation.localaws.runtime.feeds import SourceMapping, done, event_of, read_mapping
from automation.localaws.runtime.front_door import FrontDoor
from automation.localaws.runtime.function_calls import answer_of, function_in
from automation.localaws.runtime.function_calls import event_of as request_event
from automation.localaws.runtime.function_process import FunctionFailed
from automation.localaws.runtime.images import LocalImages, NoLocalCommand
from automation.localaws.runtime.runtime_api import RuntimeApi
from tests.automation.localaws.runtime.builders import a_local_task

QUEUE = "arn:aws:sqs:us-east-1:123456789012:lane"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
MESSAGES = [
    {"MessageId": name, "ReceiptHandle": f"r-{name}", "Body": "{}", "Attributes": {}} for name in "abc"
]


def a_mapping(**changes: Any) -> SourceMapping:
    raw = {
        "UUID": "u",
        "EventSourceArn": QUEUE,
        "FunctionArn": f"{FUNCTION}:$LATEST",
        "State": "Enabled",
        "BatchSize": 4,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        **changes,
    }
    return read_mapping(raw)


def test_a_mapping_is_read_with_its_bound_and_without_one_as_the_least_that_lambda_takes():
    assert a_mapping().at_once == 2
    assert a_mapping(ScalingConfig={"MaximumConcurrency": 5}).at_once == 5
    assert a_mapping(ScalingConfig={"MaximumConcurrency": 900}).at_once == 10
    assert a_mapping().function == FUNCTION
    assert not a_mapping(State="Disabled").is_enabled


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [
        ({"batchItemFailures": []}, "abc"),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, "ac"),
        (None, "abc"),
        ({}, "abc"),
        ('{"batchItemFailures": [{"itemIdentifier": "a"}]}', "bc"),
        ({"batchItemFailures": [{"itemIdentifier": "of nobody"}]}, ""),
        ({"batchItemFailures": [{"wrong": "a"}]}, ""),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, ""),
        ("no json", ""),
        ([1], ""),
    ],
)
def test_only_what_a_function_did_is_deleted_and_nothing_where_its_answer_makes_no_sense(answer, deleted):
    assert [message["MessageId"] for message in done(a_mapping(), MESSAGES, answer)] == list(deleted)


def test_a_mapping_without_partial_failures_deletes_what_was_answered_at_all():
    assert done(a_mapping(FunctionResponseTypes=[]), MESSAGES, {"batchItemFailures": ["x"]}) == MESSAGES


def test_a_batch_names_its_queue_and_the_receipts():
    [first, *_] = event_of(a_mapping(), MESSAGES)["Records"]
    assert (first["messageId"], first["receiptHandle"]) == ("a", "r-a")
    assert (first["eventSource"], first["eventSourceARN"], first["awsRegion"]) == (
        "aws:sqs",
        QUEUE,
        "us-east-1",
    )


def test_a_function_is_found_in_the_address_of_an_integration():
    assert function_in(URI) == FUNCTION
    assert function_in(FUNCTION) == FUNCTION


def test_a_request_travels_as_text_and_what_is_no_text_encoded():
    told = request_event(route_key="k", method="POST", target="/a?b=1", headers={"X-A": "1"}, body=b"text")
    assert (told["rawPath"], told["rawQueryString"], told["headers"]) == ("/a", "b=1", {"x-a": "1"})
    assert (told["body"], told["isBase64Encoded"]) == ("text", False)
    raw = request_event(route_key="k", method="POST", target="/a", headers={}, body=b"\xff")
    assert (base64.b64decode(raw["body"]), raw["isBase64Encoded"]) == (b"\xff", True)


def test_an_answer_without_a_status_is_the_body_itself():
    answer = answer_of({"hello": 1})
    assert (answer.status, json.loads(answer.body)) == (200, {"hello": 1})
    made = answer_of({"statusCode": 404, "headers": {"Content-Type": "x"}, "body": "gone"})
    assert (made.status, made.body, dict(made.headers)["content-type"]) == (404, b"gone", "x")


def test_a_listener_is_followed_to_where_it_forwards():
    assert forwarded_to([{"Type": "forward", "TargetGroupArn": "t"}]) == "t"
    several = {"TargetGroups": [{"TargetGroupArn": "u"}, {"TargetGroupArn": "v"}]}
    assert forwarded_to([{"Type": "forward", "ForwardConfig": several}]) == "u"
    assert forwarded_to([{"Type": "fixed-response"}]) == ""


def test_a_task_takes_requests_for_its_target_groups_as_for_its_registries():
    board = Board()
    board.publish([a_local_task(1, target_groups=("group",), registries=("registry",))])
    assert len(board.answering("group")) == len(board.answering("registry")) == 1
    assert board.answering("another") == ()


def test_an_image_alone_has_a_command_where_it_is_the_workers():
    images = LocalImages(commands={"worker": ("run",)})
    assert images.command_of("1.dkr/deployer-ddf-mod-llm-models-dev-worker:1") == ["run"]
    with pytest.raises(NoLocalCommand):
        images.command_of("1.dkr/nginx:1")


class OneFunction:
    """Says what it was called with, or fails."""

    def invoke(self, name, event):
        if event["rawPath"] == "/fails":
            raise FunctionFailed("it is out of order")
        return {"statusCode": 201, "body": f"{name} {event['rawPath']}"}


class OneTable:
    def table(self, _api_id):
        route = Route(
            key="$default",
            authorization="NONE",
            integration_type="AWS_PROXY",
            integration_uri=URI,
            timeout_seconds=5,
        )
        return RouteTable(routes=(route,), stages=frozenset({"$default"}))


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/health", "201 Created", f"{FUNCTION} /health"),
        ("/fails", "500 Internal Server Error", '{"message": "Internal Server Error"}'),
    ],
)
def test_the_front_door_calls_the_function_of_a_route(path, status, body):
    seen = []
    door = FrontDoor(routes=OneTable(), board=Board(), functions=OneFunction())
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/_aws/execute-api/api{path}",
        "wsgi.input": None,
    }
    answer = b"".join(door(environ, lambda told, _headers: seen.append(told)))
    assert (seen, answer.decode()) == ([status], body)


@pytest.fixture
def api():
    made = RuntimeApi()
    yield made
    made.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def asked(api: RuntimeApi, method: str, path: str, content: Any = None) -> httpx.Response:
    address = f"http://{api.address}/2018-06-01/runtime/{path}"
    return httpx.request(method, address, json=content, timeout=60, trust_env=False)


def test_an_invocation_waits_for_the_function_and_returns_its_answer(api, pool):
    result = pool.submit(api.invoke, {"n": 1}, arn=FUNCTION, seconds=60)
    taken = asked(api, "GET", "invocation/next")
    assert taken.json() == {"n": 1}
    assert int(taken.headers["Lambda-Runtime-Deadline-Ms"]) > 0
    number = taken.headers["Lambda-Runtime-Aws-Request-Id"]
    assert asked(api, "POST", f"invocation/{number}/response", {"n": 2}).status_code == 202
    assert result.result(60) == {"n": 2}
    assert asked(api, "POST", f"invocation/{number}x/response", {}).status_code == 404


def test_a_function_that_fails_or_ends_ends_the_invocation(api, pool):
    failed = pool.submit(api.invoke, {}, arn=FUNCTION, seconds=60)
    number = asked(api, "GET", "invocation/next").headers["Lambda-Runtime-Aws-Request-Id"]
    asked(api, "POST", f"invocation/{number}/error", {"errorType": "E", "errorMessage": "why"})
    with pytest.raises(FunctionFailed, match="E: why"):
        failed.result(60)
    ended = pool.submit(api.invoke, {}, arn=FUNCTION, seconds=60)
    asked(api, "GET", "invocation/next")
    api.abandon("Runtime exited")
    with pytest.raises(FunctionFailed, match="Runtime exited"):
        ended.result(60)
    with pytest.raises(FunctionFailed, match="Runtime exited"):
        api.invoke({}, arn=FUNCTION, seconds=60)


def test_a_function_that_does_not_answer_in_time_fails_its_invocation(api, pool):
    late = pool.submit(api.invoke, {}, arn=FUNCTION, seconds=0.01)
    asked(api, "GET", "invocation/next")
    with pytest.raises(FunctionFailed, match=r"timed out after 0\.01 seconds"):
        late.result(60)
