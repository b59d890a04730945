"""Code and messages that mean harm, through the real system: each is explained, and the workers, secrets and host are safe."""

import json
import os
import secrets
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import LocalProduct
from tests.local.hostile_sources import JAVASCRIPT, PYTHON

pytestmark = [pytest.mark.slow, pytest.mark.acceptance, pytest.mark.timeout(900)]

CANARY = f"canary{secrets.token_hex(8)}"
MARK = f"escaped-{secrets.token_hex(6)}"
NAMES_IN_A_WORKER = ("AWS_SECRET_ACCESS_KEY", "DDF_WORKER_ID", "DDF_GATEWAY_PORT")
LANES = ("QueueUrl", "QueueUrlHigh", "QueueUrlLow")
JOBS_SECONDS = 400.0
NO_JOBS = {
    "not JSON": "hello there",
    "cut off": '{"type": "test", "code": ',
    "a list": '["type", "test"]',
    "a number": "1e400",
    "no type": '{"code": "x = 1", "language": "python"}',
    "deep": "[" * 100_000,
    "binary-ish": "\u0080\u00ff\ufffd\u202e\u2028" * 50,
    "no JSON, but markup": "[red]oops[/] [/]",
    "digits": "9" * 10_000,
}
BAD_REQUESTS = {
    "type": {"type": "bake", "code": "x = 1", "language": "python"},
    "type-list": {"type": ["test"], "code": "x = 1", "language": "python"},
    "language": {"type": "test", "code": "x = 1", "language": "cobol"},
    "language-markup": {"type": "test", "code": "x = 1", "language": "[/]python[red]"},
    "language-surrogate": {"type": "test", "code": "x = 1", "language": "\ud800"},
    "language-long": {"type": "test", "code": "x = 1", "language": "p" * 500_000},
    "no-language": {"type": "test", "code": "x = 1"},
    "empty": {"type": "test", "code": "", "language": "python"},
    "blank": {"type": "test", "code": " \n\t", "language": "javascript"},
    "no-code": {"type": "test", "language": "python"},
    "code-list": {"type": "test", "code": ["x"], "language": "python"},
    "nul": {"type": "test", "code": "x = '\0'", "language": "python"},
    "surrogate": {"type": "test", "code": "x = '\ud83d'", "language": "python"},
    "path-surrogate": {"type": "test", "code": "x = 1", "language": "python", "path": "\udcff.py"},
    "path-long": {"type": "test", "code": "x = 1", "language": "python", "path": "d/" * 250_000 + "x.py"},
    "path-odd": {
        "type": "test",
        "code": "x = 1",
        "language": "python",
        "path": "../../etc/\n[/]$(id)\x1b[2J.py",
    },
    "batch-surrogate": {"type": "test", "code": "x = 1", "language": "python", "batch_id": "\ud800"},
    "batch-empty": {"type": "test", "code": "x = 1", "language": "python", "batch_id": ""},
    "batch-long": {"type": "test", "code": "x = 1", "language": "python", "batch_id": "b" * 5000},
    "huge": {"type": "test", "code": "x = 1\n" * 120_000, "language": "python"},
    "budget": {"type": "test", "code": "x = 1", "language": "python", "budget_seconds": -1},
    "seed": {"type": "test", "code": "x = 1", "language": "python", "seed": 10**30},
}


@pytest.fixture(scope="module")
def fortress(product: LocalProduct) -> LocalProduct:
    """Deploy with secrets in the environment that every process of ours could inherit."""
    product.env.update(
        {
            "AWS_SECRET_ACCESS_KEY": CANARY,
            "AWS_ACCESS_KEY_ID": CANARY,
            "MY_API_TOKEN": CANARY,
            "DDF_X": CANARY,
        }
    )
    product.run("deploy", "--yes")
    return product


@pytest.fixture(scope="module")
def sqs(fortress: LocalProduct) -> Any:
    """One client for all: to ask for its endpoint starts the command line each time."""
    return fortress.client("sqs")


@pytest.fixture(scope="module")
def s3(fortress: LocalProduct) -> Any:
    return fortress.client("s3")


@pytest.fixture(scope="module")
def outputs(fortress: LocalProduct) -> dict[str, Any]:
    found: dict[str, Any] = fortress.json("outputs")
    return found


@pytest.fixture(scope="module")
def first_workers(fortress: LocalProduct) -> set[str]:
    return task_ids(fortress)


@pytest.fixture(scope="module")
def attacked(
    fortress: LocalProduct, sqs: Any, s3: Any, outputs: dict[str, Any], first_workers: set[str]
) -> dict[str, dict[str, Any]]:
    """Send everything at once; return the stored results by name, once the queues have run dry."""
    assert len(first_workers) == 2
    port = int(outputs["ServiceEndpoints"][0].split(":")[2].split("/")[0])
    filled = {"mark": MARK, "root": str(fortress.root), "port": str(port)}
    jobs = {name: {"job_id": f"bad-{name}", **fields} for name, fields in BAD_REQUESTS.items()}
    for language, sources in (("python", PYTHON), ("javascript", JAVASCRIPT)):
        for name, source in sources.items():
            code = source
            for word, value in filled.items():
                code = code.replace(f"{{{word}}}", value)
            job_id = f"{language}-{name}".replace("_", "-")
            fields = {"job_id": job_id, "language": language, "code": code, "budget_seconds": 1}
            jobs[job_id] = {"type": "test", **fields}
    for body in [*NO_JOBS.values(), *(json.dumps(job) for job in jobs.values())]:
        sqs.send_message(QueueUrl=outputs["QueueUrl"], MessageBody=body)
    wait_until_dry(sqs, outputs)
    return {name: stored(s3, outputs, str(job["job_id"])) for name, job in jobs.items()}


def test_every_job_ends_in_a_stored_result_that_explains_itself(attacked: dict[str, dict[str, Any]]) -> None:
    missing = [name for name, result in attacked.items() if not result]
    assert missing == []
    for name, result in attacked.items():
        assert result["status"] in {"succeeded", "failed"}, name
        assert result["explanation"].strip(), name
        assert "Traceback" not in result["explanation"], (name, result["explanation"])
        assert len(result["explanation"]) < 2000, name
    for name in BAD_REQUESTS:
        if name != "path-odd":
            assert attacked[name]["status"] == "failed", (name, attacked[name]["explanation"])


def test_what_is_no_job_lies_in_the_dead_letter_queue_with_its_reason(
    sqs: Any, outputs: dict[str, Any], attacked: dict[str, dict[str, Any]]
) -> None:
    assert attacked
    dead: dict[str, str] = {}
    for _ in range(10):
        answer = sqs.receive_message(
            QueueUrl=outputs["DeadLetterQueueUrl"],
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageAttributeNames=["All"],
        )
        for message in answer.get("Messages", []):
            reason = message.get("MessageAttributes", {}).get("ddf_reason", {}).get("StringValue", "")
            dead[message["Body"]] = reason
            sqs.delete_message(QueueUrl=outputs["DeadLetterQueueUrl"], ReceiptHandle=message["ReceiptHandle"])
    assert {body[:40] for body in dead} == {body[:40] for body in NO_JOBS.values()}
    assert [body[:40] for body, reason in dead.items() if not reason.startswith("not a job: ")] == []


def test_the_same_workers_live_on(
    fortress: LocalProduct, attacked: dict[str, dict[str, Any]], first_workers: set[str]
) -> None:
    assert attacked
    assert task_ids(fortress) == first_workers
    assert fortress.json("health", expect=None)["is_healthy"]


def test_nothing_was_written_outside_a_sandbox(
    fortress: LocalProduct, attacked: dict[str, dict[str, Any]]
) -> None:
    assert attacked
    places = ["/", "/tmp", "/var/tmp", "/dev/shm", "/root", "/etc", str(Path.home()), str(fortress.root)]
    places += [str(fortress.root / "worker"), str(fortress.root.parent)]
    assert [place for place in places if (Path(place) / MARK).exists()] == []


def test_no_secret_and_no_forgery_reaches_a_result_or_a_log(
    fortress: LocalProduct, attacked: dict[str, dict[str, Any]]
) -> None:
    for name, result in attacked.items():
        file = {**(result.get("test_file") or {}), "subject_content": ""}
        said = json.dumps({**result, "test_file": file, "survivors": ()})  # those two quote the source
        assert CANARY not in said, name
        assert [word for word in NAMES_IN_A_WORKER if word in said] == [], name
        assert f"{MARK} reached" not in said, name
        # What the code prints is output like any other; what it forges must not become evidence.
        assert MARK not in json.dumps([result["tests"], result["explanation"]]), name
    assert "double(" in attacked["python-fakes-reports"]["test_file"]["content"]
    logs = fortress.run("logs", "--since", "60", "--json").stdout
    assert CANARY not in logs
    files = [path for path in (fortress.root / ".ddf").rglob("*") if path.is_file()]
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


def test_the_command_line_shows_all_of_it(
    fortress: LocalProduct, attacked: dict[str, dict[str, Any]]
) -> None:
    ids = [result["job_id"] for result in attacked.values()]
    shown = fortress.run("results", *ids, expect=1)
    assert "Traceback" not in shown.stderr
    assert "\x1b" not in shown.stdout + shown.stderr
    assert len(fortress.json("results", *ids, expect=1)["jobs"]) == len(ids)


def test_no_job_is_lost_or_doubled_when_a_worker_is_killed(
    sqs: Any, s3: Any, outputs: dict[str, Any], attacked: dict[str, dict[str, Any]]
) -> None:
    assert attacked
    names = [f"small-{number:03}" for number in range(100)]
    for number, name in enumerate(names):
        body = {"type": "test", "job_id": name, "language": "python", "budget_seconds": 1}
        code = f"def plus(a):\n    return a + {number}\n"
        code += "raise RuntimeError\n" if number % 5 else ""  # most are over quickly, some take seconds
        sqs.send_message(QueueUrl=outputs["QueueUrl"], MessageBody=json.dumps({**body, "code": code}))
    while count(s3, outputs) < len(attacked) + 10:
        time.sleep(0.2)
    os.kill(worker_pids(outputs)[0], signal.SIGKILL)
    wait_until_dry(sqs, outputs)
    for name in names:
        listed = s3.list_object_versions(Bucket=outputs["ResultsBucket"], Prefix=f"test-results/{name}.json")
        assert len(listed["Versions"]) == 1, name
        wanted = "failed" if int(name[-3:]) % 5 else "succeeded"
        assert stored(s3, outputs, name)["status"] == wanted, name
    assert depth(sqs, outputs["DeadLetterQueueUrl"]) == 0


def wait_until_dry(sqs: Any, outputs: dict[str, Any]) -> None:
    deadline = time.monotonic() + JOBS_SECONDS
    while time.monotonic() < deadline:
        if sum(depth(sqs, outputs[name]) for name in LANES) == 0:
            return
        time.sleep(0.5)
    pytest.fail("the queues did not run dry")


def depth(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(
        int(value) for name, value in attributes.items() if name.startswith("ApproximateNumberOfMessages")
    )


def stored(s3: Any, outputs: dict[str, Any], job_id: str) -> dict[str, Any]:
    try:
        answer = s3.get_object(Bucket=outputs["ResultsBucket"], Key=f"test-results/{job_id}.json")
    except s3.exceptions.NoSuchKey:
        return {}
    found: dict[str, Any] = json.loads(answer["Body"].read())
    return found


def count(s3: Any, outputs: dict[str, Any]) -> int:
    listed = s3.list_objects_v2(Bucket=outputs["ResultsBucket"], Prefix="test-results/")
    return int(listed["KeyCount"])


def task_ids(product: LocalProduct) -> set[str]:
    return {worker["task_id"] for worker in product.json("status")["workers"]}


def worker_pids(outputs: dict[str, Any]) -> list[int]:
    endpoint = "/".join(outputs["ServiceEndpoints"][0].split("/")[:3])
    with urllib.request.urlopen(f"{endpoint}/_localaws/tasks") as answer:
        return [int(task["pid"]) for task in json.load(answer)]
