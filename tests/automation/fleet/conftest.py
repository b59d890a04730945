"""A small fleet's stores on the embedded AWS, in this process; no workers: what they would do is done by hand."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from automation.fleet.access import AwsAccess
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.outputs import StackOutputs


@pytest.fixture(scope="session")
def access() -> Iterator[AwsAccess]:
    apply_patches()
    server = MotoServer()
    server.start()
    yield AwsAccess(region="us-east-1", endpoint=server.endpoint)
    server.stop()


@dataclass(frozen=True)
class Stores:
    access: AwsAccess
    outputs: StackOutputs


@pytest.fixture
def stores(access: AwsAccess) -> Iterator[Stores]:
    name = f"t{secrets.token_hex(4)}"
    sqs, s3, dynamodb, ecs = (access.client(service) for service in ("sqs", "s3", "dynamodb", "ecs"))
    urls = {
        lane: sqs.create_queue(QueueName=f"{name}-{lane}")["QueueUrl"]
        for lane in ("normal", "high", "low", "dlq")
    }
    s3.create_bucket(Bucket=f"{name}-results")
    texts = [{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk", "batch_id", "job_id")]
    dynamodb.create_table(
        TableName=f"{name}-ledger",
        AttributeDefinitions=texts,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_batch",
                "KeySchema": [
                    {"AttributeName": "batch_id", "KeyType": "HASH"},
                    {"AttributeName": "job_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    ecs.create_cluster(clusterName=name)
    revision = ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster=name, serviceName="fleet", taskDefinition=revision, desiredCount=0)
    outputs = StackOutputs(
        environment="test",
        region="us-east-1",
        account_id="123456789012",
        compute_type="ecs-fargate",
        instances=2,
        auto_stop_minutes=0,
        cluster_name=name,
        service_name="fleet",
        task_definition_arn=revision,
        queue_url=urls["normal"],
        queue_url_high=urls["high"],
        queue_url_low=urls["low"],
        dead_letter_queue_url=urls["dlq"],
        results_bucket=f"{name}-results",
        ledger_table=f"{name}-ledger",
        repository_url="repository",
        log_group_name="/logs",
        service_endpoints=(),
        model="builtin",
    )
    yield Stores(access=access, outputs=outputs)
    remove_service(ecs, name)


def remove_service(ecs: Any, cluster: str) -> None:
    """moto's stores are this process's: a service left here would be followed by the agent of another test."""
    with suppress(ecs.exceptions.ServiceNotFoundException, ecs.exceptions.ServiceNotActiveException):
        ecs.update_service(cluster=cluster, service="fleet", desiredCount=0)
        ecs.delete_service(cluster=cluster, service="fleet", force=True)
    for arn in ecs.list_tasks(cluster=cluster)["taskArns"]:
        ecs.stop_task(cluster=cluster, task=arn)
        ecs.submit_task_state_change(cluster=cluster, task=arn, status="STOPPED")
    ecs.delete_cluster(cluster=cluster)
