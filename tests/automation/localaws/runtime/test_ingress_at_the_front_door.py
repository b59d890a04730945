"""The ingress function, called through the front door of the embedded AWS as GitHub and a signed caller do it, by its own code from this checkout."""

import json
from uuid import uuid4

import pytest

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.runtime.agent import Agent
from components.ingress_permissions import IngressResources
from tests.automation.localaws.clouds import Cloud
from tests.contracts.test_scaling_ports import create_table
from tests.worker.ingress import payloads as some
from tests.worker.ingress.door import REGION, Door
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job_codec import decode_job

SECRET = "a-secret-of-the-webhook"
PLACE = f"{REGION}:{ACCOUNT_ID}"


class World:
    """A door, and what it writes to."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, name = endpoint, f"door-{uuid4().hex[:8]}"
        self.sqs = self.client("sqs")
        self.urls = [self.sqs.create_queue(QueueName=f"{name}-{lane}")["QueueUrl"] for lane in "hnl"]
        create_table(self.client("dynamodb"), name)
        self.client("s3").create_bucket(Bucket=name)
        self.client("ssm").put_parameter(Name=f"/{name}/secret", Value=SECRET, Type="SecureString")
        self.door = Door(
            endpoint=endpoint,
            name=name,
            settings=IngressSettings(
                queue_url_high=self.urls[0],
                queue_url_normal=self.urls[1],
                queue_url_low=self.urls[2],
                results_bucket=name,
                ledger_table=name,
                webhook_secret_parameter=f"/{name}/secret",
                github_repositories="octo-org/*",
            ),
            resources=IngressResources(
                lane_arns=[f"arn:aws:sqs:{PLACE}:{name}-{lane}" for lane in "hnl"],
                bucket_arn=f"arn:aws:s3:::{name}",
                table_arn=f"arn:aws:dynamodb:{PLACE}:table/{name}",
                log_group_arn=f"arn:aws:logs:{PLACE}:log-group:{name}",
                parameter_arn=f"arn:aws:ssm:{PLACE}:parameter/{name}/secret",
            ),
        )

    def client(self, service: str):
        return Cloud(endpoint=self.endpoint).client(service)

    def jobs(self):
        found = []
        for url in self.urls:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            found += [
                decode_job(one["Body"], message_id=one["MessageId"]) for one in answer.get("Messages", [])
            ]
        return found


@pytest.fixture
def world(tmp_path):
    apply_patches()
    server = MotoServer()
    agent = Agent(endpoint=server.endpoint, region=REGION, state_dir=tmp_path)
    server.mount("/_aws/execute-api/", agent.front_door)
    server.start()
    agent.start()
    made = World(server.endpoint)
    yield made
    made.door.remove()
    agent.stop()
    server.stop()


@pytest.mark.slow
def test_a_delivery_and_a_signed_submission_come_through_the_front_door_into_the_queue(world):
    door, asked = world.door, {"event": "pull_request", "payload": some.pull_request()}
    status, said = door.deliver(**asked, delivery=some.DELIVERY, secret=SECRET)
    assert (status, said["outcome"]) == (202, "queued")
    (job,) = world.jobs()
    assert (job.job_id, job.origin.pull_request) == (said["job_id"], 7)
    again = door.deliver(**asked, delivery=some.DELIVERY, secret=SECRET)
    assert again[1]["outcome"] == "already handled"
    assert door.deliver(**asked, delivery=some.DELIVERY, secret="another-secret")[0] == 401
    assert world.jobs() == []

    code = json.dumps({"type": "test", "language": "python", "code": "x = 1\n"}).encode()
    assert door.call("POST", "/jobs", code)[0] == 403
    status, said = door.call("POST", "/jobs", code, is_signed=True)
    assert (status, said["status"]) == (202, "queued")
    job_id = said["job_id"]
    assert [job.job_id for job in world.jobs()] == [job_id]
    assert door.call("GET", f"/jobs/{job_id}", is_signed=True)[1]["status"] == "queued"
    assert door.call("DELETE", f"/jobs/{job_id}", is_signed=True) == (
        202,
        {"job_id": job_id, "outcome": "cancelled"},
    )
    assert door.call("GET", f"/jobs/{job_id}", is_signed=True)[1]["status"] == "cancelled"
