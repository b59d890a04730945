"""What ingress is built with: AWS by botocore, which Lambda's runtime brings along."""

from dataclasses import dataclass

from botocore.config import Config
from botocore.session import get_session

from worker.adapters.aws_book import AwsBook
from worker.adapters.aws_calls import CONFIG
from worker.adapters.aws_requests import AwsRequests
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_receipts import DynamoDbRates, DynamoDbReceipts
from worker.adapters.dynamodb_wishes import WishesKeeper
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.ecs_starter import EcsStarter, SelfStarting
from worker.adapters.lambda_look import LambdaLook
from worker.adapters.ssm_secrets import SsmSecrets
from worker.adapters.tick_clock import MachineClock
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job import Lane
from worker.ingress_ports import Book, IngressClock, Rates, Receipts, Requests, Secrets, Starter

SERVICES = ("dynamodb", "ecs", "s3", "sqs", "ssm")
SOON = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "max_attempts": 1})
"""For what may as well not happen: who handed in work waits for its answer."""


@dataclass(frozen=True, kw_only=True)
class IngressPorts:
    """What ingress sees of the world."""

    receipts: Receipts
    requests: Requests
    book: Book
    rates: Rates
    starter: Starter
    secrets: Secrets
    clock: IngressClock


def build_ingress_ports(settings: IngressSettings) -> IngressPorts:
    """Open the clients; region, credentials and endpoint are botocore's own."""
    session = get_session()
    clients = {name: session.create_client(name, config=CONFIG) for name in SERVICES}
    dynamodb, table, bucket = clients["dynamodb"], settings.ledger_table, settings.results_bucket
    clock = MachineClock()
    fleet = EcsFleet(client=clients["ecs"], cluster=settings.cluster, service=settings.service)
    records = DynamoDbControl(client=dynamodb, table=table)
    lanes = {
        Lane.HIGH: settings.queue_url_high,
        Lane.NORMAL: settings.queue_url_normal,
        Lane.LOW: settings.queue_url_low,
    }
    return IngressPorts(
        receipts=DynamoDbReceipts(client=dynamodb, table=table),
        requests=AwsRequests(
            clients=clients,
            bucket=bucket,
            table=table,
            lanes=lanes,
            has_controller=bool(settings.controller),
        ),
        book=AwsBook(clients=clients, bucket=bucket, table=table),
        rates=DynamoDbRates(client=dynamodb, table=table, requests_a_minute=settings.requests_a_minute),
        starter=EcsStarter(
            fleet=fleet,
            records=records,
            keep=WishesKeeper(client=dynamodb, table=table).keep,
            instances=settings.instances,
            look=LambdaLook(
                client=session.create_client("lambda", config=CONFIG.merge(SOON)),
                function=settings.controller,
            ).ask,
        )
        if settings.cluster
        else SelfStarting(),
        secrets=SsmSecrets(client=clients["ssm"], parameter=settings.webhook_secret_parameter, now=clock.now),
        clock=clock,
    )
