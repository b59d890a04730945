"""What the doctor says of what it sees."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from automation.cli.doctor_account import check_ownership, needed_actions, principal_of
from automation.cli.doctor_finding import Unsure, looked
from automation.errors import AuthFault, Diagnostic
from components.config import StackConfig


def failing(fault: Exception) -> Any:
    def check() -> str:
        raise fault

    return check


def test_what_is_right_needs_no_fix() -> None:
    found = looked("disk", lambda: "9 GiB free")
    assert (found.is_ok, found.detail, found.fix) == (True, "9 GiB free", "")


def test_every_fault_has_its_cause_and_its_fix() -> None:
    found = looked("disk", failing(Diagnostic("it is full", why="1 MiB left", next_step="make room")))
    assert (found.is_ok, found.is_warning) == (False, False)
    assert (found.detail, found.fix) == ("it is full: 1 MiB left", "make room")


def test_what_is_not_known_is_a_warning_and_never_a_fault() -> None:
    assert looked("permissions", failing(Unsure("not known", next_step="allow it"))).is_warning
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetServiceQuota")
    found = looked("quotas", failing(refused))
    assert found.is_warning
    assert "AccessDenied" in found.detail
    assert found.fix


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        ("arn:aws:sts::111122223333:assumed-role/deploy/session", "arn:aws:iam::111122223333:role/deploy"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/a/b", "arn:aws-us-gov:iam::111122223333:role/a"),
        ("arn:aws:iam::111122223333:user/ada", "arn:aws:iam::111122223333:user/ada"),
    ],
)
def test_of_an_assumed_role_the_policies_of_the_role_count(caller: str, principal: str) -> None:
    assert principal_of(caller) == principal


class _Access:
    def account_id(self) -> str:
        return "111122223333"


class _Session:
    access = _Access()


def test_a_caller_of_another_account_than_the_stack_s_is_told_before_anything_is_tried() -> None:
    session: Any = _Session()
    assert "not deployed yet" in check_ownership(session, frozenset())
    assert "111122223333" in check_ownership(session, frozenset({"111122223333"}))
    with pytest.raises(AuthFault, match="444455556666"):
        check_ownership(session, frozenset({"444455556666"}))


def test_a_stack_that_builds_its_images_itself_needs_more_rights_than_others():
    usual, builds = needed_actions(StackConfig()), needed_actions(StackConfig(codebuild=True))
    assert {"codebuild:CreateProject", "codebuild:StartBuild", "codebuild:StopBuild"} <= {*builds} - {*usual}
    assert not [action for action in usual if action.startswith("codebuild:")]
