"""The agent on the embedded AWS itself, with a tiny HTTP server in the worker's place; looked at through boto3 alone."""

import json
import os
import signal
import sys
import time
import urllib.request

import pytest

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.runtime.agent import Agent, AgentOptions
from automation.localaws.runtime.clients import Clients, NotLoopback
from automation.localaws.runtime.environment import Cloud
from automation.localaws.runtime.services import UNHEALTHY_REASON
from tests.automation.localaws.clouds import Cloud as Asked

REGION = "us-east-1"
SERVER = """
import http.server, os
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["DDF_WORKER_ID"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
print("hello from", os.environ["ECS_TASK_ARN"], os.environ.get("COLOUR"), flush=True)
address = os.environ["DDF_GATEWAY_HOST"], int(os.environ["DDF_GATEWAY_PORT"])
http.server.ThreadingHTTPServer(address, Answers).serve_forever()
"""
COMMANDS = {
    "server": [sys.executable, "-c", SERVER],
    "crash": [sys.executable, "-c", "raise SystemExit(3)"],
}
pytestmark = pytest.mark.slow


class Fleet:
    """A cluster with one service, and what a person could see of it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.ecs = self.client("ecs")
        self.logs = self.client("logs")
        self.network = self._network()
        self.logs.create_log_group(logGroupName="/fleet")
        self.registry = self._registry()
        self.ecs.create_cluster(clusterName="fleet")

    def client(self, service):
        return Asked(endpoint=self.endpoint).client(service)

    def _network(self):
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        return {"awsvpcConfiguration": {"subnets": [subnet]}}

    def _registry(self):
        discovery = self.client("servicediscovery")
        discovery.create_private_dns_namespace(Name="fleet.local", Vpc=self.vpc)
        namespace = discovery.list_namespaces()["Namespaces"][0]["Id"]
        records = {"DnsRecords": [{"Type": "SRV", "TTL": 10}]}
        return discovery.create_service(Name="gateway", NamespaceId=namespace, DnsConfig=records)["Service"]

    def define(self, name="server", colour="red", image=None):
        container = {
            "name": name,
            "image": image or f"registry/{name}:1",
            "portMappings": [{"containerPort": 8080}],
            "environment": [{"name": "COLOUR", "value": colour}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 5},
            "stopTimeout": 5,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/fleet",
                    "awslogs-stream-prefix": "web",
                    "awslogs-region": REGION,
                },
            },
        }
        answer = self.ecs.register_task_definition(
            family="web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def create(self, *, count):
        self.ecs.create_service(
            cluster="fleet",
            serviceName="web",
            taskDefinition=self.define(),
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration=self.network,
            serviceRegistries=[{"registryArn": self.registry["Arn"]}],
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )

    def update(self, **changes):
        self.ecs.update_service(cluster="fleet", service="web", **changes)

    def service(self):
        return self.ecs.describe_services(cluster="fleet", services=["web"])["services"][0]

    def tasks(self, status="RUNNING"):
        arns = self.ecs.list_tasks(cluster="fleet", serviceName="web", desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster="fleet", tasks=arns)["tasks"] if arns else []

    def local_tasks(self):
        with urllib.request.urlopen(f"{self.endpoint}/_localaws/tasks") as answer:
            return json.load(answer)

    def serving(self):
        return [task for task in self.local_tasks() if task["is_answering"] and task["status"] == "RUNNING"]

    def until(self, is_so, *, within_seconds=60):
        deadline = time.monotonic() + within_seconds
        while not is_so():
            assert time.monotonic() < deadline, (self.local_tasks(), self.service())
            time.sleep(0.05)

    def settled(self, count):
        service = self.service()
        return len(self.serving()) == len(self.local_tasks()) == service["runningCount"] == count and [
            entry["rolloutState"] for entry in service["deployments"]
        ] == ["COMPLETED"]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    apply_patches()
    server = MotoServer()
    server.start()
    options = AgentOptions(commands=COMMANDS, time_scale=0.2)
    agent = Agent(
        endpoint=server.endpoint, region=REGION, state_dir=tmp_path_factory.mktemp("state"), options=options
    )
    server.mount("/_localaws/tasks", agent.tasks_view)
    server.mount("/_aws/execute-api/", agent.front_door)
    agent.start()
    try:
        fleet = Fleet(server.endpoint)
        fleet.create(count=2)
        fleet.until(lambda: fleet.settled(2))
        yield fleet
    finally:
        agent.stop()
        server.stop()


@pytest.fixture
def settled(fleet):
    """Each test starts from two tasks of a good revision."""
    fleet.update(desiredCount=2)
    fleet.until(lambda: fleet.settled(2))
    return fleet


def test_each_desired_task_is_a_process_that_says_hello_in_cloudwatch_logs(settled):
    assert len({task["pid"] for task in settled.local_tasks()}) == 2
    task = settled.tasks()[0]
    stream = f"web/server/{task['taskArn'].rsplit('/', 1)[-1]}"

    def lines():
        events = settled.logs.get_log_events(logGroupName="/fleet", logStreamName=stream)["events"]
        return "".join(event["message"] for event in events)

    settled.until(lambda: f"hello from {task['taskArn']} red" in lines())


def test_a_killed_task_is_told_with_its_exit_code_and_replaced(settled):
    victim = settled.local_tasks()[0]
    os.kill(victim["pid"], signal.SIGKILL)
    settled.until(lambda: victim["arn"] in [task["taskArn"] for task in settled.tasks("STOPPED")])
    (record,) = [task for task in settled.tasks("STOPPED") if task["taskArn"] == victim["arn"]]
    assert record["containers"][0]["exitCode"] == 137
    # Whichever is seen first: that it is gone, or that it no longer answers.
    assert record["stoppedReason"] in {"Essential container in task exited", UNHEALTHY_REASON}
    settled.until(lambda: settled.settled(2))


def test_the_desired_count_is_followed_both_ways(settled):
    settled.update(desiredCount=3)
    settled.until(lambda: settled.settled(3))
    settled.update(desiredCount=0)
    settled.until(lambda: settled.settled(0))


def test_a_new_revision_replaces_all_tasks_and_some_task_always_answers(settled):
    revision = settled.define(colour="blue")
    settled.update(taskDefinition=revision)
    least = [2]

    def is_over():
        least.append(len(settled.serving()))
        return settled.settled(2) and {task["task_definition"] for task in settled.local_tasks()} == {
            revision
        }

    settled.until(is_over)
    assert min(least) >= 2


@pytest.mark.parametrize("broken", [{"name": "crash"}, {"name": "unknown", "image": "ollama/ollama:0.6"}])
def test_a_broken_revision_rolls_back_and_its_reason_can_be_read(settled, broken):
    good = settled.service()["taskDefinition"]
    bad = settled.define(**broken)
    settled.update(taskDefinition=bad)
    settled.until(lambda: settled.service()["taskDefinition"] == good and settled.settled(2))
    reasons = [task["stoppedReason"] for task in settled.tasks("STOPPED") if task["taskDefinitionArn"] == bad]
    expected = "image ollama/ollama:0.6 has no local command" if "image" in broken else "Essential container"
    told = [reason for reason in reasons if expected in reason]
    # On a busy machine a process may not even have begun when its health is given up, and what the rollback stops has not failed.
    others = [reason for reason in reasons if reason not in told and reason != UNHEALTHY_REASON]
    assert told, reasons
    assert len(reasons) >= 3
    assert all(reason.startswith("Scaling activity") for reason in others), others
    events = " ".join(event["message"] for event in settled.service()["events"])
    assert expected in events


def test_tasks_are_found_in_cloud_map_and_through_the_front_door(settled):
    gateway = settled.client("apigatewayv2")
    api = gateway.create_api(Name="fleet", ProtocolType="HTTP")["ApiId"]
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=settled.registry["Arn"],
        ConnectionType="VPC_LINK",
        PayloadFormatVersion="1.0",
    )
    target = f"integrations/{integration['IntegrationId']}"
    gateway.create_route(ApiId=api, RouteKey="GET /health", Target=target)
    url = f"{settled.endpoint}/_aws/execute-api/{api}/health"
    answers = set()
    for _ in range(4):
        with urllib.request.urlopen(url) as answer:
            answers.add(answer.read().decode())
    assert answers == {task["arn"].rsplit("/", 1)[-1][:8] for task in settled.local_tasks()}
    instances = settled.client("servicediscovery").list_instances(ServiceId=settled.registry["Id"])[
        "Instances"
    ]
    ports = {int(instance["Attributes"]["AWS_INSTANCE_PORT"]) for instance in instances}
    assert ports == {task["port"] for task in settled.local_tasks()}


def test_a_task_run_by_hand_runs_once(settled):
    task = settled.ecs.run_task(
        cluster="fleet",
        taskDefinition=settled.define(name="crash"),
        launchType="FARGATE",
        networkConfiguration=settled.network,
    )["tasks"][0]

    def record():
        return settled.ecs.describe_tasks(cluster="fleet", tasks=[task["taskArn"]])["tasks"][0]

    settled.until(lambda: record()["lastStatus"] == "STOPPED")
    assert record()["containers"][0]["exitCode"] == 3


def test_the_agent_refuses_a_cloud_that_is_not_on_this_machine():
    with pytest.raises(NotLoopback):
        Clients(Cloud(endpoint="https://ecs.us-east-1.amazonaws.com", region=REGION))
