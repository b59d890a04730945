"""A function is only deployed where its image is: what is asked of the registry, and what is said where it is missing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from automation.cli.image_needed import require_image
from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from components.naming import PROJECT, Names

pytestmark = pytest.mark.slow

MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
ACCOUNT = "123456789012"
ON_LAMBDA = {
    f"{PROJECT}:compute_type": "lambda",
    f"{PROJECT}:engine": "builtin",
    f"{PROJECT}:instances": "2",
}


@dataclass
class Stack:
    """What of a session is asked."""

    access: AwsAccess
    environment: str = "imageless"
    is_embedded: bool = False
    config: Mapping[str, str] = field(default_factory=lambda: {f"{PROJECT}:image_tag": "7"})


def test_a_missing_image_is_told_with_the_order_that_works_and_a_pushed_one_is_enough(
    access: AwsAccess,
) -> None:
    stack = Stack(access)
    with pytest.raises(Diagnostic) as told:
        require_image(stack, ON_LAMBDA, account=ACCOUNT)
    assert "--type ecs-fargate --instances 0" in told.value.next_step
    ecr, repository = access.client("ecr"), Names(environment=stack.environment).part("worker")
    ecr.create_repository(repositoryName=repository)
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": MEDIA_TYPE, "config": {"digest": "sha256:1"}, "layers": []}
    )
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag="6")
    with pytest.raises(Diagnostic):
        require_image(stack, ON_LAMBDA, account=ACCOUNT)
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag="7")
    require_image(stack, ON_LAMBDA, account=ACCOUNT)
    ecr.delete_repository(repositoryName=repository, force=True)


def test_tasks_need_no_image_beforehand_and_the_embedded_aws_none_at_all(access: AwsAccess) -> None:
    require_image(Stack(access), {}, account=ACCOUNT)
    require_image(Stack(access, is_embedded=True), ON_LAMBDA, account=ACCOUNT)
