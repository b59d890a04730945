"""`python -m worker` as a Lambda function: a real process, a real server that plays the runtime API, the embedded AWS."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from automation.localaws.runtime.function_process import FunctionFailed
from automation.localaws.runtime.runtime_api import RuntimeApi
from tests.worker.processes.fleet import ROOT, VISIBILITY_SECONDS, Fleet, coded_job, job
from tests.worker.processes.scripted_worker import DEADLY
from worker.runtime.invocations import BEGIN_SECONDS, SPARE_SECONDS

pytestmark = pytest.mark.slow

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
HIDDEN_SECONDS = 900
"""What the queues of a function hide messages for: far longer than a worker's own hold."""


@dataclass
class Function:
    """A function's environment."""

    fleet: Fleet
    api: RuntimeApi

    def hand_over(self, *bodies: str, seconds: float) -> Any:
        self.fleet.send(list(bodies))
        queue = self.fleet.urls["normal"]
        self.fleet.sqs.set_queue_attributes(
            QueueUrl=queue, Attributes={"VisibilityTimeout": str(HIDDEN_SECONDS)}
        )
        taken = self.fleet.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )["Messages"]
        event = {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{self.fleet.name}-normal",
                }
                for message in taken
            ]
        }
        self.bodies = {message["MessageId"]: message["Body"] for message in taken}
        return self.api.invoke(event, arn=ARN, seconds=seconds)


@pytest.fixture
def function(fleet):
    api = RuntimeApi()
    fleet.more_env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "f"}
    yield Function(fleet, api)
    api.close()


def test_a_function_does_its_batch_gives_back_what_does_not_end_in_time_and_answers_the_front_door(function):
    fleet = function.fleet
    process = fleet.start_worker()
    assert function.hand_over(job(1, seconds=0), "no job at all", seconds=300) == {"batchItemFailures": []}
    assert fleet.result("job-1")["status"] == "succeeded"
    assert (fleet.depth("normal"), fleet.depth("dead")) == ((0, 0), (1, 0))
    answer = function.hand_over(job(2, seconds=500), seconds=SPARE_SECONDS + BEGIN_SECONDS)
    [unfinished] = answer["batchItemFailures"]
    assert json.loads(function.bodies[unfinished["itemIdentifier"]])["job_id"] == "job-2"
    assert fleet.statuses()["succeeded"] == 1
    assert fleet.depth("normal") == (1, 0), "what is given back can be taken at once"
    health = function.api.invoke(
        {"rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}, arn=ARN, seconds=60
    )
    assert (health["statusCode"], json.loads(health["body"])["worker_id"]) == (200, "w0")
    with pytest.raises(FunctionFailed, match="EventUnknown"):
        function.api.invoke({"detail-type": "Scheduled Event"}, arn=ARN, seconds=60)
    assert fleet.stop(process) == 0, "asked to end between two invocations it does so"


def test_the_jobs_of_a_function_that_dies_come_again_after_a_workers_hold_not_after_the_queues(function):
    fleet = function.fleet
    process = fleet.start_worker()
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(function.hand_over, coded_job("deadly", DEADLY), seconds=300)
        process.wait(timeout=60)
        function.api.abandon("Runtime exited")
        with pytest.raises(FunctionFailed, match="Runtime exited"):
            batch.result(60)
    fleet.wait_until(lambda: fleet.depth() == (1, 0), seconds=HIDDEN_SECONDS / 10)
    assert VISIBILITY_SECONDS < HIDDEN_SECONDS / 10


@pytest.mark.parametrize(
    ("changes", "exit_code", "why"),
    [
        ({"DDF_RESULTS_BUCKET": ""}, 2, "DDF_RESULTS_BUCKET is missing"),
        ({"DDF_SANDBOX": "bubblewrap"}, 3, "below the minimum sandbox level bubblewrap"),
    ],
)
def test_a_function_that_can_not_work_tells_lambda_why_before_its_first_invocation(
    function, tmp_path, changes, exit_code, why
):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    addresses = ("QUEUE_URL_HIGH", "QUEUE_URL_NORMAL", "QUEUE_URL_LOW", "DEAD_LETTER_QUEUE_URL")
    env = {
        **{f"DDF_{name}": "http://127.0.0.1:9/q" for name in addresses},
        "DDF_RESULTS_BUCKET": "b",
        "DDF_LEDGER_TABLE": "t",
        "AWS_REGION": "us-east-1",
        **function.fleet.more_env,
        **changes,
        "PATH": str(tmp_path / "bin") if exit_code == 3 else os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "worker"], env=env, cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == exit_code, done.stderr
    with pytest.raises(FunctionFailed, match=why):
        function.api.invoke({}, arn=ARN, seconds=60)
