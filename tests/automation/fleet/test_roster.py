"""Who works, as the ledger has it."""

from datetime import UTC, datetime, timedelta

import pytest

from automation.fleet.roster import WorkerState, workers
from tests.automation.fleet.conftest import Stores

pytestmark = pytest.mark.slow


def report(stores: Stores, name: str, *, seconds_ago: float = 1, running: int = 0, **changes: object) -> None:
    seen = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    item = {
        "pk": {"S": "fleet"},
        "sk": {"S": f"worker#{name}"},
        "task_arn": {"S": "arn:aws:ecs:us-east-1:1:task/cluster/abc"},
        "engine": {"S": "builtin builtin-chargen:1"},
        "started_at": {"S": seen.isoformat()},
        "seen_at": {"S": seen.isoformat()},
        "running": {"N": str(running)},
        "concurrency": {"N": "2"},
        "is_draining": {"BOOL": False},
        "expires_at": {"N": str(int(datetime.now(UTC).timestamp()) + 3600)},
        **changes,
    }
    stores.access.client("dynamodb").put_item(TableName=stores.outputs.ledger_table, Item=item)


def test_a_worker_is_told_by_what_it_does_and_by_its_silence(stores: Stores) -> None:
    report(stores, "busy", running=2)
    report(stores, "idle", seconds_ago=20)
    report(stores, "leaving", seconds_ago=30, is_draining={"BOOL": True})
    report(stores, "dead", seconds_ago=100)
    report(stores, "left", seconds_ago=200, left_at={"S": "2026-01-01T00:00:00+00:00"})
    report(stores, "forgotten", expires_at={"N": "1"})
    seen = {worker.worker_id: worker.state for worker in workers(stores.access, stores.outputs)}
    assert seen == {
        "busy": WorkerState.WORKING,
        "idle": WorkerState.IDLE,
        "leaving": WorkerState.DRAINING,
        "dead": WorkerState.SILENT,
        "left": WorkerState.LEFT,
    }
    assert list(seen) == ["busy", "idle", "leaving", "dead", "left"]


def test_a_worker_that_was_stopped_before_it_ever_reported_is_none_and_harms_nobody(stores: Stores) -> None:
    report(stores, "idle")
    farewell = {
        "pk": {"S": "fleet"},
        "sk": {"S": "worker#early"},
        "left_at": {"S": datetime.now(UTC).isoformat()},
        "expires_at": {"N": str(int(datetime.now(UTC).timestamp()) + 3600)},
    }
    stores.access.client("dynamodb").put_item(TableName=stores.outputs.ledger_table, Item=farewell)
    assert [worker.worker_id for worker in workers(stores.access, stores.outputs)] == ["idle"]
