"""The ingress function behind an HTTP API of the embedded AWS, as a stack deploys it: its own code, its own role, called over HTTP."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from components.compute_permissions import service_trust
from components.ingress_permissions import IngressResources, ingress_policy
from tests.automation.localaws.clouds import Cloud
from worker.domain.ingress_settings import IngressSettings
from worker.ingress.signature import sign

REGION = "us-east-1"
GUARD_SECONDS = 120
ROUTES = (
    ("POST /webhooks/github", "NONE"),
    ("ANY /jobs/{proxy+}", "AWS_IAM"),
    ("POST /jobs", "AWS_IAM"),
)


@dataclass
class Door:
    """A function behind an API."""

    endpoint: str
    name: str
    settings: IngressSettings
    resources: IngressResources
    """What the infrastructure grants it, and no more."""
    api_id: str = field(init=False)

    def __post_init__(self) -> None:
        iam, functions = self.client("iam"), self.client("lambda")
        trust = json.dumps(service_trust("lambda.amazonaws.com"))
        role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        rights = json.dumps(ingress_policy(self.resources))
        iam.put_role_policy(RoleName=self.name, PolicyName="rights", PolicyDocument=rights)
        arn = functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="worker.ingress.handler.handle",
            Role=role,
            Timeout=29,
            Code={"ZipFile": _archive()},
            Environment={"Variables": self.settings.to_env()},
        )["FunctionArn"]
        functions.add_permission(
            FunctionName=self.name,
            StatementId="front-door",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        self._open(arn)

    def _open(self, function_arn: str) -> None:
        api = self.client("apigatewayv2")
        self.api_id = api.create_api(Name=self.name, ProtocolType="HTTP")["ApiId"]
        integration = api.create_integration(
            ApiId=self.api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn,
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        for key, authorization in ROUTES:
            api.create_route(
                ApiId=self.api_id,
                RouteKey=key,
                AuthorizationType=authorization,
                Target=f"integrations/{integration}",
            )
        api.create_stage(ApiId=self.api_id, StageName="$default")

    @property
    def address(self) -> str:
        return f"{self.endpoint}/_aws/execute-api/{self.api_id}"

    def client(self, service: str) -> Any:
        return Cloud(endpoint=self.endpoint).client(service)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        is_signed: bool = False,
    ) -> tuple[int, dict[str, Any]]:
        request = AWSRequest(
            method,
            f"{self.address}{path}",
            data=body,
            headers={"content-type": "application/json", **(headers or {})},
        )
        if is_signed:
            SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
        asked = urllib.request.Request(
            request.url, data=body or None, headers=dict(request.headers), method=method
        )
        try:
            with urllib.request.urlopen(asked, timeout=GUARD_SECONDS) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as fault:
            return fault.code, json.loads(fault.read())

    def deliver(
        self, event: str, payload: Mapping[str, Any], *, delivery: str, secret: str
    ) -> tuple[int, dict[str, Any]]:
        """Send a webhook as GitHub does, signed with this secret."""
        body = json.dumps(payload).encode()
        headers = {
            "x-github-event": event,
            "x-github-delivery": delivery,
            "x-hub-signature-256": sign(body, secret),
        }
        return self.call("POST", "/webhooks/github", body, headers)

    def remove(self) -> None:
        """The stores of an embedded AWS in this process are this process's: what is left would be followed by the agent of another test."""
        self.client("apigatewayv2").delete_api(ApiId=self.api_id)
        self.client("lambda").delete_function(FunctionName=self.name)
        self.client("iam").delete_role_policy(RoleName=self.name, PolicyName="rights")
        self.client("iam").delete_role(RoleName=self.name)


def _archive() -> bytes:
    """Functions run here by the code of this checkout: what is in their archive does not matter."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("digest.txt", "one")
    return held.getvalue()
