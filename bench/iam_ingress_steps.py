"""What the ingress function does with its role: take requests, hand in their jobs, answer for them, start the fleet."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench.iam_steps import NOW, Step, a_job, check, in_step, write_log
from bench.iam_world import NAME, World, parameter_name
from worker.adapters.aws_book import AwsBook
from worker.adapters.aws_requests import AwsRequests
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_receipts import DynamoDbRates, DynamoDbReceipts
from worker.adapters.dynamodb_wishes import WishesKeeper
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.ecs_starter import EcsStarter
from worker.adapters.lambda_look import LambdaLook
from worker.adapters.ssm_secrets import SsmSecrets
from worker.domain.fleet_control import Hold, Wishes
from worker.domain.ingress_schema import Receipt
from worker.domain.job import Lane


async def ingress_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A request's way through ingress."""
    clients = {
        service: world.client(service, credentials)
        for service in ("sqs", "s3", "dynamodb", "ecs", "ssm", "logs", "lambda")
    }
    secrets = SsmSecrets(client=clients["ssm"], parameter=parameter_name(), now=lambda: NOW)
    yield "read the webhook's secret", in_step(secrets.webhook_secrets)
    rates = DynamoDbRates(client=clients["dynamodb"], table=NAME, requests_a_minute=60)
    yield "bound a caller's rate", in_step(lambda: rates.wait_seconds(uuid4().hex, datetime.now(UTC)))
    receipts = DynamoDbReceipts(client=clients["dynamodb"], table=NAME)
    yield "take a request once", in_step(lambda: _receipt(receipts))
    urls = {lane: world.queue_url(lane.value) for lane in Lane}
    for lane, url in urls.items():
        alone = AwsRequests(
            clients=clients, bucket=f"{NAME}-results", table=NAME, lanes=dict.fromkeys(Lane, url)
        )
        yield f"send to lane {lane.value}", in_step(lambda alone=alone: alone.send(a_job()))
    requests = AwsRequests(clients=clients, bucket=f"{NAME}-results", table=NAME, lanes=urls)
    yield "store a job's request", in_step(lambda: _request(requests))
    far = AwsRequests(clients=clients, bucket=f"{NAME}-results", table=NAME, lanes=urls, has_controller=True)
    yield (
        "keep a job for later",
        in_step(lambda: far.send(replace(a_job(), not_before=datetime.now(UTC) + timedelta(hours=1)))),
    )
    yield (
        "write jobs and their batch",
        in_step(lambda: requests.record([a_job(f"b-{uuid4().hex}")], "label", NOW)),
    )
    book = AwsBook(clients=clients, bucket=f"{NAME}-results", table=NAME)
    yield "look at a job and call it off", in_step(lambda: _call_off(requests, book))
    yield "notice that there is no result yet", in_step(lambda: _no_result(book))
    yield "fetch a result", in_step(lambda: _result(world, book))
    yield "start the fleet", in_step(lambda: _start(world, clients))
    yield "have the controller look", in_step(lambda: _look(clients))
    yield "Lambda writes the log", in_step(lambda: write_log(clients["logs"]))


def _receipt(receipts: DynamoDbReceipts) -> None:
    receipt = Receipt(receipt_id=uuid4().hex, digest="d", job_ids=("j",), label="l", opened_at=NOW)
    check(is_right=receipts.open(receipt), what="it is not opened")
    check(is_right=receipts.find(receipt.receipt_id) == receipt, what="it is not found")
    left = receipts.left_open(before=NOW + timedelta(minutes=1), limit=1000)
    check(is_right=receipt in left, what="it does not stand among the open ones")
    receipts.close(receipt, NOW)
    check(
        is_right=receipts.find(receipt.receipt_id) == replace(receipt, is_closed=True),
        what="it is not closed",
    )


def _request(requests: AwsRequests) -> None:
    job = a_job()
    requests.store(job)
    check(is_right=requests.stored(job.job_id) is not None, what="it is not stored")


def _call_off(requests: AwsRequests, book: AwsBook) -> None:
    job = a_job(f"b-{uuid4().hex}")
    requests.record([job], "label", NOW)
    view = book.job(job.job_id)
    check(is_right=view is not None, what="it is not there")
    if view is not None:
        book.call_off(view, NOW)


def _no_result(book: AwsBook) -> None:
    check(is_right=book.result(uuid4().hex, most_bytes=1000) is None, what="something is there")


def _result(world: World, book: AwsBook) -> None:
    job = a_job()
    world.client("s3").put_object(Bucket=f"{NAME}-results", Key=job.result_key, Body=b"{}")
    check(is_right=book.result(job.job_id, most_bytes=1000) is not None, what="it is not there")


def _start(world: World, clients: Mapping[str, object]) -> None:
    """From a stop that somebody asked for, which a submission ends."""
    admin = WishesKeeper(client=world.client("dynamodb"), table=NAME)
    admin.keep(Wishes(hold=Hold(desired=0, why="stopped", by="ann", since=NOW, until=None)))
    world.client("ecs").update_service(cluster=NAME, service="fleet", desiredCount=0)
    starter = EcsStarter(
        fleet=EcsFleet(client=clients["ecs"], cluster=NAME, service="fleet"),
        records=DynamoDbControl(client=clients["dynamodb"], table=NAME),
        keep=WishesKeeper(client=clients["dynamodb"], table=NAME).keep,
        instances=1,
        look=lambda: None,
    )
    starter.wake(datetime.now(UTC))
    world.client("ecs").update_service(cluster=NAME, service="fleet", desiredCount=0)


def _look(clients: Mapping[str, object]) -> None:
    look = LambdaLook(client=clients["lambda"], function=NAME)
    check(is_right=look.ask(), what="AccessDenied, which a submission puts up with")
