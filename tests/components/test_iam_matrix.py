"""Least privilege both ways, on an embedded AWS that judges: bench/iam_matrix.py takes every permission away, these a few."""

import pytest

from bench.iam_matrix import ROLES, Permission, failures
from bench.iam_world import open_world
from components.permissions import document

pytestmark = [
    pytest.mark.slow,
    # moto leaves the temporary files of deleted objects to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TAKEN_AWAY = (
    ("task", "SetPoisonAside", "sqs:SendMessage", "set poison aside"),
    ("task", "TellMissingFromForbidden", "s3:ListBucket", "notice that there is no result yet"),
    ("task", "SpeakToGitHub", "ssm:GetParameter", "speak to GitHub"),
    ("task", "KeepWorkOnRepositories", "s3:PutObject", "keep work on a repository"),
    ("controller", "KeepItsWords", "dynamodb:PutItem", "keep the look"),
    ("spending", "NarrowTheLanes", "lambda:UpdateEventSourceMapping", "close lane 0"),
    (
        "spending",
        "SeeHowLongAndHowWideTheyWork",
        "cloudwatch:GetMetricStatistics",
        "read how long the function worked",
    ),
    ("builder", "ReadSource", "s3:GetObjectVersion", "fetch a version of it"),
    ("builder", "PushImages", "ecr:PutImage", "push the image"),
    ("function", "LetLambdaPoll", "sqs:GetQueueAttributes", "Lambda polls lane high"),
)


@pytest.fixture(scope="module")
def world():
    with open_world() as opened:
        yield opened


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_does_all_its_work_with_its_own_rights(world, role):
    assert await failures(world, role, ROLES[role].document(world)) == {}


@pytest.mark.parametrize(("role", "sid", "what", "step"), TAKEN_AWAY)
async def test_without_one_of_its_rights_a_role_fails_at_what_needs_it(world, role, sid, what, step):
    failed = await failures(
        world, role, Permission(sid=sid, what=what).taken_from(ROLES[role].document(world))
    )
    assert step in failed
    assert "AccessDenied" in failed[step]


async def test_a_role_without_rights_does_nothing(world):
    failed = await failures(
        world, "execution", document({"Sid": "No", "Effect": "Deny", "Action": ["a:B"], "Resource": ["*"]})
    )
    assert len(failed) == 3
