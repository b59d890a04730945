"""Wishes, the last look and the changes as items of the ledger, in DynamoDB's own form: see worker.domain.ledger_schema."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worker.domain import ledger_schema as schema
from worker.domain.closing import Ask
from worker.domain.fleet_control import MINUTE_SECONDS, AutoStop, Hold, SizeChange, SizeRecord, Terms, Wishes
from worker.domain.scaling_history import Memory

Item = Mapping[str, Any]

CHANGES_KEPT_SECONDS = 30 * 86_400
LONGEST_TEXT = 1000
ASK_ATTRIBUTE = "ask"
"""Of the look: what workers read of it."""


def control_key(sort_key: str) -> dict[str, Any]:
    """Key of an item of the controller's partition."""
    return {schema.PARTITION_KEY: {"S": schema.CONTROL_PARTITION}, schema.SORT_KEY: {"S": sort_key}}


def encode_wishes(wishes: Wishes) -> dict[str, Any]:
    """Return the item."""
    hold = wishes.hold
    fields = {
        "minimum": wishes.minimum,
        "maximum": wishes.maximum,
        "auto_stop": None if wishes.auto_stop is None else {"minutes": wishes.auto_stop.minutes},
        "hold": None
        if hold is None
        else {
            "desired": hold.desired,
            "why": hold.why,
            "by": hold.by,
            "since": hold.since.isoformat(),
            "until": None if hold.until is None else hold.until.isoformat(),
        },
    }
    return {**control_key(schema.WISHES_SORT_KEY), "wishes": {"S": json.dumps(fields)}}


def decode_wishes(item: Item | None) -> Wishes:
    """Read the item; raises ValueError, KeyError or TypeError where it is none, since a hold must not be lost by mistake."""
    if item is None:
        return Wishes()
    fields = json.loads(item["wishes"]["S"])
    hold, auto_stop = fields["hold"], fields["auto_stop"]
    return Wishes(
        minimum=fields["minimum"],
        maximum=fields["maximum"],
        auto_stop=None if auto_stop is None else AutoStop(minutes=auto_stop["minutes"]),
        hold=None
        if hold is None
        else Hold(
            desired=int(hold["desired"]),
            why=hold["why"],
            by=hold["by"],
            since=datetime.fromisoformat(hold["since"]),
            until=None if hold["until"] is None else datetime.fromisoformat(hold["until"]),
        ),
    )


def encode_record(record: SizeRecord, *, version: int) -> dict[str, Any]:
    """Return the item."""
    texts = {
        "looked_at": record.looked_at.isoformat(timespec="milliseconds"),
        "since": record.since.isoformat(timespec="milliseconds"),
        "reason": record.reason,
        "sentence": record.sentence[:LONGEST_TEXT],
        "next_at": "" if record.next_at is None else record.next_at.isoformat(timespec="milliseconds"),
        "next_change": record.next_change,
        "trouble": record.trouble[:LONGEST_TEXT],
        "budget": record.budget,
        "memory": json.dumps(record.memory.to_dict()),
        ASK_ATTRIBUTE: json.dumps(record.ask.to_dict()),
    }
    terms = record.terms
    numbers = {
        "version": version,
        "desired": record.desired,
        "minimum": terms.minimum,
        "maximum": terms.maximum,
        "idle_seconds": terms.idle_seconds,
        "every_seconds": record.every_seconds,
    }
    return {
        **control_key(schema.RECORD_SORT_KEY),
        **{name: {"S": text} for name, text in texts.items()},
        **{name: {"N": str(number)} for name, number in numbers.items() if number is not None},
    }


def decode_record(item: Item | None) -> SizeRecord | None:
    """Read the item; None where there is none, or one that can't be read: the next look writes it anew."""
    if item is None:
        return None
    try:
        return _record(item)
    except (KeyError, TypeError, ValueError):
        return None


def _record(item: Item) -> SizeRecord:
    texts = {name: value["S"] for name, value in item.items() if "S" in value}
    numbers = {name: float(value["N"]) for name, value in item.items() if "N" in value}
    return SizeRecord(
        looked_at=datetime.fromisoformat(texts["looked_at"]),
        since=datetime.fromisoformat(texts["since"]),
        desired=int(numbers["desired"]) if "desired" in numbers else None,
        reason=texts["reason"],
        sentence=texts["sentence"],
        next_at=datetime.fromisoformat(texts["next_at"]) if texts["next_at"] else None,
        next_change=texts["next_change"],
        trouble=texts["trouble"],
        budget=texts["budget"],
        memory=Memory.from_dict(json.loads(texts["memory"])),
        ask=decode_ask(item),
        every_seconds=numbers.get("every_seconds", MINUTE_SECONDS),
        terms=Terms(
            minimum=int(numbers["minimum"]),
            maximum=int(numbers["maximum"]),
            idle_seconds=numbers.get("idle_seconds"),
        ),
    )


def decode_ask(item: Item | None) -> Ask:
    """Read what is asked of workers; nothing where there is no look, or one of a release that asked nothing.

    Raises KeyError, TypeError or ValueError where it can't be read: who was asked must not work on by mistake.
    """
    if item is None or ASK_ATTRIBUTE not in item:
        return Ask()
    return Ask.from_dict(json.loads(item[ASK_ATTRIBUTE]["S"]))


def version_of(item: Item | None) -> int:
    """Return the version of a stored look, whether or not the rest of it can be read; 0 where there is none."""
    try:
        return int((item or {})["version"]["N"])
    except (KeyError, TypeError, ValueError):
        return 0


def encode_change(change: SizeChange) -> dict[str, Any]:
    """Return the item, which forgets itself."""
    stamp = change.at.isoformat(timespec="milliseconds")
    return {
        **control_key(f"{schema.CHANGE_PREFIX}{stamp}"),
        "at": {"S": stamp},
        "before": {"N": str(change.before)},
        "after": {"N": str(change.after)},
        "reason": {"S": change.reason},
        "sentence": {"S": change.sentence[:LONGEST_TEXT]},
        schema.EXPIRY_ATTRIBUTE: {"N": str(int(change.at.timestamp()) + CHANGES_KEPT_SECONDS)},
    }


def decode_change(item: Item) -> SizeChange:
    """Read the item; raises ValueError or KeyError where it is none."""
    return SizeChange(
        at=datetime.fromisoformat(item["at"]["S"]),
        before=int(item["before"]["N"]),
        after=int(item["after"]["N"]),
        reason=str(item["reason"]["S"]),
        sentence=str(item["sentence"]["S"]),
    )
