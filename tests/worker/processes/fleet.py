"""A small cloud and worker processes on it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from worker.domain import ledger_schema as schema
from worker.domain.settings import WorkerSettings

ROOT = Path(__file__).parents[3]
VISIBILITY_SECONDS = 4
QUEUES = ("high", "normal", "low", "dead")
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@dataclass
class Fleet:
    endpoint: str
    folder: Path
    sqs_endpoint: str | None = None
    """Where the queues are, if not with the rest."""
    more_env: dict[str, str] = field(default_factory=dict)
    """Variables of the workers that are no settings."""
    module: str = "tests.worker.processes.scripted_worker"
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"fleet-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.sqs = self._client("sqs", self.sqs_endpoint)
        self.s3 = self._client("s3")
        self.dynamodb = self._client("dynamodb")
        for queue in QUEUES:
            self.urls[queue] = self.sqs.create_queue(QueueName=f"{self.name}-{queue}")["QueueUrl"]
        self.s3.create_bucket(Bucket=self.name)
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        keys = (schema.PARTITION_KEY, schema.SORT_KEY)
        index_keys = (schema.BATCH_INDEX_PARTITION_KEY, schema.BATCH_INDEX_SORT_KEY)
        by_batch = {"IndexName": schema.BATCH_INDEX, "Projection": {"ProjectionType": "ALL"}}
        self.dynamodb.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in (*keys, *index_keys)
            ],
            KeySchema=_key_schema(keys),
            GlobalSecondaryIndexes=[{**by_batch, "KeySchema": _key_schema(index_keys)}],
        )

    def start_worker(self, **changes: object) -> subprocess.Popen[bytes]:
        values: dict[str, Any] = {
            "queue_url_high": self.urls["high"],
            "queue_url_normal": self.urls["normal"],
            "queue_url_low": self.urls["low"],
            "dead_letter_queue_url": self.urls["dead"],
            "results_bucket": self.name,
            "ledger_table": self.name,
            "worker_id": f"w{len(self.processes)}",
            "concurrency": 4,
            "visibility_timeout_seconds": VISIBILITY_SECONDS,
            "receive_wait_seconds": 1,
            "drain_grace_seconds": 20,
            "drain_deadline_seconds": 30,
            "gateway_host": "127.0.0.1",
            "gateway_port": 0,
        }
        env = {
            **WorkerSettings(**{**values, **changes}).to_env(),
            "AWS_ENDPOINT_URL": self.endpoint,
            **({"AWS_ENDPOINT_URL_SQS": self.sqs_endpoint} if self.sqs_endpoint else {}),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PATH": os.environ["PATH"],
            **self.more_env,
        }
        log = (self.folder / f"w{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module], env=env, cwd=ROOT, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def send(self, bodies: list[str], *, lane: str = "normal") -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[start : start + 10])
            ]
            self.sqs.send_message_batch(QueueUrl=self.urls[lane], Entries=entries)

    def let_sqs_give_up_after(self, receives: int) -> None:
        """Set the redrive policy that the product's queues have."""
        answer = self.sqs.get_queue_attributes(QueueUrl=self.urls["dead"], AttributeNames=["QueueArn"])
        arn = answer["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
        self.sqs.set_queue_attributes(QueueUrl=self.urls["normal"], Attributes={"RedrivePolicy": policy})

    def result_versions(self) -> Counter[str]:
        """Count how often each result was written."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name)
        return Counter(version["Key"] for page in pages for version in page.get("Versions", ()))

    def result(self, job_id: str) -> dict[str, Any]:
        answer = self.s3.get_object(Bucket=self.name, Key=f"test-results/{job_id}.json")
        return dict(json.loads(answer["Body"].read()))

    def depth(self, queue: str = "normal") -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)
        return int(answer["Attributes"][names[0]]), int(answer["Attributes"][names[1]])

    def jobs(self, prefix: str = "") -> list[dict[str, Any]]:
        """Read the ledger's items of the jobs whose ids begin so."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.name)
        items = [item for page in pages for item in page["Items"] if item["sk"]["S"] == schema.JOB_SORT_KEY]
        return [item for item in items if item["pk"]["S"].startswith(schema.job_partition(prefix))]

    def statuses(self, prefix: str = "") -> Counter[str]:
        """Count the jobs by the ledger's status."""
        return Counter(item["status"]["S"] for item in self.jobs(prefix))

    def log_of(self, worker: int) -> list[dict[str, Any]]:
        lines = (self.folder / f"w{worker}.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def events_of(self, worker: int) -> list[str]:
        return [line["event"] for line in self.log_of(worker)]

    def wait_until(self, is_so: Callable[[], bool], *, seconds: float, pause_seconds: float = 0.1) -> None:
        """Look again and again; a look takes at most a fifth of the time, for it takes it from what is looked at."""
        deadline = time.monotonic() + seconds
        began = time.monotonic()
        while not is_so():
            assert time.monotonic() < deadline, [path.read_text()[-2000:] for path in self.folder.iterdir()]
            time.sleep(max(pause_seconds, 4 * (time.monotonic() - began)))
            began = time.monotonic()

    def stop(self, process: subprocess.Popen[bytes], *, seconds: float = 25) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=seconds)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _client(self, service: str, endpoint: str | None = None) -> Any:
        return boto3.client(service, endpoint_url=endpoint or self.endpoint, **CREDENTIALS)


def _key_schema(keys: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
    ]


def job(number: int, *, seconds: float, prefix: str = "job-") -> str:
    return coded_job(f"{prefix}{number}", str(seconds))


def coded_job(job_id: str, code: str) -> str:
    return json.dumps({"type": "test", "job_id": job_id, "code": code, "language": "python"})
