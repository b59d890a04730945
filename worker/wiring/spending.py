"""What keeps a fleet of functions within its budget is built with: AWS by botocore, which Lambda's runtime brings along."""

from dataclasses import dataclass

from botocore.session import get_session

from worker.adapters.aws_calls import CONFIG
from worker.adapters.cloudwatch_usage import CloudWatchUsage
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.lambda_intake import LambdaIntake
from worker.adapters.sns_announcer import SnsAnnouncer
from worker.adapters.tick_clock import MachineClock
from worker.domain.spending_settings import SpendingSettings
from worker.scaling_ports import Announcer, ControlRecords, Intake, TickClock, Usage

SERVICES = ("cloudwatch", "dynamodb", "lambda", "sns")


@dataclass(frozen=True, kw_only=True)
class SpendingPorts:
    """What it sees of the world."""

    intake: Intake
    usage: Usage
    records: ControlRecords
    announcer: Announcer
    clock: TickClock


def build_spending_ports(settings: SpendingSettings) -> SpendingPorts:
    """Open the clients; region, credentials and endpoint are botocore's own."""
    session = get_session()
    clients = {name: session.create_client(name, config=CONFIG) for name in SERVICES}
    return SpendingPorts(
        intake=LambdaIntake(client=clients["lambda"], function_arn=settings.function_arn),
        usage=CloudWatchUsage(client=clients["cloudwatch"], function=settings.function_name),
        records=DynamoDbControl(client=clients["dynamodb"], table=settings.ledger_table),
        announcer=SnsAnnouncer(client=clients["sns"], topic_arn=settings.alarm_topic_arn),
        clock=MachineClock(),
    )
