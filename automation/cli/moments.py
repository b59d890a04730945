"""Reads a moment as people write it: 15m from now, or an ISO time."""

import re
from datetime import UTC, datetime, timedelta

import click

from worker.domain.job import MAXIMUM_DELAY_DAYS

_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """A time to come, in UTC."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; a time without a zone is this machine's."""
        if isinstance(value, datetime):
            return value
        now, text = datetime.now(UTC), str(value).strip().lower().removeprefix("+")
        span = _SPAN.fullmatch(text)
        if span:
            moment = now + timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            try:
                moment = datetime.fromisoformat(str(value).strip()).astimezone(UTC)
            except ValueError:
                self.fail(f"{value!r:.60} is no time: 15m, 2h, 1d or 2026-12-24T18:00 are", param, ctx)
        if moment > now + timedelta(days=MAXIMUM_DELAY_DAYS):
            self.fail(f"{value!r:.60} is more than {MAXIMUM_DELAY_DAYS} days ahead", param, ctx)
        return moment


MOMENT = Moment()
"""For click's options."""
