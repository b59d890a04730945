"""Every sample that GitHub's deliveries are documented by is taken, or ignored with a reason."""

import json

import pytest

from tests.fakes.ingress import World
from tests.worker.ingress.payloads import delivery_of
from tests.worker.ingress.samples import samples
from worker.domain.job_codec import decode_job, encode_job
from worker.ingress.deliveries import DECIDERS
from worker.ingress.handler import respond

EVERYBODY = "Codertocat/*,octo-org/*,octokit/*,Octocoders/*"


@pytest.mark.slow
def test_every_sample_is_taken_or_ignored_with_a_reason():
    world = World()
    ingress = world.ingress(EVERYBODY)
    outcomes: dict[str, set[str]] = {}
    count = 0
    for at, (place, event, payload) in enumerate(samples()):
        answer = respond(ingress, delivery_of(event, payload, delivery=f"sample-{at:08d}"))
        said = json.loads(answer["body"])
        assert answer["statusCode"] in {200, 202}, (place, said)
        assert said["outcome"] == "queued" or said["reason"], (place, said)
        assert "can't be used" not in said.get("reason", ""), (place, said)
        outcomes.setdefault(event, set()).add(said["outcome"])
        count += 1
    assert count > 700
    assert {"queued"} <= outcomes["pull_request"] & outcomes["push"]
    assert set(DECIDERS) <= set(outcomes)
    for job in world.requests.sent:
        assert decode_job(encode_job(job), message_id="m") == job


@pytest.mark.slow
def test_no_sample_of_a_repository_that_is_not_listed_becomes_work():
    world = World()
    ingress = world.ingress("somebody/else")
    for at, (_, event, payload) in enumerate(samples()):
        respond(ingress, delivery_of(event, payload, delivery=f"sample-{at:08d}"))
    assert not world.requests.sent
