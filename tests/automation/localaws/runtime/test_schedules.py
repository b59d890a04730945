"""Rules that go off by the clock start functions: a process of its own for each, kept as long as nothing of it changes."""

import contextlib
import io
import json
import sys
import time
import zipfile
from pathlib import Path

import pytest

from automation.localaws.patches.invocations import ASKED
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environment import Cloud
from automation.localaws.runtime.function_process import FunctionFailed, FunctionLaunch, FunctionProcess
from automation.localaws.runtime.logs import CloudWatchStreams, LogPump
from automation.localaws.runtime.schedules import Schedules
from components.controller_permissions import ControllerResources, controller_policy
from tests.automation.localaws.runtime.places import REGION, OnEmbeddedAws, opened
from tests.contracts.test_scaling_ports import create_table
from worker.domain.controller_settings import ControllerSettings

ROOT = Path(__file__).parents[4]
NAME = "tick"
HANG_GUARD_SECONDS = 120
pytestmark = pytest.mark.slow


class Place(OnEmbeddedAws):
    """What a controller needs, on the embedded AWS."""

    table = NAME

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        sqs, self.ecs = self.client("sqs"), self.client("ecs")
        self.urls = [sqs.create_queue(QueueName=f"{NAME}-{lane}")["QueueUrl"] for lane in ("h", "n", "l")]
        create_table(self.client("dynamodb"), NAME)
        self.ecs.create_cluster(clusterName=NAME)
        self.ecs.register_task_definition(
            family=NAME, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
        )
        self.ecs.create_service(cluster=NAME, serviceName="fleet", taskDefinition=NAME, desiredCount=0)
        trust = '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}'
        role = self.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.client("iam").put_role_policy(
            RoleName=NAME, PolicyName="rights", PolicyDocument=json.dumps(controller_policy(self.resources()))
        )
        self.function = self.client("lambda").create_function(
            FunctionName=NAME,
            Runtime="python3.13",
            Handler="worker.controller.handler.handle",
            Role=role,
            Timeout=55,
            Code={"ZipFile": some_archive()},
            Environment={"Variables": self.settings(auto_stop_minutes=5).to_env()},
        )["FunctionArn"]
        self.events = self.client("events")
        self.events.put_rule(Name=NAME, ScheduleExpression="rate(1 minute)", State="ENABLED")
        self.events.put_targets(Rule=NAME, Targets=[{"Id": "it", "Arn": self.function}])

    def resources(self) -> ControllerResources:
        """What the controller touches here: it works with its own rights, which the embedded AWS judges."""
        prefix = f"{REGION}:123456789012"
        return ControllerResources(
            lane_arns=[f"arn:aws:sqs:{prefix}:{NAME}-{lane}" for lane in ("h", "n", "l")],
            service_arn=f"arn:aws:ecs:{prefix}:service/{NAME}/fleet",
            tasks_arn=f"arn:aws:ecs:{prefix}:task/{NAME}/*",
            table_arn=f"arn:aws:dynamodb:{prefix}:table/{NAME}",
            topic_arn=f"arn:aws:sns:{prefix}:{NAME}",
            alarm_arns=[f"arn:aws:cloudwatch:{prefix}:alarm:{NAME}-rescue-start"],
            log_group_arn=f"arn:aws:logs:{prefix}:log-group:{NAME}",
        )

    def settings(self, **changed) -> ControllerSettings:
        high, normal, low = self.urls
        return ControllerSettings(
            queue_url_high=high,
            queue_url_normal=normal,
            queue_url_low=low,
            ledger_table=NAME,
            cluster=NAME,
            service="fleet",
            **changed,
        )

    def desired(self) -> int:
        return self.ecs.describe_services(cluster=NAME, services=["fleet"])["services"][0]["desiredCount"]

    def remove(self) -> None:
        """moto's stores are this process's: what is left here would be followed by the agent of another test."""
        self.events.remove_targets(Rule=NAME, Ids=["it"])
        self.events.delete_rule(Name=NAME)
        self.ecs.delete_service(cluster=NAME, service="fleet", force=True)
        self.client("lambda").delete_function(FunctionName=NAME)
        self.client("dynamodb").delete_table(TableName=NAME)
        for url in self.urls:
            self.client("sqs").delete_queue(QueueUrl=url)
        self.client("iam").delete_role_policy(RoleName=NAME, PolicyName="rights")
        self.client("iam").delete_role(RoleName=NAME)


def some_archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("digest.txt", "one")
    return held.getvalue()


def wait_for(what) -> None:
    deadline = time.monotonic() + HANG_GUARD_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


@pytest.fixture
def place():
    with opened(Place) as made:
        yield made


@contextlib.contextmanager
def running(place: Place, folder: Path):
    cloud = Cloud(endpoint=place.endpoint, region=REGION)
    clients = Clients(cloud)
    schedules = Schedules(
        clients,
        cloud=cloud,
        logs=LogPump(CloudWatchStreams(clients)),
        places=(ROOT, folder),
        time_scale=0.1,
    )
    schedules.take_asked = ASKED.take
    schedules.start()
    try:
        yield
    finally:
        schedules.stop()


def test_the_schedule_runs_the_controller_which_scales_by_what_waits_and_takes_up_new_settings(
    place, tmp_path
):
    with running(place, tmp_path):
        wait_for(lambda: place.look().get("reason", {}).get("S") == "asleep")
        assert place.desired() == 0
        sqs = place.client("sqs")
        for url in place.urls:
            sqs.send_message(QueueUrl=url, MessageBody="job")
        wait_for(lambda: place.desired() > 0)
        for url in place.urls:
            sqs.purge_queue(QueueUrl=url)
        variables = place.settings(auto_stop_minutes=0, instances=3).to_env()
        place.client("lambda").update_function_configuration(
            FunctionName=NAME, Environment={"Variables": variables}
        )
        wait_for(lambda: place.desired() == 3)
        assert place.look()["minimum"]["N"] == "3"


def test_a_submission_has_the_controller_look_though_its_turn_is_far_away(place, tmp_path):
    place.events.put_rule(Name=NAME, ScheduleExpression="rate(1 day)", State="ENABLED")
    with running(place, tmp_path):
        wait_for(lambda: place.look().get("reason", {}).get("S") == "asleep")
        place.client("sqs").send_message(QueueUrl=place.urls[0], MessageBody="job")
        place.client("lambda").invoke(FunctionName=NAME, InvocationType="Event", Payload=b"{}")
        wait_for(lambda: place.desired() > 0)


def test_a_function_that_is_not_there_can_t_be_invoked(place):
    client = place.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="nobody", InvocationType="Event", Payload=b"{}")
    assert ASKED.take() == ()


@pytest.fixture
def function(tmp_path):
    (tmp_path / "module.py").write_text(
        "import time\n"
        "calls = []\n"
        "def handle(event, context):\n"
        "    print('printed')\n"
        "    calls.append(event)\n"
        "    if event == 'raise': raise ValueError('on purpose')\n"
        "    if event == 'hang': time.sleep(600)\n"
        "    return [len(calls), 0 < context.get_remaining_time_in_millis() <= 9000]\n"
    )
    launch = FunctionLaunch(
        handler="module.handle",
        environment={"PYTHONPATH": f"{ROOT}:{tmp_path}", "PATH": str(Path(sys.executable).parent)},
        directory=tmp_path,
        log=tmp_path / "function.log",
    )
    process = FunctionProcess(launch)
    yield process
    process.stop()


def test_a_function_keeps_its_process_tells_its_faults_and_is_ended_where_it_hangs(function, tmp_path):
    def invoke(event, patience_seconds: float = 60.0):
        return function.invoke(event, remaining_seconds=9.0, patience_seconds=patience_seconds)

    assert invoke("one") == [1, True]
    with pytest.raises(FunctionFailed, match="ValueError: on purpose"):
        invoke("raise")
    assert invoke("two") == [3, True]
    assert "printed" in (tmp_path / "function.log").read_text()
    with pytest.raises(FunctionFailed, match="timed out"):
        invoke("hang", patience_seconds=0.2)
    assert not function.is_alive
    with pytest.raises(FunctionFailed):
        invoke("three")
