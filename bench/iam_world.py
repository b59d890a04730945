"""What the roles of a stack stand on, made in an embedded AWS of this process, and the sessions of those roles."""

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.builder_permissions import builder_trust
from components.compute_permissions import service_trust
from components.controller_permissions import ControllerResources
from components.ingress_permissions import IngressResources
from components.permissions import FunctionResources, WorkerResources, document, tasks_trust
from components.spending_permissions import SpendingResources, narrowing_policy, spending_policy
from tests.contracts.test_scaling_ports import create_table

ROLES = ("task", "execution", "function", "controller", "spending", "ingress", "builder")
ACCOUNT, REGION, NAME = "123456789012", "us-east-1", "iam"
LANES = ("high", "normal", "low")
RESCUES = ("start", "stop")
CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=20)


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def parameter_name() -> str:
    return f"/{NAME}/secret"


def forge_parameter_name() -> str:
    return f"/{NAME}/github-credentials"


FORGE_TOKEN = "token-of-the-matrix"


@dataclass(kw_only=True)
class World:
    """The resources, by name."""

    endpoint: str
    task: str = ""
    mappings: tuple[str, ...] = ()
    """Ids of what feeds a function from each lane."""

    def client(self, service: str, credentials: Mapping[str, str] | None = None) -> Any:
        return boto3.client(service, **self.options(credentials), config=CONFIG)

    def options(self, credentials: Mapping[str, str] | None = None) -> dict[str, str]:
        """What every client is made with; without credentials it is the deployer's."""
        session = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return {"endpoint_url": self.endpoint, "region_name": REGION, **session}

    def session(self, role: str) -> dict[str, str]:
        """Take a role, as ECS and Lambda do for what they start."""
        answer = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="matrix"
        )
        opened = answer["Credentials"]
        return {
            "aws_access_key_id": opened["AccessKeyId"],
            "aws_secret_access_key": opened["SecretAccessKey"],
            "aws_session_token": opened["SessionToken"],
        }

    def grant(self, role: str, document: Mapping[str, Any]) -> None:
        self.client("iam").put_role_policy(
            RoleName=role, PolicyName="rights", PolicyDocument=json.dumps(document)
        )

    def queue_url(self, lane: str) -> str:
        return f"{self.endpoint}/{ACCOUNT}/{NAME}-{lane}"

    @property
    def worker(self) -> WorkerResources:
        return WorkerResources(
            lane_arns=[arn("sqs", f"{NAME}-{lane}") for lane in LANES],
            dead_letter_arn=arn("sqs", f"{NAME}-dlq"),
            bucket_arn=f"arn:aws:s3:::{NAME}-results",
            table_arn=arn("dynamodb", f"table/{NAME}"),
            tasks_arn=arn("ecs", f"task/{NAME}/*"),
            forge_parameter_arn=arn("ssm", f"parameter{forge_parameter_name()}"),
        )

    @property
    def function(self) -> FunctionResources:
        return FunctionResources(worker=self.worker, log_group_arn=arn("logs", f"log-group:{NAME}"))

    @property
    def controller(self) -> ControllerResources:
        return ControllerResources(
            lane_arns=self.worker.lane_arns,
            service_arn=arn("ecs", f"service/{NAME}/fleet"),
            tasks_arn=self.worker.tasks_arn,
            table_arn=self.worker.table_arn,
            topic_arn=arn("sns", NAME),
            alarm_arns=[arn("cloudwatch", f"alarm:{NAME}-{it}") for it in RESCUES],
            log_group_arn=arn("logs", f"log-group:{NAME}"),
        )

    @property
    def spending(self) -> Mapping[str, Any]:
        """What the stack grants in two documents, as one."""
        resources = SpendingResources(
            table_arn=self.worker.table_arn,
            topic_arn=self.controller.topic_arn,
            log_group_arn=self.controller.log_group_arn,
        )
        feeds = [arn("lambda", f"event-source-mapping:{uuid}") for uuid in self.mappings]
        return document(*spending_policy(resources)["Statement"], *narrowing_policy(feeds)["Statement"])

    @property
    def ingress(self) -> IngressResources:
        return IngressResources(
            lane_arns=self.worker.lane_arns,
            bucket_arn=self.worker.bucket_arn,
            table_arn=self.worker.table_arn,
            log_group_arn=self.controller.log_group_arn,
            service_arn=self.controller.service_arn,
            controller_arn=arn("lambda", f"function:{NAME}"),
            parameter_arn=arn("ssm", f"parameter{parameter_name()}"),
        )


@contextlib.contextmanager
def open_world() -> Iterator[World]:
    """An embedded AWS with everything that the roles are about; it is gone afterwards."""
    apply_patches()
    server = MotoServer()
    server.start()
    world = World(endpoint=server.endpoint)
    try:
        _make_stores(world)
        world.task = _make_fleet(world)
        for role in ("task", "execution"):
            _make_role(world, role, tasks_trust(ACCOUNT))
        for role in ("function", "controller", "spending", "ingress"):
            _make_role(world, role, service_trust("lambda.amazonaws.com"))
        _make_role(world, "builder", builder_trust(region=REGION, account_id=ACCOUNT, project=NAME))
        _make_controller(world)
        world.mappings = _make_mappings(world)
        yield world
    finally:
        _unmake(world)
        server.stop()


def _make_role(world: World, name: str, trust: Mapping[str, Any]) -> None:
    world.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def _make_controller(world: World) -> None:
    """A function that ingress has look at the queue; nobody runs it here."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("nothing.py", "")
    world.client("lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="nothing.handle",
        Role=f"arn:aws:iam::{ACCOUNT}:role/controller",
        Code={"ZipFile": packed.getvalue()},
    )


def _make_mappings(world: World) -> tuple[str, ...]:
    """They are switched off: nobody delivers here."""
    client = world.client("lambda")
    return tuple(
        client.create_event_source_mapping(
            EventSourceArn=arn("sqs", f"{NAME}-{lane}"),
            FunctionName=arn("lambda", f"function:{NAME}"),
            Enabled=False,
        )["UUID"]
        for lane in LANES
    )


def _make_stores(world: World) -> None:
    sqs = world.client("sqs")
    for queue in (*LANES, "dlq"):
        sqs.create_queue(QueueName=f"{NAME}-{queue}")
    world.client("s3").create_bucket(Bucket=f"{NAME}-results")
    world.client("sns").create_topic(Name=NAME)
    for name, value in ((parameter_name(), "secret"), (forge_parameter_name(), FORGE_TOKEN)):
        world.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
    world.client("logs").create_log_group(logGroupName=NAME)
    world.client("ecr").create_repository(repositoryName=NAME)
    create_table(world.client("dynamodb"), NAME)


def _make_fleet(world: World) -> str:
    """A service and a task of it: only those can be protected."""
    ecs, ec2 = world.client("ecs"), world.client("ec2")
    ecs.create_cluster(clusterName=NAME)
    ecs.register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker", "memory": 128}],
    )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    how = {
        "cluster": NAME,
        "taskDefinition": NAME,
        "launchType": "FARGATE",
        "networkConfiguration": network,
    }
    service = ecs.create_service(serviceName="fleet", desiredCount=0, **how)["service"]
    deployment = service["deployments"][0]["id"]
    return str(ecs.run_task(group="service:fleet", startedBy=deployment, **how)["tasks"][0]["taskArn"])


def _unmake(world: World) -> None:
    """moto's stores are this process's: a service left here would be followed by the agent of another test."""
    ecs = world.client("ecs")
    ecs.delete_service(cluster=NAME, service="fleet", force=True)
    ecs.stop_task(cluster=NAME, task=world.task)
    ecs.delete_cluster(cluster=NAME)
    sqs = world.client("sqs")
    for queue in (*LANES, "dlq"):
        sqs.delete_queue(QueueUrl=world.queue_url(queue))
    s3 = world.client("s3")
    for item in s3.list_objects_v2(Bucket=f"{NAME}-results").get("Contents", ()):
        s3.delete_object(Bucket=f"{NAME}-results", Key=item["Key"])
    s3.delete_bucket(Bucket=f"{NAME}-results")
    for uuid in world.mappings:
        world.client("lambda").delete_event_source_mapping(UUID=uuid)
    world.client("lambda").delete_function(FunctionName=NAME)
    world.client("sns").delete_topic(TopicArn=arn("sns", NAME))
    world.client("logs").delete_log_group(logGroupName=NAME)
    world.client("ecr").delete_repository(repositoryName=NAME, force=True)
    world.client("dynamodb").delete_table(TableName=NAME)
    iam = world.client("iam")
    for name in (parameter_name(), forge_parameter_name()):
        world.client("ssm").delete_parameter(Name=name)
    for role in ROLES:
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
        iam.delete_role(RoleName=role)
