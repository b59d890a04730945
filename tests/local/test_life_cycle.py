"""The life of a stack as one story: interrupted, recovered, drifted, gone wrong, rolled back, protected, taken down.

One deployment serves all of it, in this order: a stack of its own for each would cost minutes.
"""

import json
import shutil
import time
from typing import Any

import pytest

from components.naming import PROJECT
from tests.local.conftest import LocalProduct
from tests.local.test_faults_of_the_driver import kill_tree

pytestmark = [pytest.mark.slow, pytest.mark.acceptance, pytest.mark.timeout(900)]
QUEUE = f"{PROJECT}-local-queue"


def state_of(product: LocalProduct) -> dict[str, Any]:
    path = product.root / f".ddf/local/pulumi-state/.pulumi/stacks/{PROJECT}/local.json"
    try:
        latest = json.loads(path.read_text())["checkpoint"]["latest"]
    except (OSError, ValueError, KeyError):
        return {}
    return latest or {}


def test_what_a_killed_deploy_made_is_found_and_imported_and_nothing_is_orphaned(
    product: LocalProduct,
) -> None:
    with product.start("deploy", "--yes") as running:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            state = state_of(product)
            if len(state.get("resources", [])) >= 25 and state.get("pending_operations"):
                break
            time.sleep(0.002)
        else:
            pytest.fail("the deployment made nothing")
        kill_tree(running.pid)
        running.communicate(timeout=60)
    pending = len(state_of(product).get("pending_operations") or [])
    shown = product.json("recover", "--dry-run")
    assert len(shown["settled"]) == pending
    done = product.json("recover")
    assert done["pending"] == []
    assert {one["settlement"] for one in done["settled"]} <= {"import", "clear", "read"}
    assert product.json("recover")["settled"] == []
    deployed = product.json("deploy", "--yes")
    assert all(check["is_ok"] for check in deployed["health"])


def test_drift_is_told_property_by_property_and_neither_cloud_nor_state_is_touched(
    product: LocalProduct,
) -> None:
    assert product.json("drift")["drifted"] == []
    sqs = product.client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    before = state_of(product)
    (found,) = product.json("drift", expect=7)["drifted"]
    assert found["properties"] == [
        {"path": "visibilityTimeoutSeconds", "kind": "update", "deployed": 30, "found": 77}
    ]
    assert state_of(product) == before
    assert "visibilityTimeoutSeconds" in product.run("drift", expect=7).stdout
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})


@pytest.mark.skipif(
    shutil.which("bwrap") is not None, reason="workers would start: bubblewrap, which is asked for, is here"
)
@pytest.mark.nightly
def test_a_deployment_whose_workers_do_not_start_goes_back_to_the_last_good_one(
    product: LocalProduct,
) -> None:
    path = product.root / "Pulumi.local.yaml"
    good = path.read_text()
    (kept,) = product.json("rollback", "--list")
    path.write_text(good.replace("config:\n", f"config:\n  {PROJECT}:sandbox: bubblewrap\n", 1))
    try:
        done = product.json("deploy", "--yes", expect=1)
    finally:
        path.write_text(good)
    assert done["rolled_back_to"] == kept["at"]
    deadline = time.monotonic() + 120
    while (status := product.json("status"))["running"] != status["desired"]:  # the last of the bad ones go
        assert time.monotonic() < deadline, status
    assert status["runs_deployed_revision"]
    assert status["desired"] == 2


def test_a_lock_is_only_taken_from_an_owner_that_is_gone(product: LocalProduct) -> None:
    folder = product.root / f".ddf/local/pulumi-state/.pulumi/locks/organization/{PROJECT}/local"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "another.json"
    fields = {"pid": 1, "username": "ada", "hostname": "build-7", "timestamp": "2026-11-22T21:00:00Z"}
    lock.write_text(json.dumps(fields))
    refused = product.run("unlock", expect=4)
    assert "ada" in refused.stderr
    assert "build-7" in refused.stderr
    assert lock.exists()
    (removed,) = product.json("unlock", "--force", "--yes")["removed"]
    assert (removed["owner"], removed["process"]) == ("ada", "unknown")
    assert not lock.exists()


def test_a_protected_stack_is_only_destroyed_by_its_name(product: LocalProduct) -> None:
    names = product.json("protect")["protected"]
    assert "ledger-table" in names
    assert f'{PROJECT}:protect: "true"' in (product.root / "Pulumi.local.yaml").read_text()
    refused = product.run("destroy", "--yes", expect=2)
    assert "--confirm local" in refused.stderr
    assert product.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    bucket = product.client("s3").list_buckets()["Buckets"][0]["Name"]
    product.client("s3").put_object(Bucket=bucket, Key="left/behind", Body=b"1")
    done = product.json("destroy", "--confirm", "local", "--yes")
    assert done["leftovers"] == []
    assert done["deleted"] > 40


def test_what_is_left_is_told_with_its_price_and_purged_where_asked(product: LocalProduct) -> None:
    product.client("sqs").create_queue(QueueName=f"{QUEUE}-stray")
    (left,) = product.json("destroy", "--yes", expect=9)["leftovers"]
    assert left["monthly_usd"] == 0.0
    purged = product.json("destroy", "--yes", "--purge")
    assert (len(purged["purged"]), purged["leftovers"]) == (1, [])
