"""preview, outputs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Group

from automation.cli.console import Screen
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import Diagnostic, ExitCode

if TYPE_CHECKING:
    from automation.cost.estimate import PlanCost
    from automation.driver.events import DeploymentView


@click.command()
@environment_option
@click.option(
    "--offline", is_flag=True, help="Plan a stack of AWS against the embedded AWS: no account needed."
)
@click.option("--expect-no-changes", is_flag=True, help="Exit with 7 where anything would change.")
@click.option(
    "--comment",
    "comments",
    is_flag=True,
    help="Tell the pull request of this workflow (GITHUB_TOKEN), on failure too.",
)
@click.option(
    "--pull-request",
    "number",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Which one, outside of its events.",
)
@json_option
def preview(
    environment: str,
    *,
    offline: bool,
    expect_no_changes: bool,
    comments: bool,
    number: int | None,
    is_json: bool,
) -> int:
    """Show what a deploy would change, and what it would cost; touches nothing."""
    from automation.cli.cost_tables import cost_lines  # noqa: PLC0415 - beside its use
    from automation.cli.preview_comment import comment_failure, comment_plan  # noqa: PLC0415 - loads httpx
    from automation.driver import progress  # noqa: PLC0415 - loads Pulumi

    screen = Screen(is_json=is_json)
    try:
        view, cost = _planned_with_cost(environment, screen, offline=offline)
    except Diagnostic as fault:
        if comments:
            comment_failure(environment, screen, fault, number=number)
        raise
    screen.result(
        {**progress.to_dict(view), "cost": cost.to_dict()},
        lambda: Group(progress.plan(view), cost_lines(cost)),
    )
    if comments:
        comment_plan(environment, screen, view, cost, number=number)
    return ExitCode.CHANGES if expect_no_changes and view.changed else ExitCode.OK


def _planned_with_cost(
    environment: str, screen: Screen, *, offline: bool
) -> "tuple[DeploymentView, PlanCost]":
    from automation.cli.cost_of_plan import cost_of_plan  # noqa: PLC0415 - loads boto

    session = Session(environment, screen, is_embedded=True if offline else None)
    view = planned(session)
    return view, cost_of_plan(session, view, {})


def planned(session: Session) -> "DeploymentView":
    """Plan the stack as its file has it."""
    from automation.driver import guardrails, operations, progress, workspace  # noqa: PLC0415 - loads Pulumi
    from automation.driver.stack_file import check_config  # noqa: PLC0415 - loads botocore

    screen = session.screen
    check_config(session.config, file_name=f"Pulumi.{session.environment}.yaml")
    session.start_cloud()
    with (
        workspace.planning_stack(session.target, {}) as (stack, config_file),
        progress.ProgressDisplay(screen.words, "Preview", is_silent=screen.is_json) as display,
    ):
        view = operations.preview(
            session.target, stack, observe=display.observe, config_file=config_file
        ).view
    guardrails.refuse_violations(view, session.environment)
    return view


@click.command()
@environment_option
@json_option
def outputs(environment: str, *, is_json: bool) -> None:
    """Show the outputs of a stack."""
    from components.outputs import output_name  # noqa: PLC0415 - beside its use

    screen = Screen(is_json=is_json)
    values = {
        output_name(name): value for name, value in asdict(Session(environment, screen).outputs).items()
    }

    if is_json:
        screen.result(values, str)
    screen.lines(output_lines(values))


def output_lines(values: Mapping[str, object]) -> list[str]:
    """Return a line an output; unbroken at any width, for addresses and names are there to be copied."""
    width = max(map(len, values), default=0)
    shown = {
        name: ", ".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for name, v in values.items()
    }
    return [f"{name:<{width}}  {value}" for name, value in shown.items()]
