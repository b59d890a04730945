"""What AWS bills: asked at moto's Cost Explorer, kept for a day, and never taken for nothing where it says nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.ce.models import CostExplorerBackend, ce_backends

from automation.cost.billed import ACTIVATE, Billed, billed
from automation.fleet.access import AwsAccess
from automation.localaws.account import ACCOUNT_ID
from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from components.naming import Names

pytestmark = pytest.mark.slow
NAMES = Names(environment="dev")
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def access() -> Iterator[AwsAccess]:
    apply_patches()
    server = MotoServer()
    server.start()
    yield AwsAccess(region="eu-west-1", endpoint=server.endpoint)
    server.stop()


@pytest.fixture
def explorer() -> Iterator[CostExplorerBackend]:
    """What Cost Explorer will answer next; moto has no bill of its own."""
    backend = ce_backends[ACCOUNT_ID]["aws"]
    backend.cost_usage_results.clear()
    backend.cost_usage_results_queue.clear()
    yield backend
    backend.cost_usage_results.clear()
    backend.cost_usage_results_queue.clear()


def page(*groups: tuple[str, str, str], token: str = "", is_estimated: bool = True) -> dict:
    answer = {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": "2026-11-01", "End": "2026-11-11"},
                "Total": {},
                "Groups": [
                    {"Keys": [service, tag], "Metrics": {"UnblendedCost": {"Amount": usd, "Unit": "USD"}}}
                    for service, tag, usd in groups
                ],
                "Estimated": is_estimated,
            }
        ],
        "DimensionValueAttributes": [],
    }
    return {**answer, "NextPageToken": token} if token else answer


ECS = ("Amazon Elastic Container Service", "Component$fleet", "12.5")
SQS = ("Amazon Simple Queue Service", "Component$queue", "0.25")
BARE = ("Amazon Elastic Container Service", "Component$", "1.0")


def test_a_month_is_billed_by_service_and_by_component(access, explorer, tmp_path: Path):
    explorer.cost_usage_results_queue.append(page(SQS, ECS, BARE))
    answer = billed(access, NAMES, keep_in=tmp_path / "kept.json", now=NOON)
    assert answer.total_usd == pytest.approx(13.75)
    assert answer.by("service") == {
        "Amazon Elastic Container Service": 13.5,
        "Amazon Simple Queue Service": 0.25,
    }
    assert answer.by("component") == {"fleet": 12.5, "": 1.0, "queue": 0.25}
    assert (answer.calls, answer.to_dict()["calls_usd"], answer.is_estimated) == (1, 0.01, True)


def test_the_question_is_of_this_stack_and_of_this_month(access, explorer, tmp_path: Path):
    explorer.cost_usage_results_queue.append(page(ECS))
    billed(access, NAMES, keep_in=tmp_path / "kept.json", now=NOON)
    (asked,) = (json.loads(body) for body in explorer.cost_usage_results)
    assert asked["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-11"}
    tags = {one["Tags"]["Key"]: one["Tags"]["Values"] for one in asked["Filter"]["And"]}
    assert tags == {"Project": [NAMES.tags()["Project"]], "Environment": ["dev"]}


def test_every_page_is_a_call_that_is_told(access, explorer, tmp_path: Path):
    explorer.cost_usage_results_queue += [page(ECS, token="more"), page(SQS, is_estimated=False)]
    answer = billed(access, NAMES, keep_in=tmp_path / "kept.json", now=NOON)
    assert (answer.calls, len(answer.lines)) == (2, 2)


def test_an_answer_is_kept_for_a_day_and_costs_nothing_meanwhile(access, explorer, tmp_path: Path):
    explorer.cost_usage_results_queue.append(page(ECS))
    kept = tmp_path / "deep" / "kept.json"
    first = billed(access, NAMES, keep_in=kept, now=NOON)
    explorer.cost_usage_results.clear()
    second = billed(access, NAMES, keep_in=kept, now=NOON + timedelta(hours=23))
    assert (second.lines, second.asked_at, second.calls) == (first.lines, first.asked_at, 0)
    assert billed(access, NAMES, keep_in=kept, now=NOON + timedelta(hours=25)).calls == 1


def test_who_wants_it_anew_gets_it_anew(access, explorer, tmp_path: Path):
    kept = tmp_path / "kept.json"
    explorer.cost_usage_results_queue.append(page(ECS))
    billed(access, NAMES, keep_in=kept, now=NOON)
    explorer.cost_usage_results.clear()
    explorer.cost_usage_results_queue.append(page(SQS))
    answer = billed(access, NAMES, keep_in=kept, now=NOON + timedelta(minutes=5), is_asked_anew=True)
    assert answer.total_usd == pytest.approx(0.25)


def test_last_months_answer_is_not_this_months(access, explorer, tmp_path: Path):
    kept, end = tmp_path / "kept.json", datetime(2026, 11, 30, 23, tzinfo=UTC)
    explorer.cost_usage_results_queue.append(page(ECS))
    billed(access, NAMES, keep_in=kept, now=end)
    answer = billed(access, NAMES, keep_in=kept, now=end + timedelta(hours=2))
    assert (answer.month, answer.lines) == ("2026-12", ())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"month": 1}', '{"lines": [{"a": 1}], "month": "2026-11"}'])
def test_a_broken_kept_answer_is_asked_again(access, explorer, tmp_path: Path, text: str):
    kept = tmp_path / "kept.json"
    kept.write_text(text)
    explorer.cost_usage_results_queue.append(page(ECS))
    assert billed(access, NAMES, keep_in=kept, now=NOON).total_usd == pytest.approx(12.5)


def test_no_cost_with_the_tags_is_not_known_rather_than_nothing(access, explorer, tmp_path: Path):
    answer = billed(access, NAMES, keep_in=tmp_path / "kept.json", now=NOON)
    document = answer.to_dict()
    assert (document["is_known"], document["total_usd"]) == (False, None)
    assert "TagKey=Component,Status=Active" in ACTIVATE


def test_a_cost_explorer_that_does_not_answer_is_told_and_not_kept(tmp_path: Path):
    kept = tmp_path / "kept.json"
    nowhere = AwsAccess(region="us-east-1", endpoint="http://127.0.0.1:9")
    answer = billed(nowhere, NAMES, keep_in=kept, now=NOON)
    assert answer.trouble
    assert not answer.is_known
    assert not kept.exists()


def test_a_disk_that_refuses_to_keep_it_hides_no_answer(access, explorer, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    explorer.cost_usage_results_queue.append(page(ECS))
    answer = billed(access, NAMES, keep_in=blocked / "kept.json", now=NOON)
    assert answer.total_usd == pytest.approx(12.5)


def test_what_is_not_known_has_no_total():
    assert (
        Billed(month="2026-11", trouble="AccessDeniedException: not enabled").to_dict()["total_usd"] is None
    )
