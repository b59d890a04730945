"""What all batch calls have in common: one to ten entries, each with an id of its own."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from automation.localaws.sqs.faults import SqsFault

MAXIMUM_ENTRIES = 10
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def checked_entries(parameters: Mapping[str, Any], *, action: str) -> list[dict[str, Any]]:
    """Return the entries of a batch request, or refuse the whole of it."""
    entries: list[dict[str, Any]] = parameters.get("Entries") or []
    if not entries:
        raise SqsFault(
            "EmptyBatchRequest",
            f"There should be at least one {action}MessageBatchRequestEntry in the request.",
        )
    if len(entries) > MAXIMUM_ENTRIES:
        raise SqsFault(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {MAXIMUM_ENTRIES}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = str(entry.get("Id", ""))
        if not ENTRY_ID.fullmatch(entry_id):
            raise SqsFault(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry_id in seen:
            raise SqsFault("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return entries


def settle_each(entries: list[dict[str, Any]], settle: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Do `settle` for each entry and tell which failed, as AWS does: one bad entry never spoils the batch."""
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, object]] = []
    for entry in entries:
        try:
            settle(entry)
            successful.append({"Id": entry["Id"]})
        except SqsFault as fault:
            failed.append(fault.batch_entry(entry["Id"]))
    return {"Successful": successful, "Failed": failed}
