"""The provider under Pulumi's real engine; skipped where no CLI is at hand."""

import json
import os
import shutil
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation

from automation.localaws.provider_cloud import Clients

CACHE = Path(os.environ.get("DDF_CACHE_DIR", "~/.cache/deployer-ddf-mod-llm-models")).expanduser()
SECRET = "the-secret-word"


def _cli() -> str | None:
    found = shutil.which("pulumi")
    return found or next(
        (str(path) for path in sorted(CACHE.glob("pulumi/**/pulumi")) if path.is_file()), None
    )


pytestmark = [
    pytest.mark.slow,
    # moto leaves the temporary files of deleted objects to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(_cli() is None, reason="no Pulumi CLI here: `make setup`"),
]


def program(visibility=40, name="engine-queue", *, imports=False):
    def declare():
        queue = aws.sqs.Queue("queue", name=name, visibility_timeout_seconds=visibility, tags={"A": "b"})
        aws.sqs.QueuePolicy(
            "policy",
            queue_url=queue.id,
            policy=queue.arn.apply(
                lambda arn: json.dumps(
                    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn}]}
                )
            ),
        )
        aws.ssm.Parameter(
            "secret", name="/engine/secret", type="SecureString", value=pulumi.Output.secret(SECRET)
        )
        bucket = aws.s3.Bucket("bucket", bucket="engine-bucket", force_destroy=True)
        aws.s3.BucketVersioning(
            "versions", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}
        )
        if imports:
            aws.cloudwatch.LogGroup(
                "logs",
                name="/made/elsewhere",
                retention_in_days=7,
                opts=pulumi.ResourceOptions(import_="/made/elsewhere"),
            )
        pulumi.export("account", aws.get_caller_identity_output().account_id)
        pulumi.export("arn", queue.arn)

    return declare


@pytest.fixture
def stack(embedded, tmp_path):
    server, port = embedded
    environment = {
        "PATH": f"{Path(_cli()).parent}:{os.environ['PATH']}",
        "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    command = automation.PulumiCommand(str(_install_root(tmp_path)))
    project = tmp_path / "project"  # else the SDK makes a folder that nobody removes
    project.mkdir()
    options = automation.LocalWorkspaceOptions(
        work_dir=str(project), env_vars=environment, pulumi_command=command
    )
    stack = automation.create_stack("engine", project_name="engine", program=program(), opts=options)
    stack.set_config("aws:region", automation.ConfigValue("us-east-1"))
    stack.set_config("aws:defaultTags", automation.ConfigValue(json.dumps({"tags": {"Owner": "test"}})))
    yield stack, Clients(server.endpoint)
    stack.destroy()


def _install_root(folder: Path) -> Path:
    (folder / "cli" / "bin").mkdir(parents=True)
    (folder / "cli" / "bin" / "pulumi").symlink_to(_cli())
    return folder / "cli"


def changes(result) -> dict[str, int]:
    return {kind: count for kind, count in result.summary.resource_changes.items() if kind != "same"}


def test_a_stack_is_made_changed_healed_and_removed(stack, tmp_path):
    stack, clients = stack
    sqs, s3 = clients.get("sqs", "us-east-1"), clients.get("s3", "us-east-1")

    assert changes(stack.up()) == {"create": 6}
    assert changes(stack.up()) == {}
    assert changes(stack.refresh()) == {}
    assert changes(stack.up()) == {}
    assert stack.outputs()["account"].value == "123456789012"
    state = next(tmp_path.rglob("engine.json")).read_text()
    assert "/engine/secret" in state
    assert SECRET not in state

    stack.workspace.program = program(visibility=50)
    assert changes(stack.up()) == {"update": 1}
    url = sqs.get_queue_url(QueueName="engine-queue")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99"})
    assert changes(stack.refresh()) == {"update": 1}
    assert changes(stack.up()) == {"update": 1}
    assert (
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"]
        == "50"
    )

    stack.workspace.program = program(visibility=50, name="another-queue")
    assert changes(stack.up()) == {"replace": 2}
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="another-queue")["QueueUrl"])
    assert changes(stack.refresh()) == {"delete": 2}
    assert changes(stack.up()) == {"create": 2}

    s3.put_object(Bucket="engine-bucket", Key="k", Body=b"1")
    s3.put_object(Bucket="engine-bucket", Key="k", Body=b"2")
    stack.destroy()
    assert "engine-queue" not in str(sqs.list_queues().get("QueueUrls"))
    assert "engine-bucket" not in str(s3.list_buckets()["Buckets"])


def test_a_resource_made_elsewhere_is_imported(stack):
    stack, clients = stack
    logs = clients.get("logs", "us-east-1")
    logs.create_log_group(logGroupName="/made/elsewhere", tags={"Owner": "test"})
    logs.put_retention_policy(logGroupName="/made/elsewhere", retentionInDays=7)
    stack.workspace.program = program(imports=True)
    assert changes(stack.up()) == {"create": 6, "import": 1}
    assert changes(stack.up()) == {}


def test_a_type_beyond_the_table_fails_by_name(stack):
    stack, _clients = stack

    def declare():
        aws.rds.Instance("database", instance_class="db.t3.micro")

    with pytest.raises(automation.CommandError, match="aws:rds/instance:Instance is not in the embedded AWS"):
        stack.preview(program=declare)
