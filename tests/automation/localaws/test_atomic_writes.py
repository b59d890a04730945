"""Conditional writes are atomic: one call at a time to each service."""

import concurrent.futures
import threading

from tests.automation.localaws.clouds import Cloud, unique
from tests.automation.localaws.patches.outcome import outcome


def test_of_concurrent_writers_if_none_match_lets_exactly_one_win(embedded: Cloud) -> None:
    s3, bucket = embedded.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)

    def put(number: int) -> object:
        return outcome(
            lambda cloud: cloud.client("s3").put_object(
                Bucket=bucket, Key="result.json", Body=str(number).encode(), IfNoneMatch="*"
            )["ResponseMetadata"]["HTTPStatusCode"],
            embedded,
        )

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(put, range(24)))
    assert outcomes.count(200) == 1
    assert set(outcomes) == {200, "refused: PreconditionFailed"}


def test_conditional_writes_to_a_table_are_atomic(embedded: Cloud) -> None:
    dynamodb, table = embedded.client("dynamodb"), unique("table")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    wins: list[int] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        won = outcome(
            lambda cloud: cloud.client("dynamodb").put_item(
                TableName=table,
                Item={"pk": {"S": "job"}, "owner": {"N": str(number)}},
                ConditionExpression="attribute_not_exists(pk)",
            )["ResponseMetadata"]["HTTPStatusCode"],
            embedded,
        )
        dynamodb.update_item(
            TableName=table,
            Key={"pk": {"S": "counter"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        if won == 200:
            with lock:
                wins.append(number)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "counter"}})["Item"]
    assert len(wins) == 1
    assert item["n"] == {"N": "40"}
