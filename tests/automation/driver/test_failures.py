"""Translating Pulumi's failures into diagnostics with stable exit codes."""

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error

from automation.driver.events import DeploymentView, Diagnosed
from automation.driver.failures import translate_failure
from automation.errors import ExitCode


def failure(stderr: str, *diagnosed: Diagnosed):
    error = create_command_error(CommandResult(stdout="", stderr=stderr, code=255))
    return translate_failure(error, DeploymentView(diagnostics=diagnosed), environment="dev")


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        ("error: the stack is currently locked by 1 lock(s)", ExitCode.LOCKED),
        ("error: no stack named 'dev' found", ExitCode.NO_STACK),
        ("error: no changes were expected but changes occurred", ExitCode.CHANGES),
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", ExitCode.AUTH),
        ("error: ExpiredToken: The security token included in the request is expired", ExitCode.AUTH),
        ("error: the stack's configuration has 2 mistakes", ExitCode.FAILED),
        ("error: something else", ExitCode.FAILED),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(stderr: str, code: ExitCode) -> None:
    assert failure(stderr).exit_code is code


def test_the_recorded_cause_is_told_without_the_noise_around_it() -> None:
    told = failure(
        "error: update failed",
        Diagnosed(
            severity="error",
            message="QueueAlreadyExists: jobs",
            urn="urn:pulumi:dev::p::aws:sqs/queue:Queue::jobs",
        ),
        Diagnosed(severity="error", message="update failed"),
        Diagnosed(severity="warning", message="deprecated"),
    )
    assert told.why == "jobs: QueueAlreadyExists: jobs"


def test_a_failure_without_a_diagnostic_shows_the_error_block_alone() -> None:
    told = failure("Updating (dev)\nlots of noise\nerror: could not load plugin\nsecond line")
    assert told.why == "error: could not load plugin\nsecond line"


def test_every_failure_says_what_to_do_next() -> None:
    assert failure("error: whatever").next_step


@pytest.mark.parametrize(
    "cause",
    ["plugin [aws] did not begin responding to RPC connections", "dial tcp 127.0.0.1:1: connection refused"],
)
def test_an_embedded_cloud_that_went_away_is_named_as_the_cause(cause: str) -> None:
    error = create_command_error(CommandResult(stdout="", stderr=f"error: {cause}", code=255))
    told = translate_failure(error, DeploymentView(), environment="local")
    assert told.reference == "embedded-aws-down"
    assert "local status" in told.next_step


def test_what_a_killed_run_could_not_record_is_told_with_the_way_out() -> None:
    told = failure("error: creating sqs.Queue: QueueAlreadyExists: a queue named x already exists")
    assert told.reference == "unrecorded"
    assert "import" in told.next_step
