"""Who a process is: a session of a role that trusts its service."""

import pytest

from automation.localaws.runtime.environment import DEPLOYER, Cloud
from automation.localaws.runtime.identities import FUNCTIONS, TASKS, Identities, RoleUnusable

ROLE = "arn:aws:iam::1:role/r"
CLOUD = Cloud(endpoint="http://127.0.0.1:1", region="us-east-1")


class OneRole:
    """IAM and STS with a role that functions may take; knows how often a session of it was opened."""

    def __init__(self):
        self.opened = 0

    def get(self, _service):
        return self

    def get_role(self, **_asked):
        allow = {"Effect": "Allow", "Principal": {"Service": FUNCTIONS}, "Action": "sts:AssumeRole"}
        return {"Role": {"AssumeRolePolicyDocument": {"Statement": [allow]}}}

    def assume_role(self, **_asked):
        self.opened += 1
        return {"Credentials": {"AccessKeyId": "k", "SecretAccessKey": "s", "SessionToken": "t"}}


def test_a_process_with_a_role_has_a_session_that_is_opened_once():
    role = OneRole()
    identities = Identities(role)
    seen = [identities.cloud_of(CLOUD, ROLE, service=FUNCTIONS).credentials for _ in range(2)]
    session = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    assert seen == [session, session]
    assert role.opened == 1


def test_a_role_that_does_not_trust_the_service_is_not_taken():
    role = OneRole()
    with pytest.raises(RoleUnusable, match="does not trust ecs-tasks"):
        Identities(role).cloud_of(CLOUD, ROLE, service=TASKS)
    assert role.opened == 0


def test_a_process_without_a_role_is_whoever_deploys():
    assert Identities(OneRole()).cloud_of(CLOUD, "", service=TASKS).credentials == DEPLOYER
