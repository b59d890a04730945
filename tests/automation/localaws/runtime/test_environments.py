"""Environments of functions from images: reused while they are of use, ended when nobody calls them or after a time-out."""

import sys

import pytest

from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environment import Cloud
from automation.localaws.runtime.environments import IDLE_SECONDS, Environments, ImageFunction
from automation.localaws.runtime.function_process import FunctionFailed
from automation.localaws.runtime.identities import Identities
from automation.localaws.runtime.logs import LogPump
from tests.automation.localaws.runtime.test_logs import FakeStreams

pytestmark = pytest.mark.slow

FUNCTION = """
import json, os, signal, time, urllib.request
def slowly(*_):
    time.sleep(1)
    os._exit(0)
signal.signal(signal.SIGTERM, slowly)
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as taken:
        number, event = taken.headers["Lambda-Runtime-Aws-Request-Id"], json.load(taken)
    if event.get("hangs"):
        time.sleep(600)
    answer = json.dumps({"pid": os.getpid()}).encode()
    urllib.request.urlopen(base + number + "/response", data=answer).close()
"""
"""Takes a while to end when it is asked to."""


def the_function(*, timeout_seconds: float = 60.0, revision: str = "1") -> ImageFunction:
    return ImageFunction(
        name="f",
        arn="arn:aws:lambda:us-east-1:123456789012:function:f",
        command=(sys.executable, "-c", FUNCTION),
        variables={},
        timeout_seconds=timeout_seconds,
        log_group="/f",
        role="",
        revision=revision,
    )


@pytest.fixture
def made(tmp_path):
    opened = []

    def make(*, idle_seconds: float = IDLE_SECONDS) -> Environments:
        cloud = Cloud(endpoint="http://127.0.0.1:9", region="us-east-1")
        environments = Environments(
            cloud=cloud,
            identities=Identities(Clients(cloud)),
            logs=LogPump(FakeStreams()),
            places=(tmp_path, tmp_path),
            idle_seconds=idle_seconds,
        )
        opened.append(environments)
        return environments

    yield make
    for environments in opened:
        environments.close(within_seconds=10)


def test_an_environment_is_used_again_until_nobody_has_called_it_for_long(made):
    environments = made()
    first = environments.invoke(the_function(), {})
    assert environments.invoke(the_function(), {}) == first
    environments.sweep([the_function()])
    assert environments.count("f") == 1
    hasty = made(idle_seconds=0.0)
    hasty.invoke(the_function(), {})
    hasty.sweep([the_function()])
    assert hasty.count("f") == 0


def test_an_environment_of_an_older_revision_is_ended(made):
    environments = made()
    environments.invoke(the_function(), {})
    environments.sweep([the_function(revision="2")])
    assert environments.count("f") == 0


def test_an_environment_that_ran_out_of_time_is_not_used_again_while_it_ends(made):
    environments = made()
    hanging = the_function(timeout_seconds=0.2)
    with pytest.raises(FunctionFailed, match="timed out"):
        environments.invoke(hanging, {"hangs": True})
    assert environments.count("f") == 0
    assert environments.invoke(the_function(), {})["pid"]
