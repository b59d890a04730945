"""The ingress function, called through the front door of the embedded AWS as GitHub and a signed caller do it, by its own code from this checkout."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from uuid import uuid4

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.runtime.agent import Agent
from components.ingress_permissions import IngressResources, ingress_policy
from tests.contracts.test_scaling_ports import create_table
from tests.worker.ingress import payloads as some
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job_codec import decode_job
from worker.ingress.signature import sign

REGION = "us-east-1"
SECRET = "a-secret-of-the-webhook"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)


class Door:
    """A function behind an API, and what it writes to."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.name = endpoint, f"door-{uuid4().hex[:8]}"
        self.sqs = self.client("sqs")
        self.urls = [self.sqs.create_queue(QueueName=f"{self.name}-{lane}")["QueueUrl"] for lane in "hnl"]
        create_table(self.client("dynamodb"), self.name)
        self.client("s3").create_bucket(Bucket=self.name)
        self.client("ssm").put_parameter(Name=f"/{self.name}/secret", Value=SECRET, Type="SecureString")
        role = self.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=TRUST)["Role"][
            "Arn"
        ]
        self.client("iam").put_role_policy(
            RoleName=self.name, PolicyName="rights", PolicyDocument=self.rights()
        )
        settings = IngressSettings(
            queue_url_high=self.urls[0],
            queue_url_normal=self.urls[1],
            queue_url_low=self.urls[2],
            results_bucket=self.name,
            ledger_table=self.name,
            webhook_secret_parameter=f"/{self.name}/secret",
            github_repositories="octo-org/*",
        )
        arn = self.client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="worker.ingress.handler.handle",
            Role=role,
            Timeout=29,
            Code={"ZipFile": some_archive()},
            Environment={"Variables": settings.to_env()},
        )["FunctionArn"]
        self.client("lambda").add_permission(
            FunctionName=self.name,
            StatementId="front-door",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        api = self.client("apigatewayv2")
        self.api_id = api.create_api(Name=self.name, ProtocolType="HTTP")["ApiId"]
        integration = api.create_integration(
            ApiId=self.api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for key, authorization in (
            ("POST /webhooks/github", "NONE"),
            ("ANY /jobs/{proxy+}", "AWS_IAM"),
            ("POST /jobs", "AWS_IAM"),
        ):
            api.create_route(
                ApiId=self.api_id,
                RouteKey=key,
                AuthorizationType=authorization,
                Target=f"integrations/{integration}",
            )
        api.create_stage(ApiId=self.api_id, StageName="$default")

    def rights(self) -> str:
        """What the infrastructure grants, and no more."""
        place = f"{REGION}:{ACCOUNT_ID}"
        resources = IngressResources(
            lane_arns=[f"arn:aws:sqs:{place}:{self.name}-{lane}" for lane in "hnl"],
            bucket_arn=f"arn:aws:s3:::{self.name}",
            table_arn=f"arn:aws:dynamodb:{place}:table/{self.name}",
            log_group_arn=f"arn:aws:logs:{place}:log-group:{self.name}",
            parameter_arn=f"arn:aws:ssm:{place}:parameter/{self.name}/secret",
        )
        return json.dumps(ingress_policy(resources))

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def call(self, method, path, body=b"", headers=None, *, is_signed=False):
        request = AWSRequest(
            method,
            f"{self.endpoint}/_aws/execute-api/{self.api_id}{path}",
            data=body,
            headers={"content-type": "application/json", **(headers or {})},
        )
        if is_signed:
            SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
        asked = urllib.request.Request(
            request.url, data=body or None, headers=dict(request.headers), method=method
        )
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as fault:
            return fault.code, json.loads(fault.read())

    def jobs(self):
        found = []
        for url in self.urls:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            found += [
                decode_job(one["Body"], message_id=one["MessageId"]) for one in answer.get("Messages", [])
            ]
        return found

    def remove(self) -> None:
        """moto's stores are this process's: what is left here would be followed by the agent of another test."""
        self.client("apigatewayv2").delete_api(ApiId=self.api_id)
        self.client("lambda").delete_function(FunctionName=self.name)
        self.client("iam").delete_role_policy(RoleName=self.name, PolicyName="rights")
        self.client("iam").delete_role(RoleName=self.name)


def some_archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("digest.txt", "one")
    return held.getvalue()


@pytest.fixture
def door(tmp_path):
    apply_patches()
    server = MotoServer()
    agent = Agent(endpoint=server.endpoint, region=REGION, state_dir=tmp_path)
    server.mount("/_aws/execute-api/", agent.front_door)
    server.start()
    agent.start()
    made = Door(server.endpoint)
    yield made
    made.remove()
    agent.stop()
    server.stop()


@pytest.mark.slow
def test_a_delivery_and_a_signed_submission_come_through_the_front_door_into_the_queue(door):
    body = json.dumps(some.pull_request()).encode()
    headers = {
        "x-github-event": "pull_request",
        "x-github-delivery": some.DELIVERY,
        "x-hub-signature-256": sign(body, SECRET),
    }
    status, said = door.call("POST", "/webhooks/github", body, headers)
    assert (status, said["outcome"]) == (202, "queued")
    (job,) = door.jobs()
    assert (job.job_id, job.origin.pull_request) == (said["job_id"], 7)
    assert door.call("POST", "/webhooks/github", body, headers)[1]["outcome"] == "already handled"
    forged = {**headers, "x-hub-signature-256": sign(body, "another-secret")}
    assert door.call("POST", "/webhooks/github", body, forged)[0] == 401
    assert door.jobs() == []

    code = json.dumps({"type": "test", "language": "python", "code": "x = 1\n"}).encode()
    assert door.call("POST", "/jobs", code)[0] == 403
    status, said = door.call("POST", "/jobs", code, is_signed=True)
    assert (status, said["status"]) == (202, "queued")
    job_id = said["job_id"]
    assert [job.job_id for job in door.jobs()] == [job_id]
    assert door.call("GET", f"/jobs/{job_id}", is_signed=True)[1]["status"] == "queued"
    assert door.call("DELETE", f"/jobs/{job_id}", is_signed=True) == (
        202,
        {"job_id": job_id, "outcome": "cancelled"},
    )
    assert door.call("GET", f"/jobs/{job_id}", is_signed=True)[1]["status"] == "cancelled"
