"""Starting, stopping and scaling with the controller, not against it; why the fleet has its size."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automation.cli.size_view import SizeView
from automation.errors import Diagnostic
from automation.fleet import control, size
from automation.fleet.look import look_now
from components.naming import RESCUE_START_PART, RESCUE_STOP_PART, Names
from tests.automation.fleet.conftest import Stores
from worker.domain.fleet_control import AutoStop, Hold, SizeChange, SizeRecord, Terms, Wishes
from worker.domain.fleet_control_codec import control_key, encode_change, encode_record

NOW = datetime.now(UTC)
LOOK = SizeRecord(
    looked_at=NOW,
    desired=1,
    reason="idle-wait",
    sentence="nothing to do for 40 s; stops at 120 s",
    since=NOW - timedelta(seconds=40),
    terms=Terms(minimum=0, maximum=10, idle_seconds=120.0),
    next_at=NOW + timedelta(seconds=80),
    next_change="then the fleet goes to 0, unless work comes",
    budget="2.00 of 120.00 USD metered in 2026-03, 2 %",
)

needs_cloud = pytest.mark.slow


def put(stores: Stores, item: dict) -> None:
    stores.access.client("dynamodb").put_item(TableName=stores.outputs.ledger_table, Item=item)


def desired(stores: Stores) -> int:
    return control.fleet_status(stores.access, stores.outputs).desired


@needs_cloud
def test_a_stop_is_told_to_the_controller_and_ends_with_a_submission(stores: Stores) -> None:
    control.start(stores.access, stores.outputs)
    control.hold(stores.access, stores.outputs, 0, why="night")
    held = size.read_wishes(stores.access, stores.outputs).hold
    assert held is not None
    assert (held.desired, held.why, held.until) == (0, "night", None)
    assert desired(stores) == 0
    assert control.wake(stores.access, stores.outputs)
    assert size.read_wishes(stores.access, stores.outputs).hold is None
    assert desired(stores) == 2


@needs_cloud
def test_a_number_set_by_hand_outlasts_a_submission_and_ends_with_start(stores: Stores) -> None:
    control.hold(stores.access, stores.outputs, 3, why="", until=NOW + timedelta(hours=4))
    assert not control.wake(stores.access, stores.outputs)
    assert size.read_wishes(stores.access, stores.outputs).hold is not None
    assert not control.start(stores.access, stores.outputs)
    assert size.read_wishes(stores.access, stores.outputs).hold is None
    assert desired(stores) == 3  # the controller goes on from there


@needs_cloud
def test_a_deployments_wish_for_a_size_ends_a_hold(stores: Stores) -> None:
    control.hold(stores.access, stores.outputs, 0, why="")
    control.scale(stores.access, stores.outputs, 2)
    assert size.read_wishes(stores.access, stores.outputs).hold is None
    assert desired(stores) == 2


@needs_cloud
def test_waking_keeps_to_the_bounds_that_were_set(stores: Stores) -> None:
    size.write_wishes(stores.access, stores.outputs, Wishes(maximum=1))
    assert control.wake(stores.access, stores.outputs)
    assert desired(stores) == 1


@needs_cloud
def test_nobody_is_started_on_an_overspent_budget_and_the_work_waits(stores: Stores) -> None:
    spent = replace(LOOK, reason="budget-zero", desired=0, looked_at=datetime.now(UTC))
    put(stores, encode_record(spent, version=1))
    assert not control.wake(stores.access, stores.outputs)
    assert desired(stores) == 0
    old = replace(spent, looked_at=datetime.now(UTC) - timedelta(hours=1))
    put(stores, encode_record(old, version=2))
    assert control.wake(stores.access, stores.outputs)


@needs_cloud
def test_who_hands_in_work_is_told_what_the_budget_keeps_from_being_done(stores: Stores) -> None:
    assert size.spent_budget(stores.access, stores.outputs) == ""
    for version, reason in enumerate(("steady", "budget-frozen", "budget-zero"), start=1):
        look = replace(LOOK, reason=reason, looked_at=datetime.now(UTC))
        put(stores, encode_record(look, version=version))
        said = size.spent_budget(stores.access, stores.outputs)
        assert ("2.00 of 120.00 USD" in said) is (reason != "steady")
    assert "overspent" in said


@needs_cloud
def test_a_look_that_nobody_can_start_keeps_nobody_from_handing_in_work(stores: Stores) -> None:
    assert not look_now(stores.access, stores.outputs)  # this stack has no controller
    assert not look_now(stores.access, replace(stores.outputs, compute_type="lambda"))


def acting(stores: Stores) -> set[str]:
    """The alarms of this stack that may act."""
    names, client = Names(environment=stores.outputs.environment), stores.access.client("cloudwatch")
    found = client.describe_alarms(AlarmNamePrefix=names.part("rescue"))["MetricAlarms"]
    return {alarm["AlarmName"].rpartition("-")[2] for alarm in found if alarm["ActionsEnabled"]}


@pytest.fixture
def alarms(stores: Stores) -> Iterator[None]:
    names, client = Names(environment=stores.outputs.environment), stores.access.client("cloudwatch")
    made = [names.part(part) for part in (RESCUE_START_PART, RESCUE_STOP_PART)]
    how = {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    for name in made:
        client.put_metric_alarm(AlarmName=name, Threshold=0, ComparisonOperator="GreaterThanThreshold", **how)
    yield
    client.delete_alarms(AlarmNames=made)


@needs_cloud
@pytest.mark.usefixtures("alarms")
def test_where_the_controller_is_silent_a_stop_keeps_alarms_from_waking_the_fleet(stores: Stores) -> None:
    old = replace(LOOK, looked_at=datetime.now(UTC) - timedelta(hours=1))
    put(stores, encode_record(old, version=1))
    control.hold(stores.access, stores.outputs, 0, why="night")
    assert acting(stores) == {"stop"}
    control.wake(stores.access, stores.outputs)
    assert acting(stores) == {"start", "stop"}
    control.hold(stores.access, stores.outputs, 3, why="")
    assert acting(stores) == set()
    control.scale(stores.access, stores.outputs, 1)
    assert acting(stores) == {"start", "stop"}
    put(stores, encode_record(replace(old, reason="budget-zero"), version=2))
    control.start(stores.access, stores.outputs)
    assert acting(stores) == {"stop"}


@needs_cloud
@pytest.mark.usefixtures("alarms")
def test_a_controller_that_lives_tells_the_alarms_itself_and_one_that_never_looked_does_not(
    stores: Stores,
) -> None:
    control.hold(stores.access, stores.outputs, 0, why="night")
    assert acting(stores) == {"stop"}
    put(stores, encode_record(replace(LOOK, looked_at=datetime.now(UTC)), version=1))
    control.start(stores.access, stores.outputs)
    assert acting(stores) == {"stop"}


@needs_cloud
def test_wishes_that_cannot_be_read_are_told_with_the_way_out(stores: Stores) -> None:
    put(stores, {**control_key("wishes"), "wishes": {"S": "[]"}})
    with pytest.raises(Diagnostic) as told:
        size.read_wishes(stores.access, stores.outputs)
    assert "scale --reset" in told.value.next_step


@needs_cloud
def test_the_newest_changes_come_first(stores: Stores) -> None:
    for minute in range(3):
        at = datetime(2026, 3, 2, 9, minute, tzinfo=UTC)
        change = SizeChange(at=at, before=minute, after=minute + 1, reason="backlog", sentence="jobs")
        put(stores, encode_change(change))
    changes = size.recent_changes(stores.access, stores.outputs, limit=2)
    assert [change.after for change in changes] == [3, 2]


def view(look: SizeRecord | None, wishes: Wishes | None = None) -> str:
    shown = SizeView(wishes=wishes or Wishes(), look=look, deployed_minutes=5, now=NOW)
    assert shown.to_dict()["auto_stop_minutes"] == shown.auto_stop.minutes
    return "\n".join(shown.lines())


def test_status_says_why_the_fleet_has_its_size_and_what_comes_next() -> None:
    said = view(LOOK)
    assert "1 wanted: nothing to do for 40 s" in said
    assert "in 80 s, then the fleet goes to 0" in said
    assert "Budget: 2.00 of 120.00 USD" in said
    assert "Between 0 and 10 workers; stops after 5 idle minutes." in said


def test_status_says_who_holds_the_size_and_until_when() -> None:
    hold = Hold(desired=0, why="a demo", by="ann@host", since=NOW)
    said = view(LOOK, Wishes(hold=hold))
    assert "Stopped by ann@host" in said
    assert "a demo; until start or submit" in said
    assert "nothing to do" not in said
    ended = replace(hold, desired=3, until=NOW)
    assert "Held" not in view(LOOK, Wishes(hold=ended))


def test_status_says_that_the_controller_is_silent_or_in_trouble() -> None:
    assert "has not looked yet" in view(None)
    assert "nobody changes the size" in view(replace(LOOK, looked_at=NOW - timedelta(hours=1)))
    assert "RequestThrottled" in view(replace(LOOK, trouble="ask the lanes: RequestThrottled"))


@pytest.mark.parametrize(
    ("auto_stop", "words"),
    [
        (AutoStop(minutes=0), "never stops by itself"),
        (AutoStop(minutes=None), "cheapest"),
        (AutoStop(minutes=2), "after 2 idle minutes"),
    ],
)
def test_status_says_when_an_idle_fleet_stops(auto_stop: AutoStop, words: str) -> None:
    assert words in view(LOOK, Wishes(auto_stop=auto_stop))
