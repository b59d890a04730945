"""Telemetry: JSON logs, one object a line, and counters in Prometheus' text form."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TextIO

from opentelemetry.trace import get_current_span

from worker.domain.environment import PREFIX
from worker.ports import Clock

LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
METRIC_PREFIX = PREFIX.lower()
LONGEST_TEXT = 2000
"""Characters of a logged value; a job must not flood the log."""
LONGEST_QUOTE = 160
"""Characters of a text that may quote a job: its code belongs to somebody, and logs have many readers."""

BUCKETS_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Upper bounds of the histograms: from a job that a memory answers to one that runs into its timeout."""

_LabelKey = tuple[tuple[str, str], ...]


class Counters:
    """Counters and gauges of one process."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._totals: dict[str, dict[_LabelKey, float]] = {}
        self._gauges: dict[str, float] = {}
        self._histograms: dict[str, list[float]] = {}

    def count(self, name: str, by: float, labels: Mapping[str, str]) -> None:
        """Add to a counter."""
        series = self._totals.setdefault(name, {})
        key = tuple(sorted(labels.items()))
        series[key] = series.get(key, 0.0) + by

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        self._gauges[name] = value

    def observe(self, name: str, value: float) -> None:
        """Add to a histogram of durations."""
        histogram = self._histograms.setdefault(name, [0.0] * (len(BUCKETS_SECONDS) + 2))
        for at, bound in enumerate(BUCKETS_SECONDS):
            histogram[at] += value <= bound
        histogram[-2] += 1
        histogram[-1] += value

    def total(self, name: str, **labels: str) -> float:
        """Sum of a counter over the series that have these labels, among others."""
        wanted = set(labels.items())
        return sum(value for key, value in self._totals.get(name, {}).items() if wanted <= set(key))

    def to_text(self) -> str:
        """Write the exposition format that Prometheus reads."""
        lines: list[str] = []
        for name, series in sorted(self._totals.items()):
            lines.append(f"# TYPE {METRIC_PREFIX}{name}_total counter")
            for labels, value in sorted(series.items()):
                inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
                lines.append(
                    f"{METRIC_PREFIX}{name}_total{{{inner}}} {value:g}"
                    if inner
                    else f"{METRIC_PREFIX}{name}_total {value:g}"
                )
        for name, histogram in sorted(self._histograms.items()):
            lines += _histogram_lines(METRIC_PREFIX + name, histogram)
        for name, value in sorted(self._gauges.items()):
            lines += [f"# TYPE {METRIC_PREFIX}{name} gauge", f"{METRIC_PREFIX}{name} {value:g}"]
        return "\n".join([*lines, ""])


class Telemetry:
    """Logs with bound fields; children share the stream and the counters."""

    def __init__(
        self,
        *,
        stream: TextIO,
        clock: Clock,
        level: str = "INFO",
        fields: Mapping[str, object] | None = None,
        counters: Counters | None = None,
    ) -> None:
        """Write to `stream`, from `level` upwards, with `fields` on each line."""
        self._stream = stream
        self._clock = clock
        self._level = level
        self._fields = dict(fields or {})
        self.counters = counters if counters is not None else Counters()

    def bind(self, **fields: object) -> "Telemetry":
        """Return a child whose lines carry more fields, such as job_id and attempt."""
        return Telemetry(
            stream=self._stream,
            clock=self._clock,
            level=self._level,
            fields={**self._fields, **fields},
            counters=self.counters,
        )

    def debug(self, event: str, **fields: object) -> None:
        """Log for a developer."""
        self._write("DEBUG", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log what happened."""
        self._write("INFO", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what went wrong and was dealt with."""
        self._write("WARNING", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what went wrong and needs somebody."""
        self._write("ERROR", event, fields)

    def count(self, name: str, by: float = 1, /, **labels: str) -> None:
        """Add to the counter `ddf_{name}_total`."""
        self.counters.count(name, by, labels)

    def observe(self, name: str, seconds: float) -> None:
        """Add to the histogram `ddf_{name}`."""
        self.counters.observe(name, seconds)

    def _write(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        if LEVELS[level] < LEVELS[self._level]:
            return
        line = {"time": _stamp(self._clock.now()), "level": level, "event": event, **self._fields, **fields}
        context = get_current_span().get_span_context()
        if context.is_valid:  # so that a log line leads to its trace, and back
            line["trace_id"] = f"{context.trace_id:032x}"
        text = json.dumps({key: _plain(value) for key, value in line.items()}, ensure_ascii=True)
        with suppress(OSError):  # a log that nobody reads any more must not stop the work
            self._stream.write(text + "\n")
            self._stream.flush()


class LibraryLogs(logging.Handler):
    """Passes what libraries log on to telemetry, so that a log line is always one object."""

    def __init__(self, telemetry: Telemetry) -> None:
        """Take warnings and worse."""
        super().__init__(level=logging.WARNING)
        self._telemetry = telemetry

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        log = self._telemetry.error if record.levelno >= logging.ERROR else self._telemetry.warning
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = told(record.exc_info[1])
        log(record.getMessage(), **fields)


def quoted(text: str) -> str:
    """Keep the first line of a text that may hold code, and no more than a short one."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= LONGEST_QUOTE else line[:LONGEST_QUOTE] + "…"


def told(error: BaseException) -> str:
    """Tell an error without what it carries: the repr of a UnicodeEncodeError holds the whole text."""
    return quoted(f"{type(error).__name__}: {error}")


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds")


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _histogram_lines(name: str, histogram: list[float]) -> list[str]:
    bounds = [f"{bound:g}" for bound in BUCKETS_SECONDS]
    counts = [*zip(bounds, histogram, strict=False), ("+Inf", histogram[-2])]
    buckets = [f'{name}_bucket{{le="{bound}"}} {count:g}' for bound, count in counts]
    return [
        f"# TYPE {name} histogram",
        *buckets,
        f"{name}_sum {histogram[-1]:g}",
        f"{name}_count {histogram[-2]:g}",
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
