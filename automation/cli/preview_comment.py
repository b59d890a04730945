"""preview --comment: tells a pull request what the plan is, or why there is none."""

import os
from collections.abc import Mapping

from automation.cli.console import Screen
from automation.cost.estimate import PlanCost
from automation.driver.comment import Failure, Report, marker, render_comment
from automation.driver.events import DeploymentView
from automation.driver.pull_request import append_summary, pull_request_of, put_comment
from automation.errors import Diagnostic


def comment_plan(
    environment: str, screen: Screen, view: DeploymentView, cost: PlanCost, *, number: int | None
) -> None:
    """Put the plan on the pull request."""
    _put(_report(environment, view=view, cost=cost), screen, number)


def comment_failure(environment: str, screen: Screen, fault: Diagnostic, *, number: int | None) -> None:
    """Put the reason of a failure there; the failure itself counts more than a comment that can't be written."""
    failure = Failure(what=fault.what, why=fault.why, next_step=fault.next_step)
    try:
        _put(_report(environment, failure=failure), screen, number)
    except Diagnostic as second:
        screen.note(f"The pull request was not told: {second.what}: {second.why}")


def cost_words(cost: PlanCost) -> list[str]:
    """Say the cost and its change in a few words."""
    now, before = cost.planned, cost.deployed
    sums = [
        ("a month while nothing runs", now.monthly_fixed_usd, before.monthly_fixed_usd if before else None),
        ("a busy hour", now.busy_hour_usd, before.busy_hour_usd if before else None),
        ("1,000 jobs", now.thousand_jobs_usd, before.thousand_jobs_usd if before else None),
    ]
    lines = [f"{what}: {_usd(usd)} USD{_change(usd, old)}" for what, usd, old in sums]
    if now.unpriced:
        lines.append(f"unpriced, and not in these sums: {'; '.join(now.unpriced)}")
    return lines


def _change(usd: float, old: float | None) -> str:
    if old is None:
        return " (new)"
    delta = usd - old
    return " (as now)" if abs(delta) < 0.00005 else f" ({'+' if delta > 0 else '-'}{_usd(abs(delta))})"


def _usd(usd: float) -> str:
    return f"{usd:.2f}" if usd >= 1 else f"{usd:.4f}"


def _report(
    environment: str,
    *,
    view: DeploymentView | None = None,
    cost: PlanCost | None = None,
    failure: Failure | None = None,
) -> Report:
    return Report(
        environment=environment,
        view=view,
        failure=failure,
        cost_lines=cost_words(cost) if cost else (),
        commit=os.environ.get("GITHUB_SHA", ""),
        run_url=run_url(os.environ),
    )


def run_url(environ: Mapping[str, str]) -> str:
    """Return the address of the run of a workflow; empty outside of one."""
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def _put(report: Report, screen: Screen, number: int | None) -> None:
    text = render_comment(report)
    append_summary(text)
    address = put_comment(pull_request_of(os.environ, number=number), text, marker=marker(report.environment))
    screen.note(f"Told the pull request: {address}")
