"""Prints log lines: the worker's JSON as a readable line, anything else as it is."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from automation.cli.console import printable
from automation.fleet.logs import LogLine

_METRICS = '{"_aws":'
"""How a line in the embedded metric format begins."""


def print_lines(lines: Iterable[LogLine], *, is_json: bool) -> None:
    """Print each line as it comes; with `is_json` one object a line (a stream has no end to wait for)."""
    for line in lines:
        if not is_json and line.text.startswith(_METRICS):
            continue  # for CloudWatch, not for people
        text = json.dumps(asdict(line), ensure_ascii=False) if is_json else readable(line)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def readable(line: LogLine) -> str:
    """Return time, worker and text; fields of a JSON record follow its event."""
    at = datetime.fromtimestamp(line.at_milliseconds / 1000, UTC).strftime("%H:%M:%S")
    worker = line.stream.rsplit("/", 1)[-1][:12]
    return f"{at}  {worker:12}  {printable(_text(line.text))}"


def _text(text: str) -> str:
    try:
        record = json.loads(text)
    except ValueError:
        return text.rstrip()
    if not isinstance(record, dict):
        return text.rstrip()
    event = str(record.pop("event", record.pop("message", "")))
    level = str(record.pop("level", ""))
    for noise in ("at", "time", "timestamp", "worker_id", "ts"):
        record.pop(noise, None)
    fields = " ".join(f"{name}={_short(value)}" for name, value in record.items())
    return " ".join(
        part for part in (level.upper() if level.lower() != "info" else "", event, fields) if part
    )


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
