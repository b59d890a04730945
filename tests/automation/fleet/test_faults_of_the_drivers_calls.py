"""Throttling and 500s on one call in ten of the driver's own: it succeeds all the same, or says what to do."""

import gc
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from automation.driver.finders import find
from automation.driver.good_deployments import KEPT, GoodDeployments
from automation.driver.pending import Settlement
from automation.driver.protections import empty_bucket
from automation.driver.recovery import decide
from automation.fleet.access import AwsAccess
from tests.automation.driver.test_good_deployments import FIRST
from tests.automation.driver.test_pending import STATE
from tests.automation.fleet.conftest import Stores
from tests.worker.faults.faults import Fault, Kind
from tests.worker.faults.proxy import FaultProxy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # moto leaves the temporary files of deleted objects to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NOTHING: frozenset[str] = frozenset()


@pytest.fixture(autouse=True)
def _no_garbage_for_other_tests() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def proxy(access: AwsAccess) -> Iterator[FaultProxy]:
    assert access.endpoint is not None
    with FaultProxy(sqs=access.endpoint, others=access.endpoint, seed=20261125) as proxy:
        yield proxy


def one_in_ten(service: str) -> list[Fault]:
    return [Fault(service=service, kind=kind, share=0.05) for kind in (Kind.THROTTLE, Kind.ERROR)]


def through(proxy: FaultProxy) -> AwsAccess:
    return AwsAccess(region="us-east-1", endpoint=proxy.endpoint)


def test_good_deployments_are_remembered(proxy: FaultProxy, stores: Stores) -> None:
    proxy.faults = one_in_ten("dynamodb")
    kept = GoodDeployments(through(proxy).client, stores.outputs.ledger_table)
    made = [replace(FIRST, at=f"2026-11-{day:02}T10:00:00.000+00:00") for day in range(1, KEPT + 3)]
    for one in made:
        kept.remember(one)
    assert kept.all() == tuple(reversed(made[2:]))
    assert sum(proxy.applied.values()) > 0


def test_a_bucket_is_emptied_and_a_bucket_that_was_made_is_found(
    proxy: FaultProxy, access: AwsAccess
) -> None:
    bucket = f"faults-{secrets.token_hex(4)}"
    access.client("s3").create_bucket(Bucket=bucket)
    proxy.faults = one_in_ten("s3")
    client = through(proxy).client
    for _ in range(8):
        access.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
        empty_bucket(client("s3"), bucket)
        assert find(client, "aws:s3/bucket:Bucket", {"bucket": bucket}, known=NOTHING) is not None
    assert access.client("s3").list_object_versions(Bucket=bucket).get("Versions") is None
    assert sum(proxy.applied.values()) > 0


def test_where_aws_never_answers_nothing_is_cleared_and_a_person_decides(proxy: FaultProxy) -> None:
    proxy.faults = [Fault(service="dynamodb", kind=Kind.ERROR, share=1.0)]
    pending = {
        "type": "creating",
        "resource": {
            "urn": "urn:pulumi:dev::p::aws:dynamodb/table:Table::ledger-table",
            "type": "aws:dynamodb/table:Table",
            "inputs": {"name": "ledger"},
        },
    }
    (one,) = decide({**STATE, "pending_operations": [pending]}, through(proxy).client)
    assert one.settlement is Settlement.UNDECIDED
    assert "AWS did not tell" in one.reason
