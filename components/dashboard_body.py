"""Pure: the dashboard as CloudWatch wants it: three rows for whether it works, whether it keeps up, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.fleet_metrics import AGE, IN_FLIGHT, VISIBLE, Metric, of_queue, running_workers
from components.naming import PROJECT

WIDTH = 24
HEADING_HEIGHT, WIDGET_HEIGHT = 2, 6
LATE_FACTOR = 2
HOUR_SECONDS = 3600
SAMPLES_AN_HOUR = 60

Widget = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DashboardSubject:
    """What a dashboard is about."""

    environment: str
    """Stack name."""
    region: str
    """AWS region."""
    cluster: str
    """ECS cluster; empty for a function."""
    service: str
    """ECS service, or function."""
    lanes: Mapping[str, str]
    """Queue of each lane, by the lane's name."""
    dead_letters: str
    """Dead-letter queue."""
    api_id: str
    """Front door."""
    slo_seconds: int
    """Promised answer time."""
    worker_hour_usd: float | None
    """Price of one worker for an hour; None where it is not known."""
    fixed_month_usd: float
    """What a month costs in which nothing runs, as far as it counts."""
    prices_as_of: str
    """Date of the prices."""


def dashboard_body(subject: DashboardSubject) -> Mapping[str, Any]:
    """Return the body; CloudWatch takes it as JSON."""
    rows = (_working(subject), _keeping_up(subject), _costs(subject))
    widgets: list[Widget] = []
    top = 0
    for heading, row in rows:
        widgets.append(_placed(heading, x=0, y=top, width=WIDTH, height=HEADING_HEIGHT))
        width = WIDTH // len(row)
        for number, widget in enumerate(row):
            x, y = number * width, top + HEADING_HEIGHT
            widgets.append(_placed(widget, x=x, y=y, width=width, height=WIDGET_HEIGHT))
        top += HEADING_HEIGHT + WIDGET_HEIGHT
    return {"start": "-PT6H", "periodOverride": "inherit", "widgets": widgets}


def _working(subject: DashboardSubject) -> tuple[Widget, list[Widget]]:
    heading = _text(
        "Is it working?", "Jobs succeed, the dead-letter queue is empty, the front door answers without 5xx."
    )
    jobs = [
        _counter(subject, "JobsSucceeded").in_widget(label="succeeded", color="#2ca02c"),
        _counter(subject, "AttemptsTimedOut").in_widget(label="timed out", color="#ff7f0e"),
        _counter(subject, "AttemptsCrashed").in_widget(label="crashed", color="#d62728"),
        _counter(subject, "EngineFallbacks").in_widget(label="without a model", color="#9467bd"),
    ]
    dead = [of_queue(subject.dead_letters, VISIBLE).in_widget(label="dead letters", color="#d62728")]
    door = [
        _of_api(subject, "Count").in_widget(label="requests"),
        _of_api(subject, "4xx").in_widget(label="4xx"),
        _of_api(subject, "5xx").in_widget(label="5xx", color="#d62728"),
    ]
    return heading, [
        _graph(subject, "Jobs a minute", jobs),
        _graph(subject, "Dead letters: list, mend, redrive", dead),
        _graph(subject, "Front door", door),
    ]


def _keeping_up(subject: DashboardSubject) -> tuple[Widget, list[Widget]]:
    slo, late = subject.slo_seconds, LATE_FACTOR * subject.slo_seconds
    heading = _text(
        "Is it keeping up?", f"The oldest message stays below {slo} s, and workers follow the backlog."
    )
    ages = [of_queue(queue, AGE).in_widget(label=lane) for lane, queue in subject.lanes.items()]
    lines = [{"label": "promised", "value": slo}, {"label": "alarm", "value": late, "color": "#d62728"}]
    backlog = [
        of_queue(queue, VISIBLE).in_widget(label=f"{lane} waits") for lane, queue in subject.lanes.items()
    ]
    backlog += [
        of_queue(queue, IN_FLIGHT).in_widget(label=f"{lane} in work") for lane, queue in subject.lanes.items()
    ]
    running = [_running(subject).in_widget(label="workers", color="#1f77b4")]
    return heading, [
        _graph(subject, "Age of the oldest message (s)", ages, lines),
        _graph(subject, "Messages", backlog),
        _graph(subject, "Workers", running),
    ]


def _costs(subject: DashboardSubject) -> tuple[Widget, list[Widget]]:
    if subject.worker_hour_usd is None:
        said = "A worker's hour has no price in the table: hours alone are shown."
    else:
        said = (
            f"A worker costs ${subject.worker_hour_usd:.4f} an hour (prices of {subject.prices_as_of}); the stack"
            f" ${subject.fixed_month_usd:.2f} a month while nothing runs. Metered, not billed: `cost report` has both."
        )
    hours = _worker_hours(subject)
    spent = [*hours]
    if subject.worker_hour_usd is not None:
        price = {
            "expression": f"hours * {subject.worker_hour_usd:.6f}",
            "label": "USD an hour",
            "period": HOUR_SECONDS,
        }
        spent = [
            [*hours[0][:-1], {**hours[0][-1], "visible": False}],
            [{**hours[1][0], "visible": False}],
            [price],
        ]
    cache = [
        _counter(subject, "CacheHits").in_widget(label="remembered, not worked out"),
        _counter(subject, "AttemptsEnded").in_widget(label="attempts"),
    ]
    return _text("What does it cost?", said), [
        _graph(subject, "Worker hours, each hour", hours, period=HOUR_SECONDS),
        _graph(subject, "Spent on workers", spent, period=HOUR_SECONDS),
        _graph(subject, "Work that memory saved", cache),
    ]


def _worker_hours(subject: DashboardSubject) -> list[list[Any]]:
    """A task reports once a minute; a function says how many milliseconds it ran."""
    if subject.cluster:
        source, share = _running(subject), SAMPLES_AN_HOUR
    else:
        dimensions = {"FunctionName": subject.service}
        source = Metric(namespace="AWS/Lambda", name="Duration", dimensions=dimensions, stat="Sum")
        share = HOUR_SECONDS * 1000
    raw = source.in_widget(id="raw", visible=False, period=HOUR_SECONDS)
    return [
        raw,
        [{"expression": f"raw / {share}", "id": "hours", "label": "worker hours", "period": HOUR_SECONDS}],
    ]


def _running(subject: DashboardSubject) -> Metric:
    return running_workers(cluster=subject.cluster, service=subject.service)


def _counter(subject: DashboardSubject, name: str) -> Metric:
    """Return what workers count themselves (worker/runtime/emf.py)."""
    return Metric(namespace=PROJECT, name=name, dimensions={"Environment": subject.environment}, stat="Sum")


def _of_api(subject: DashboardSubject, name: str) -> Metric:
    return Metric(namespace="AWS/ApiGateway", name=name, dimensions={"ApiId": subject.api_id}, stat="Sum")


def _graph(
    subject: DashboardSubject,
    title: str,
    metrics: Sequence[list[Any]],
    lines: Sequence[Mapping[str, Any]] = (),
    period: int = 60,
) -> Widget:
    properties: Widget = {
        "title": title,
        "region": subject.region,
        "view": "timeSeries",
        "stacked": False,
        "period": period,
        "metrics": list(metrics),
        "yAxis": {"left": {"min": 0, "showUnits": False}},
    }
    if lines:
        properties["annotations"] = {"horizontal": list(lines)}
    return {"type": "metric", "properties": properties}


def _text(question: str, answer: str) -> Widget:
    return {"type": "text", "properties": {"markdown": f"## {question}\n{answer}"}}


def _placed(widget: Widget, *, x: int, y: int, width: int, height: int) -> Widget:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
