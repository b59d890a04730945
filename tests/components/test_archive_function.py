"""What the controller and ingress share as functions: their rights come first, and what their clock sent too late is dropped."""

import subprocess
import sys
from functools import cache

import pytest

from components.archive_function import ROOT
from components.naming import PROJECT
from tests.components.declared import declare, stack_values

FUNCTIONS = ("autoscaling", "intake")


@cache
def declared(**values):
    told = {f"{PROJECT}:{key}": value for key, value in values.items()}
    return declare("dev", {**stack_values("dev"), **told})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_made_when_its_role_may_do_what_it_does(name):
    assert f"{name}-rights" in declared(jobs_api="true").named(f"{name}-function").depends_on


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_the_clock_sent_a_minute_ago_is_not_tried_again(name):
    policy = declared(jobs_api="true").named(f"{name}-target").inputs["retryPolicy"]
    assert policy == {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 0}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_clock_may_call_the_function_before_it_does(name):
    target = declared(jobs_api="true").named(f"{name}-target")
    assert {"autoscaling-may-start", "intake-may-sweep"} & set(target.depends_on)


@pytest.mark.slow
@pytest.mark.parametrize(
    "odd",
    [
        {"github_repositories": "octo-org/hello", "github_webhook_secret": "guessable"},
        {"github_credentials": "neither key nor token"},
    ],
)
def test_a_secret_that_is_none_ends_the_plan_without_being_shown(odd):
    """In a process of its own: a plan that fails leaves calls behind in the SDK."""
    told = {f"{PROJECT}:{key}": value for key, value in odd.items()}
    program = f"""
from tests.components.declared import declare, stack_values
declare("dev", {{**stack_values("dev"), **{told!r}}})
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    (end,) = [line for line in done.stderr.splitlines() if "RunError" in line and "must be" in line]
    assert not [value for value in odd.values() if value in end]
