"""CloudWatch: composite alarms, honest first states, and metric data of the namespace that was asked for.

Stock moto refuses PutCompositeAlarm, starts alarms as OK, mixes namespaces as soon as a query has dimensions, and keeps
every data point for ever at a cost that grows with each query.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse

from automation.localaws.patches.replacement import extend, replace, stock

POINTS_KEPT_FOR = timedelta(hours=3)
"""What AWS keeps of one-second points; more than any alarm of ours looks back."""
PRUNE_ABOVE = 10_000


def apply() -> None:
    """Add what is missing and mend what is wrong."""
    extend(CloudWatchResponse, put_composite_alarm=CloudWatchResponse.put_metric_alarm)
    replace(Alarm, "__init__", _alarm_init(stock(Alarm, "__init__")))
    backend = CloudWatchBackend
    replace(backend, "put_metric_alarm", _put_metric_alarm(stock(backend, "put_metric_alarm")))
    replace(backend, "get_metric_data", _get_metric_data(stock(backend, "get_metric_data")))
    replace(backend, "put_metric_data", _put_metric_data(stock(backend, "put_metric_data")))


def _alarm_init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.state_value = "INSUFFICIENT_DATA"
        self.state_reason = "Unchecked: Initial alarm creation"

    return init


def _put_metric_alarm(original: Any) -> Any:
    def put_metric_alarm(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self.alarms.get(kwargs.get("name"))
        alarm = original(self, *args, **kwargs)
        if before is not None:  # changing an alarm keeps its state
            for name in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp"):
                setattr(alarm, name, getattr(before, name))
        return alarm

    return put_metric_alarm


def _put_metric_data(original: Any) -> Any:
    def put_metric_data(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(self, *args, **kwargs)
        if len(self.metric_data) > PRUNE_ABOVE:
            horizon = datetime.now(UTC) - POINTS_KEPT_FOR
            self.metric_data = [point for point in self.metric_data if _utc(point.timestamp) > horizon]
        return answer

    return put_metric_data


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _OneNamespace:
    """A backend seen through one namespace."""

    def __init__(self, backend: Any, namespace: str) -> None:
        self._backend = backend
        self._namespace = namespace

    def get_all_metrics(self) -> list[Any]:
        return [metric for metric in self._backend.get_all_metrics() if metric.namespace == self._namespace]


def _get_metric_data(original: Any) -> Any:
    def get_metric_data(self: Any, queries: list[dict[str, Any]], *args: Any, **kwargs: Any) -> list[Any]:
        answers: dict[str, Any] = {}
        for query in queries:
            if "MetricStat" in query:
                view = _OneNamespace(self, query["MetricStat"]["Metric"]["Namespace"])
                answers[query["Id"]] = original(view, [{**query, "ReturnData": True}], *args, **kwargs)[0]
        plain = [query for query in queries if "MetricStat" not in query]
        for query in plain:
            same = answers.get(query.get("Expression", ""))
            label = query.get("Label") or query["Id"]
            answers[query["Id"]] = (
                {**same, "id": query["Id"], "label": label}
                if same
                else _first(original(self, [query], *args, **kwargs))
            )
        wanted = [query["Id"] for query in queries if query.get("ReturnData", True)]
        return [answers[name] for name in wanted if answers.get(name)]

    return get_metric_data


def _first(results: Iterable[Any]) -> Any:
    return next(iter(results), None)
