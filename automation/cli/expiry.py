"""Time to live of a stack for development: a tag on everything that it makes, written into the stack's file.

`deploy --ttl 8h` sets it, `status` shows it, `destroy --if-expired` (the workflow expire.yml runs it every hour) acts on it.
The tag is one of the provider's default tags, so that it stands on every resource for whoever looks at the account.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import UsageFault
from automation.fleet.access import AwsAccess
from components.naming import PROJECT, Names

TAG = "ExpiresAt"
DEFAULT_TAGS_KEY = "aws:defaultTags"
EXPIRY_PATH = f"{DEFAULT_TAGS_KEY}.tags.{TAG}"
"""The tag as `pulumi config set --path` writes it."""
_SPAN = re.compile(r"(\d{1,4})([hd])")
_LONGEST = timedelta(days=90)


def expiry_after(ttl: str, now: datetime | None = None) -> str:
    """Return the end of a stack's time, ISO 8601 in UTC, in full hours: a deploy a minute later changes no tag."""
    span = _SPAN.fullmatch(ttl.strip())
    length = timedelta(**{"hours" if span[2] == "h" else "days": int(span[1])}) if span else timedelta()
    if not timedelta() < length <= _LONGEST:
        raise UsageFault(
            f"{ttl!r:.40} is no time to live",
            why="hours or days are, up to 90 days: 8h, 3d",
            next_step="deploy --env dev --ttl 8h",
            reference="ttl-invalid",
        )
    end = (now or datetime.now(UTC)) + length + timedelta(minutes=59, seconds=59)
    return end.astimezone(UTC).strftime("%Y-%m-%dT%H:00Z")


def expires_at(access: AwsAccess, environment: str) -> str | None:
    """Return the end that the tags of the deployed stack give; None where they give none.

    The cloud is asked, not a file: whoever deployed the stack for a day may have committed nothing.
    """
    names = Names(environment=environment)
    filters = [{"Key": key, "Values": [names.tags()[key]]} for key in ("Project", "Environment")]
    pages = access.client("resourcegroupstaggingapi").get_paginator("get_resources")
    ends = [
        str(tag["Value"])
        for page in pages.paginate(TagFilters=[*filters, {"Key": TAG}])
        for entry in page["ResourceTagMappingList"]
        for tag in entry["Tags"]
        if tag["Key"] == TAG
    ]
    return max(ends, default=None)  # a deploy that was cut off leaves older ends beside the new one


def expiry_words(access: AwsAccess, environment: str) -> str:
    """Return the end for `status`, empty where there is none; who may not read tags sees none, and no fault."""
    with suppress(ClientError, BotoCoreError):
        return expires_at(access, environment) or ""
    return ""


def is_expired(end: str | None, now: datetime | None = None) -> bool:
    """Tell whether a stack's time is over; one without an end, or whose end nobody can read, never expires."""
    with suppress(ValueError, TypeError):
        return end is not None and datetime.fromisoformat(end) <= (now or datetime.now(UTC))
    return False


def refuse_protected(config: Mapping[str, str], environment: str) -> None:
    """Raise UsageFault where a stack that must not be destroyed by chance would get an end."""
    if config.get(f"{PROJECT}:protect") == "true":
        raise UsageFault(
            f"stack {environment!r} is protected, and such a stack has no time to live",
            next_step="leave --ttl out",
            reference="ttl-protected",
        )
