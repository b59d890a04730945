"""The whole system on one machine, as a user sees it: deploy, work, look, destroy."""

import json
import subprocess
from pathlib import Path

import pytest

from components.naming import PROJECT
from tests.local.conftest import LocalProduct

pytestmark = [pytest.mark.slow, pytest.mark.acceptance, pytest.mark.timeout(600)]
PREFIX = f"{PROJECT}-local"
EXPECTED_TYPES = {
    "aws:ec2/vpc:Vpc",
    "aws:sqs/queue:Queue",
    "aws:s3/bucket:Bucket",
    "aws:dynamodb/table:Table",
}


def test_a_dry_run_shows_the_plan_and_makes_nothing(product: LocalProduct) -> None:
    before = (product.root / "Pulumi.local.yaml").read_text()
    planned = product.json("deploy", "--dry-run", "--instances", "3")
    assert planned["counts"]["create"] > 40
    assert product.client("sqs").list_queues().get("QueueUrls", []) == []
    assert (product.root / "Pulumi.local.yaml").read_text() == before
    product.run("status", expect=6)  # not even an empty stack is left by it


def test_a_deploy_makes_everything_and_ends_healthy(product: LocalProduct) -> None:
    done = product.json("deploy", "--yes")
    assert done["counts"]["create"] > 40
    assert [check["name"] for check in done["health"] if not check["is_ok"]] == []
    names = " ".join(check["name"] for check in done["health"])
    for part in ("/health", "/api/tags", "/api/generate", "job through the queue"):
        assert part in names


def test_a_second_deploy_changes_nothing(product: LocalProduct) -> None:
    assert set(product.json("deploy", "--yes")["counts"]) == {"same"}


def test_an_option_takes_effect_and_is_written_to_the_stack_file_with_its_comments_kept(
    product: LocalProduct,
) -> None:
    path = product.root / "Pulumi.local.yaml"
    before = path.read_text()
    product.json("deploy", "--yes", "--instances", "3")
    assert product.json("status")["running"] == 3
    assert path.read_text() == before.replace('instances: "2"', 'instances: "3"')
    product.json("deploy", "--yes", "--instances", "2")
    assert path.read_text() == before


def test_any_tool_sees_the_same_world(product: LocalProduct) -> None:
    queues = {url.rsplit("/", 1)[-1] for url in product.client("sqs").list_queues()["QueueUrls"]}
    assert queues == {f"{PREFIX}-queue{suffix}" for suffix in ("", "-high", "-low", "-dlq")}
    assert any(
        bucket["Name"].startswith(f"{PREFIX}-results")
        for bucket in product.client("s3").list_buckets()["Buckets"]
    )
    assert product.client("dynamodb").list_tables()["TableNames"] == [f"{PREFIX}-ledger"]
    service = product.client("ecs").describe_services(cluster=PREFIX, services=[PROJECT])["services"][0]
    assert (service["desiredCount"], service["runningCount"]) == (2, 2)


def test_plain_pulumi_acts_on_the_same_stack(product: LocalProduct) -> None:
    state = json.loads(product.pulumi("stack", "export", "-s", "local").stdout)
    types = {resource["type"] for resource in state["deployment"]["resources"]}
    assert types >= EXPECTED_TYPES
    assert "same" not in product.pulumi("preview", "-s", "local", "--expect-no-changes").stderr
    product.pulumi("refresh", "-s", "local", "--yes", "--skip-preview", "--expect-no-changes")
    product.pulumi("up", "-s", "local", "--yes", "--skip-preview", "--expect-no-changes")


def test_code_goes_in_and_proven_tests_come_out(product: LocalProduct, tmp_path: Path) -> None:
    python = tmp_path / "clamp.py"
    python.write_text(
        "def clamp(value, low, high):\n    if value < low:\n        return low\n    return min(value, high)\n"
    )
    script = tmp_path / "sign.js"
    script.write_text("function sign(x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }\nmodule.exports = { sign };\n")
    message = product.client("sqs").send_message(
        QueueUrl=product.json("outputs")["QueueUrl"],
        MessageBody='{"type":"test","code":"function add(a,b){return a+b;}","language":"javascript"}',
    )["MessageId"]
    sent = product.json("submit", str(python), str(script))
    written = tmp_path / "written"
    seen = product.json("results", "--batch", sent["batch_id"], message, "--watch", "--write", str(written))
    assert {job["status"] for job in seen["jobs"]} == {"succeeded"}
    for job in seen["jobs"]:
        assert job["result"]["tests"]
        assert job["result"]["mutation_score"] > 0.5
    assert len(seen["written"]) == 3
    for one in seen["written"]:  # the plain runner, on the files as they lie there
        done = subprocess.run(one["command"], cwd=one["folder"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_proved_once_is_remembered_and_engines_shows_what_each_achieved(
    product: LocalProduct, tmp_path: Path
) -> None:
    source = tmp_path / "double.py"
    source.write_text("def double(value):\n    return value * 2\n")
    remembered = []
    for _ in range(2):
        batch_id = product.json("submit", str(source))["batch_id"]
        (job,) = product.json("results", "--batch", batch_id, "--watch")["jobs"]
        assert job["status"] == "succeeded"
        remembered.append(job["result"]["is_remembered"])
    assert remembered == [False, True]
    seen = product.json("engines")
    (arm,) = [arm for arm in seen["arms"] if arm["job_class"] == "python/small"]
    assert arm["arm"].startswith("builtin/")
    assert 1 <= arm["kept"] <= arm["tried"]
    (memory,) = [memory for memory in seen["memory"] if memory["job_class"] == "python/small"]
    assert memory["hits"] >= 1
    assert "builtin/" in product.run("engines").stdout


def test_the_fleet_is_scaled_stopped_woken_and_restarted(product: LocalProduct) -> None:
    assert product.json("scale", "1")["running"] == 1
    assert product.json("stop")["running"] == 0
    assert product.json("start")["running"] == 2
    before = {worker["task_id"] for worker in product.json("status")["workers"]}
    after = {worker["task_id"] for worker in product.json("restart")["workers"]}
    assert len(after) == 2
    assert not before & after


def test_the_logs_tell_what_the_workers_did(product: LocalProduct) -> None:
    lines = [json.loads(line) for line in product.run("logs", "--since", "30", "--json").stdout.splitlines()]
    assert lines
    assert all({"at_milliseconds", "stream", "text"} == set(line) for line in lines)


def test_nothing_is_left_after_a_destroy(product: LocalProduct) -> None:
    done = product.json("destroy", "--yes")
    assert done["deleted"] > 40
    assert (done["leftovers"], done["unscanned"]) == ([], [])
    tagged = product.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "Project", "Values": [PROJECT]}]
    )
    arns = [entry["ResourceARN"] for entry in tagged["ResourceTagMappingList"]]
    assert [
        arn for arn in arns if ":ecs:" not in arn
    ] == []  # inactive clusters and revisions remain as records, as on AWS
    assert product.client("iam").list_roles()["Roles"] == []
    assert [one for one in product.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]] == []


def test_a_second_destroy_has_nothing_to_do_and_says_so(product: LocalProduct) -> None:
    assert product.json("destroy", "--yes")["deleted"] == 0


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_stacks_of_aws_are_previewed_without_an_account(product: LocalProduct, environment: str) -> None:
    before = (product.root / f"Pulumi.{environment}.yaml").read_text()
    assert product.json("preview", "--env", environment, "--offline")["counts"]["create"] > 40
    assert (product.root / f"Pulumi.{environment}.yaml").read_text() == before
