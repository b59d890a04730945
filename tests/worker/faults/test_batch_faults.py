"""Whatever goes wrong: each job of a batch counts once, and the batch gets its report."""

import json
import time
from random import Random

import pytest

from tests.worker.faults.faults import Fault, Kind
from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import job
from worker.domain import ledger_schema as schema
from worker.domain.batch import REPORT_FILES, report_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BATCH = "release-7"
JOBS = 30
KEY = {
    schema.PARTITION_KEY: {"S": schema.batch_partition(BATCH)},
    schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
}
ENDS = ("TransactWriteItems",)
FAULTS = {
    "nothing": [],
    "dynamodb throttles": [Fault(service="dynamodb", kind=Kind.THROTTLE)],
    "dynamodb ends jobs and answers 500": [
        Fault(service="dynamodb", kind=Kind.ERROR_AFTER, operations=ENDS, share=0.5)
    ],
    "dynamodb ends jobs and is cut off": [
        Fault(service="dynamodb", kind=Kind.CUT_AFTER, operations=ENDS, share=0.5)
    ],
    "s3 refuses the report": [Fault(service="s3", kind=Kind.ERROR, operations=("PutObject",), share=0.4)],
    "messages are handed out twice": [
        Fault(service="sqs", kind=Kind.STEAL, operations=("ReceiveMessage",), share=0.7, seconds=0.1)
    ],
}


def submit(stand: Stand, random: Random) -> None:
    """Do what `submit` does: first the batch, then its jobs."""
    counters = {name: {"N": "0"} for name in ("succeeded", "failed", "cancelled")}
    now = {"S": "2026-11-23T00:00:00+00:00"}
    more = {"label": {"S": "src"}, "repository": {"S": "r"}, "submitted_at": now, "updated_at": now}
    item = {**KEY, **counters, **more, "total": {"N": str(JOBS)}, "expires_at": {"N": "4000000000"}}
    stand.fleet.dynamodb.put_item(TableName=stand.fleet.name, Item=item)
    bodies = [json.loads(job(number, seconds=random.uniform(0.02, 0.4))) for number in range(JOBS)]
    stand.fleet.send([json.dumps({**body, "batch_id": BATCH}) for body in bodies])


def batch_item(stand: Stand) -> dict[str, str]:
    answer = stand.fleet.dynamodb.get_item(TableName=stand.fleet.name, Key=KEY, ConsistentRead=True)
    return {name: next(iter(value.values())) for name, value in answer["Item"].items()}


def assert_counted_and_reported(stand: Stand) -> None:
    item = batch_item(stand)
    assert (item["total"], item["succeeded"], item["failed"], item["cancelled"]) == (
        str(JOBS),
        str(JOBS),
        "0",
        "0",
    )
    # Of two attempts at the last job the quicker one may end the message while the other still writes the report.
    for _ in range(200):
        if batch_item(stand).get("reported_at"):
            break
        time.sleep(0.1)
    assert batch_item(stand).get("reported_at")
    report = stand.fleet.s3.get_object(Bucket=stand.fleet.name, Key=report_key(BATCH, "report.json"))
    assert json.loads(report["Body"].read())
    listed = stand.fleet.s3.list_objects_v2(Bucket=stand.fleet.name, Prefix=f"batches/{BATCH}/")
    assert {entry["Key"] for entry in listed["Contents"]} == {
        report_key(BATCH, name) for name in REPORT_FILES
    }


NIGHTLY = ("dynamodb throttles", "dynamodb ends jobs and answers 500")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.nightly] * (case in NIGHTLY)) for case in FAULTS]
)
def test_a_batch_is_counted_exactly_and_reported_when(stand: Stand, case: str) -> None:
    stand.proxy.faults = list(FAULTS[case])
    submit(stand, Random(case))
    stand.start_worker()
    stand.start_worker()
    stand.wait_until_dry(seconds=90)
    assert all(stand.proxy.applied[fault] for fault in FAULTS[case]), "the fault was never done"
    stand.proxy.heal()
    stand.assert_conserved([f"job-{number}" for number in range(JOBS)])
    assert_counted_and_reported(stand)
    stand.assert_workers_live()


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_a_batch_is_counted_exactly_and_reported_when_workers_are_killed_to_its_last_job(
    stand: Stand, seed: int
) -> None:
    """The one that ends the last job dies with the rest: whoever gets the message again writes the report."""
    random = Random(seed)
    submit(stand, random)
    marks = [random.randrange(5, JOBS - 2), JOBS - 1, JOBS]
    stand.start_worker()

    def kill_at_marks() -> None:
        if marks and len(stand.first_etags) >= marks[0]:
            marks.pop(0)
            stand.fleet.processes[-1].kill()
            time.sleep(0.05)
            stand.start_worker()

    stand.wait_until_dry(seconds=90, meanwhile=kill_at_marks)
    stand.facts["faults"] = 3
    stand.assert_conserved([f"job-{number}" for number in range(JOBS)])
    assert_counted_and_reported(stand)
