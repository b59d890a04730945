"""How long GitHub wants us to wait, read from an answer that refuses; pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

SECONDARY_SECONDS = 60.0
"""Where a secondary limit names no time: GitHub's documentation asks for a minute at least."""

LONGEST_BELIEVED_SECONDS = 7200.0
"""A primary limit is over within the hour; an answer that says otherwise is not believed further than this."""

_SECONDARY = re.compile(r"secondary rate limit|abuse detection|too many requests", re.IGNORECASE)


def pause_seconds(status: int, headers: Mapping[str, str], text: str, now: datetime) -> float | None:
    """Return how long to wait before the same call may succeed; None where it is no matter of rates."""
    if status not in {403, 429, 503}:
        return None
    asked = _retry_after(headers.get("retry-after", ""), now)
    if asked is not None:
        return asked
    if status != 503 and headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset", ""))
        return _bounded(reset - now.timestamp() + 1) if reset is not None else SECONDARY_SECONDS
    if status == 429 or (status == 403 and _SECONDARY.search(text)):
        return SECONDARY_SECONDS
    return None


def _retry_after(text: str, now: datetime) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return _bounded(seconds)
    try:
        return _bounded((parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", text.strip()) else None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_BELIEVED_SECONDS)
