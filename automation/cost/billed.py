"""What AWS bills, by Cost Explorer: a cent a call, so an answer is kept for a day, and every call is told.

Cost Explorer is hours behind, and sees a stack only by tags that somebody activated for cost allocation: what it doesn't say is told
as not known, never as nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.fleet.access import AwsAccess
from components.naming import Names
from worker.domain.budget import month_of, month_start

HOME_REGION = "us-east-1"
"""Cost Explorer lives there, wherever the stack is."""
KEPT_HOURS = 24
CALL_USD = 0.01
GROUP_TAG = "Component"
METRIC = "UnblendedCost"
ALLOCATION_TAGS = ("Project", "Environment", GROUP_TAG)
ACTIVATE = "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status " + " ".join(
    f"TagKey={tag},Status=Active" for tag in ALLOCATION_TAGS
)
"""Once an account; the tags are seen a day after the first deployment, and work a day after this."""


@dataclass(frozen=True, kw_only=True)
class BilledLine:
    """What one service was billed for one component."""

    service: str
    """AWS service, as the bill names it."""
    component: str
    """Component of the program; empty where the bill has no tag."""
    usd: float
    """US dollars."""


@dataclass(frozen=True, kw_only=True)
class Billed:
    """What was billed in a month so far."""

    month: str
    """YYYY-MM."""
    lines: tuple[BilledLine, ...] = ()
    """By service and component, the dearest first."""
    is_estimated: bool = True
    """AWS may still change it."""
    asked_at: str = ""
    """When Cost Explorer was asked, ISO 8601, UTC."""
    calls: int = 0
    """Calls that this command made."""
    trouble: str = ""
    """Why nothing is known; empty where something is."""

    @property
    def is_known(self) -> bool:
        """Something was billed that carries the tags."""
        return not self.trouble and bool(self.lines)

    @property
    def total_usd(self) -> float:
        """All of it."""
        return sum(line.usd for line in self.lines)

    def by(self, name: str) -> Mapping[str, float]:
        """Add up by `service` or `component`, the dearest first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            key = str(getattr(line, name))
            sums[key] = sums.get(key, 0.0) + line.usd
        return dict(sorted(sums.items(), key=lambda pair: -pair[1]))

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return {
            "month": self.month,
            "is_known": self.is_known,
            "total_usd": round(self.total_usd, 4) if self.is_known else None,
            "by_service": self.by("service"),
            "by_component": self.by("component"),
            "is_estimated": self.is_estimated,
            "asked_at": self.asked_at,
            "calls": self.calls,
            "calls_usd": round(self.calls * CALL_USD, 2),
            "trouble": self.trouble,
        }


def billed(
    access: AwsAccess, names: Names, *, keep_in: Path, now: datetime, is_asked_anew: bool = False
) -> Billed:
    """Return what was billed this month: the kept answer where it is younger than a day, else Cost Explorer's."""
    kept = None if is_asked_anew else _kept(keep_in, now)
    if kept is not None:
        return kept
    explorer = AwsAccess(region=HOME_REGION, endpoint=access.endpoint).client("ce")
    answer = Billed(month=month_of(now), asked_at=now.isoformat(timespec="seconds"))
    try:
        answer = _asked(explorer, _question(names, now), answer)
    except ClientError as fault:
        error = fault.response.get("Error", {})
        return replace(answer, calls=1, trouble=f"{error.get('Code', '')}: {error.get('Message', '')}")
    except BotoCoreError as fault:
        return replace(answer, trouble=str(fault))
    _keep(keep_in, answer)
    return answer


def kept_until(answer: Billed) -> datetime:
    """Return when Cost Explorer is asked again."""
    return datetime.fromisoformat(answer.asked_at) + timedelta(hours=KEPT_HOURS)


def _question(names: Names, now: datetime) -> dict[str, Any]:
    tags = names.tags()
    return {
        "TimePeriod": {
            "Start": month_start(now).date().isoformat(),
            "End": (now.date() + timedelta(days=1)).isoformat(),  # the end is not within
        },
        "Granularity": "MONTHLY",
        "Metrics": [METRIC],
        "Filter": {
            "And": [
                {"Tags": {"Key": key, "Values": [tags[key]], "MatchOptions": ["EQUALS"]}}
                for key in ("Project", "Environment")
            ]
        },
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "TAG", "Key": GROUP_TAG}],
    }


def _asked(explorer: Any, question: Mapping[str, Any], empty: Billed) -> Billed:
    """Ask page by page: each is a call with its price."""
    lines: list[BilledLine] = []
    calls, token, is_estimated = 0, "", False
    while calls == 0 or token:
        page = explorer.get_cost_and_usage(**question, **({"NextPageToken": token} if token else {}))
        calls += 1
        token = page.get("NextPageToken") or ""
        for period in page["ResultsByTime"]:
            is_estimated = is_estimated or bool(period.get("Estimated"))
            lines += [_line(group) for group in period.get("Groups", [])]
    return replace(empty, lines=_merged(lines), is_estimated=is_estimated or not lines, calls=calls)


def _line(group: Mapping[str, Any]) -> BilledLine:
    service, tag = group["Keys"]
    return BilledLine(
        service=service, component=tag.partition("$")[2], usd=float(group["Metrics"][METRIC]["Amount"])
    )


def _merged(lines: Sequence[BilledLine]) -> tuple[BilledLine, ...]:
    sums: dict[tuple[str, str], float] = {}
    for line in lines:
        key = (line.service, line.component)
        sums[key] = sums.get(key, 0.0) + line.usd
    merged = (BilledLine(service=key[0], component=key[1], usd=usd) for key, usd in sums.items())
    return tuple(sorted(merged, key=lambda line: -line.usd))


def _keep(path: Path, answer: Billed) -> None:
    """Keep an answer; where the disk refuses, the next command asks again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(answer)), encoding="utf-8")
        beside.replace(path)
    except OSError:
        return


def _kept(path: Path, now: datetime) -> Billed | None:
    """Return the kept answer; None where it is old, of another month, from the future, or can't be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        lines = tuple(BilledLine(**line) for line in document.pop("lines"))
        answer = Billed(**document, lines=lines)
        is_young = datetime.fromisoformat(answer.asked_at) <= now < kept_until(answer)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return replace(answer, calls=0) if is_young and answer.month == month_of(now) else None
