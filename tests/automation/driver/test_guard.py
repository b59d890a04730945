"""The guard against another account's credentials."""

import pytest

from automation.driver.guard import accounts_in, refuse_foreign_account
from automation.errors import AuthFault, ExitCode

DEPLOYMENT = {
    "resources": [
        {"outputs": {"arn": "arn:aws:sqs:us-east-1:111122223333:jobs"}},
        {"outputs": {"arn": "arn:aws:s3:::bucket"}},
        {"outputs": None},
        {},
    ]
}


def test_the_accounts_of_a_state_are_read_from_its_arns() -> None:
    assert accounts_in(DEPLOYMENT) == {"111122223333"}


def test_the_owner_of_the_resources_may_act() -> None:
    refuse_foreign_account(DEPLOYMENT, caller="111122223333", environment="prod")


def test_another_account_is_refused_naming_both() -> None:
    with pytest.raises(AuthFault, match=r"account 444455556666.*lives in 111122223333") as refused:
        refuse_foreign_account(DEPLOYMENT, caller="444455556666", environment="prod")
    assert refused.value.exit_code is ExitCode.AUTH


def test_an_empty_state_belongs_to_anybody() -> None:
    refuse_foreign_account({}, caller="444455556666", environment="prod")
