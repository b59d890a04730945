"""The SQS server of the benchmark, and the queues on it."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bench.throughput.job import CREDENTIALS, Task
from bench.throughput.peers import OURS, ROOT, Peer
from tests.contracts.elasticmq import ElasticMq
from worker.domain.job import Lane

DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
SENDERS = 2
WARM_UP_SECONDS = 20


class BenchServer(ElasticMq):
    """ElasticMQ, naming its queues by the address that a client came by: a proxy may stand before it."""

    def __init__(self, *, classpath: Path) -> None:
        super().__init__(classpath=classpath)
        self._command.insert(1, "-Dnode-address.host=*")
        self._bodies: dict[tuple[str, float], str] = {}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def connect(self) -> None:
        config = Config(retries={"max_attempts": 1}, max_pool_connections=SENDERS + 1)
        self._client: Any = boto3.client("sqs", endpoint_url=self.endpoint, config=config, **CREDENTIALS)

    def make_queues(self, peer: Peer, *, visibility_seconds: int) -> None:
        """Make them anew, empty."""
        names = [peer.name]
        if peer is OURS:
            names += [f"{peer.name}-{lane}" for lane in Lane if lane is not Lane.NORMAL]
        for name in names:
            attributes = {"VisibilityTimeout": str(visibility_seconds)}
            with suppress(self._client.exceptions.QueueDoesNotExist):
                self._client.delete_queue(QueueUrl=self._url(name))
            self._client.create_queue(QueueName=name, Attributes=attributes)

    def fill(self, peer: Peer, messages: int, *, seconds: float) -> None:
        """Send jobs in tens, in the form that the peer's own API gives them."""
        body, url = self._body(peer, seconds), self._url(peer.name)
        sizes = [min(10, messages - start) for start in range(0, messages, 10)]

        def send(size: int) -> None:
            entries = [{"Id": str(at), "MessageBody": body} for at in range(size)]
            answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
            assert not answer.get("Failed"), answer

        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(send, sizes))

    def depth(self, peer: Peer) -> tuple[int, int]:
        """Count the visible messages and those in flight."""
        answer = self._client.get_queue_attributes(QueueUrl=self._url(peer.name), AttributeNames=DEPTHS)
        visible, in_flight = (int(answer["Attributes"][name]) for name in DEPTHS)
        return visible, in_flight

    def warm_up(self) -> None:
        """Have the server compile what it needs: cold it costs several times more."""
        url = self._client.create_queue(QueueName="warm-up")["QueueUrl"]
        deadline = time.monotonic() + WARM_UP_SECONDS
        while time.monotonic() < deadline:
            entries = [{"Id": str(at), "MessageBody": '{"seconds": 0}'} for at in range(10)]
            self._client.send_message_batch(QueueUrl=url, Entries=entries)
            for limit in (9, 1):
                received = self._client.receive_message(QueueUrl=url, MaxNumberOfMessages=limit)["Messages"]
                entries = [
                    {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                    for at, message in enumerate(received[1:])
                ]
                if entries:
                    self._client.delete_message_batch(QueueUrl=url, Entries=entries)
                self._client.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])

    def _url(self, name: str) -> str:
        return f"{self.endpoint}/000000000000/{name}"

    def _body(self, peer: Peer, seconds: float) -> str:
        """Let the peer send one job, and take its body as the pattern of all."""
        if peer.sender is None:
            return f'{{"seconds": {seconds}}}'
        key = (peer.name, seconds)
        if key not in self._bodies:
            task = Task(
                endpoint=self.endpoint,
                queue=peer.name,
                folder=Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"),
                concurrency=1,
                visibility_seconds=60,
            )
            subprocess.run(
                [peer.python, "-m", peer.sender, str(seconds)], env=task.to_env(), cwd=ROOT, check=True
            )
            url = self._url(peer.name)
            (message,) = self._client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
            self._client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            self._bodies[key] = message["Body"]
        return self._bodies[key]
