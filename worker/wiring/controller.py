"""What the controller is built with: AWS by botocore, which Lambda's runtime brings along."""

from dataclasses import dataclass

from botocore.session import get_session

from worker.adapters.aws_calls import CONFIG
from worker.adapters.cloudwatch_rescue import CloudWatchRescue
from worker.adapters.dynamodb_activity import DynamoDbActivity
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_later import DynamoDbLater
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.sns_announcer import SnsAnnouncer
from worker.adapters.sqs_lanes import SqsLanes
from worker.adapters.sqs_sender import SqsSender
from worker.adapters.tick_clock import MachineClock
from worker.domain.controller_settings import ControllerSettings
from worker.scaling_ports import (
    Activity,
    Announcer,
    ControlRecords,
    FleetService,
    Lanes,
    Later,
    Rescue,
    Sender,
    TickClock,
)

SERVICES = ("cloudwatch", "dynamodb", "ecs", "sns", "sqs")


@dataclass(frozen=True, kw_only=True)
class ControllerPorts:
    """What the controller sees of the world."""

    lanes: Lanes
    fleet: FleetService
    records: ControlRecords
    activity: Activity
    announcer: Announcer
    rescue: Rescue
    later: Later
    sender: Sender
    clock: TickClock


def build_controller_ports(settings: ControllerSettings) -> ControllerPorts:
    """Open the clients; region, credentials and endpoint are botocore's own."""
    session = get_session()
    clients = {name: session.create_client(name, config=CONFIG) for name in SERVICES}
    return ControllerPorts(
        lanes=SqsLanes(client=clients["sqs"], urls=settings.queue_urls),
        fleet=EcsFleet(client=clients["ecs"], cluster=settings.cluster, service=settings.service),
        records=DynamoDbControl(client=clients["dynamodb"], table=settings.ledger_table),
        activity=DynamoDbActivity(client=clients["dynamodb"], table=settings.ledger_table),
        announcer=SnsAnnouncer(client=clients["sns"], topic_arn=settings.alarm_topic_arn),
        rescue=CloudWatchRescue(
            client=clients["cloudwatch"],
            start_alarm=settings.rescue_start_alarm,
            stop_alarm=settings.rescue_stop_alarm,
        ),
        later=DynamoDbLater(client=clients["dynamodb"], table=settings.ledger_table),
        sender=SqsSender(client=clients["sqs"], urls=settings.lane_urls),
        clock=MachineClock(),
    )
