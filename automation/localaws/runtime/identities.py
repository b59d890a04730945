"""Who a process is on the embedded AWS: a session of its role, as ECS and Lambda hand one out, and nobody where it has no role."""

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from botocore.exceptions import ClientError

from automation.localaws.access.policy import trusts
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environment import DEPLOYER, Cloud

TASKS = "ecs-tasks.amazonaws.com"
FUNCTIONS = "lambda.amazonaws.com"
SESSION_NAME = "embedded-aws"


class RoleUnusable(Exception):
    """The role is not there, or does not trust the service."""


class Identities:
    """Sessions by role, opened once each: those of the embedded AWS do not end."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._lock = threading.Lock()
        self._sessions: dict[str, Mapping[str, str]] = {}

    def cloud_of(self, cloud: Cloud, role_arn: str, *, service: str) -> Cloud:
        """Return the cloud as a process sees it that has the role; raises RoleUnusable."""
        return replace(cloud, credentials=self._variables(role_arn, service=service))

    def _variables(self, role_arn: str, *, service: str) -> Mapping[str, str]:
        """Return what a process finds in its environment; raises RoleUnusable. Without a role it is whoever deploys."""
        if not role_arn:
            return DEPLOYER
        self._check_trust(role_arn, service)
        with self._lock:
            if role_arn not in self._sessions:
                self._sessions[role_arn] = self._open(role_arn)
            return self._sessions[role_arn]

    def _check_trust(self, role_arn: str, service: str) -> None:
        """Stock moto lets anybody take any role, even one that is not there."""
        name = role_arn.rpartition("/")[2]
        try:
            held = self._clients.get("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        except ClientError as fault:
            raise RoleUnusable(f"the role {role_arn} can't be read: {fault}") from fault
        document = json.loads(unquote(held)) if isinstance(held, str) else held
        if not trusts(document, service):
            raise RoleUnusable(f"the role {role_arn} does not trust {service}")

    def _open(self, role_arn: str) -> Mapping[str, str]:
        answer = self._clients.get("sts").assume_role(RoleArn=role_arn, RoleSessionName=SESSION_NAME)
        opened = answer["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": opened["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": opened["SecretAccessKey"],
            "AWS_SESSION_TOKEN": opened["SessionToken"],
        }
