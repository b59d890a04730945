"""Good deployments in a real ledger table, and their images in a real repository (moto)."""

import json
import secrets
from dataclasses import replace

import pytest

from automation.driver.good_deployments import KEPT, GoodDeployments
from automation.driver.images import NO_IMAGE, has_image, keep_image
from automation.fleet.access import AwsAccess
from tests.automation.driver.test_good_deployments import FIRST
from tests.automation.fleet.conftest import Stores

pytestmark = pytest.mark.slow


def test_the_newest_are_remembered_in_order_and_the_oldest_are_forgotten(stores: Stores) -> None:
    table = stores.outputs.ledger_table
    kept = GoodDeployments(stores.access.client, table)
    assert kept.all() == ()
    made = [
        replace(FIRST, at=f"2026-11-{day:02}T10:00:00.000+00:00", state_version=day)
        for day in range(1, KEPT + 3)
    ]
    for one in made:
        kept.remember(one)
    assert kept.all() == tuple(reversed(made[2:]))


def test_what_another_version_wrote_is_passed_over(stores: Stores) -> None:
    table = stores.outputs.ledger_table
    item = {"pk": {"S": "deployments"}, "sk": {"S": "2030"}, "deployment": {"S": json.dumps({"at": "2030"})}}
    stores.access.client("dynamodb").put_item(TableName=table, Item=item)
    assert GoodDeployments(stores.access.client, table).all() == ()


def manifest(word: str) -> str:
    layer = {
        "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "size": 1,
        "digest": f"sha256:{word}",
    }
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {**layer, "mediaType": "application/vnd.docker.container.image.v1+json"},
            "layers": [layer],
        }
    )


def test_a_good_image_keeps_a_tag_of_its_own_when_its_tag_is_pushed_again(access: AwsAccess) -> None:
    ecr, name = access.client("ecr"), f"worker-{secrets.token_hex(4)}"
    url = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    assert keep_image(ecr, url, "0.1.0") == NO_IMAGE
    ecr.put_image(repositoryName=name, imageManifest=manifest("a" * 64), imageTag="0.1.0")
    kept = keep_image(ecr, url, "0.1.0")
    assert kept.tag.startswith("good-")
    assert keep_image(ecr, url, "0.1.0") == kept
    ecr.put_image(repositoryName=name, imageManifest=manifest("b" * 64), imageTag="0.1.0")
    moved = keep_image(ecr, url, "0.1.0")
    assert moved != kept
    assert has_image(ecr, url, kept.tag)
    assert not has_image(ecr, url, "good-nothing")


def test_a_repository_that_is_not_there_has_no_image(access: AwsAccess) -> None:
    assert keep_image(access.client("ecr"), "1.dkr.ecr.us-east-1.amazonaws.com/none", "0.1.0") == NO_IMAGE
