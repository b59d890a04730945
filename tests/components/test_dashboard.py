"""The dashboard: three questions, and nothing that CloudWatch would refuse or that nobody publishes."""

import json

import pytest

from components.dashboard_body import DashboardSubject, dashboard_body
from components.naming import PROJECT
from tests.components.variants import variant
from worker.runtime.emf import METRICS

QUESTIONS = ["Is it working?", "Is it keeping up?", "What does it cost?"]


def subject(**changes):
    known = {
        "environment": "dev",
        "region": "us-east-1",
        "cluster": "c",
        "service": "s",
        "lanes": {"high": "q-high", "normal": "q", "low": "q-low"},
        "dead_letters": "q-dlq",
        "api_id": "api",
        "slo_seconds": 300,
        "worker_hour_usd": 0.05,
        "fixed_month_usd": 33.0,
        "prices_as_of": "2026-09-11",
    }
    return DashboardSubject(**{**known, **changes})


def metrics(body):
    """All lines of all widgets, with what "." and options leave out."""
    for widget in body["widgets"]:
        yield from widget["properties"].get("metrics", [])


@pytest.fixture(
    params=[{}, {"cluster": ""}, {"worker_hour_usd": None}], ids=["tasks", "function", "unpriced"]
)
def body(request):
    return json.loads(json.dumps(dashboard_body(subject(**request.param))))


def test_it_answers_three_questions_from_top_to_bottom(body):
    headings = [widget for widget in body["widgets"] if widget["type"] == "text"]
    texts = [widget["properties"]["markdown"].splitlines()[0].removeprefix("## ") for widget in headings]
    assert texts == QUESTIONS
    assert [widget["y"] for widget in headings] == sorted(widget["y"] for widget in headings)


def test_widgets_fill_the_grid_and_never_overlap(body):
    taken = set()
    for widget in body["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert taken.isdisjoint(cells)
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len(taken) == 24 * (1 + max(y for _, y in taken))


def test_every_metric_is_spelled_as_cloudwatch_reads_it(body):
    for line in metrics(body):
        if isinstance(line[0], dict):
            assert "expression" in line[0]
            continue
        *names, options = line
        assert len(names) % 2 == 0
        assert all(isinstance(part, str) and part for part in names)
        assert options["stat"] in {"Sum", "Maximum", "SampleCount"}


def test_expressions_use_only_what_their_widget_defines(body):
    for widget in body["widgets"]:
        lines = widget["properties"].get("metrics", [])
        known = {line[-1]["id"] for line in lines if "id" in line[-1]}
        used = {line[0]["expression"].split()[0] for line in lines if isinstance(line[0], dict)}
        assert used <= known


def test_it_shows_only_what_workers_publish(body):
    own = {(line[1], tuple(line[2:4])) for line in metrics(body) if line[0] == PROJECT}
    assert {name for name, _ in own} <= {metric.name for metric in METRICS}
    assert {dimension for _, dimension in own} == {("Environment", "dev")}


def test_the_promise_and_the_alarm_are_lines_in_the_graph_of_ages(body):
    (ages,) = [it for it in body["widgets"] if it["properties"].get("title", "").startswith("Age")]
    lines = ages["properties"]["annotations"]["horizontal"]
    assert [line["value"] for line in lines] == [300, 600]


def test_the_price_is_said_with_its_date_and_never_guessed():
    priced, unpriced = (json.dumps(dashboard_body(subject(worker_hour_usd=usd))) for usd in (0.05, None))
    assert "$0.0500 an hour (prices of 2026-09-11)" in priced
    assert "hours * 0.050000" in priced
    assert "no price" in unpriced
    assert "$" not in unpriced


@pytest.mark.parametrize("kind", ["fargate", "gpu", "lambda"])
def test_each_kind_of_stack_has_its_dashboard_with_its_own_names(kind):
    page = variant(kind).only("aws:cloudwatch/dashboard:Dashboard").inputs
    assert page["dashboardName"] == f"{PROJECT}-dev"
    shown = {line[0] for line in metrics(json.loads(page["dashboardBody"])) if isinstance(line[0], str)}
    assert ("AWS/Lambda" if kind == "lambda" else "AWS/ECS") in shown
    assert {"AWS/SQS", "AWS/ApiGateway", PROJECT} <= shown
