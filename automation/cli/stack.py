"""preview, outputs, destroy."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType

from automation.cli.confirmation import confirm
from automation.cli.console import Screen
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.errors import ExitCode, LeftoversFound

if TYPE_CHECKING:
    from automation.driver.events import DeploymentView


@click.command()
@environment_option
@click.option(
    "--offline", is_flag=True, help="Plan a stack of AWS against the embedded AWS: no account needed."
)
@click.option("--expect-no-changes", is_flag=True, help="Exit with 7 where anything would change.")
@json_option
def preview(environment: str, *, offline: bool, expect_no_changes: bool, is_json: bool) -> int:
    """Show what a deploy would change, and what it would cost; touches nothing."""
    from automation.cli.cost_of_plan import cost_of_plan  # noqa: PLC0415 - loads boto
    from automation.cli.cost_tables import cost_lines  # noqa: PLC0415 - beside its use
    from automation.driver import progress  # noqa: PLC0415 - loads Pulumi

    screen = Screen(is_json=is_json)
    session = Session(environment, screen, is_embedded=True if offline else None)
    view = planned(session)
    cost = cost_of_plan(session, view, {})
    screen.result(
        {**progress.to_dict(view), "cost": cost.to_dict()},
        lambda: Group(progress.plan(view), cost_lines(cost)),
    )
    return ExitCode.CHANGES if expect_no_changes and view.changed else ExitCode.OK


def planned(session: Session) -> "DeploymentView":
    """Plan the stack as its file has it."""
    from automation.driver import operations, progress, workspace  # noqa: PLC0415 - loads Pulumi
    from automation.driver.stack_file import check_config  # noqa: PLC0415 - loads botocore

    screen = session.screen
    check_config(session.config, file_name=f"Pulumi.{session.environment}.yaml")
    session.start_cloud()
    with (
        workspace.planning_stack(session.target, {}) as (stack, config_file),
        progress.ProgressDisplay(screen.words, "Preview", is_silent=screen.is_json) as display,
    ):
        return operations.preview(
            session.target, stack, observe=display.observe, config_file=config_file
        ).view


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


@click.command()
@environment_option
@yes_option
@json_option
def destroy(environment: str, *, is_confirmed: bool, is_json: bool) -> int:
    """Delete a stack and prove that nothing is left, by tag and by name."""
    from automation.cli.teardown import tear_down  # noqa: PLC0415 - loads Pulumi
    from automation.cost.leftovers import scan_leftovers  # noqa: PLC0415 - loads boto

    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    confirm(screen, lambda: _names_it(environment), is_confirmed=is_confirmed)
    deleted = tear_down(session)
    scan = scan_leftovers(session.access, environment)
    document = {"environment": environment, "deleted": deleted, **asdict(scan)}

    def render() -> RenderableType:
        where = f"{len(scan.services_scanned)} services, by tag and by name"
        lines: list[RenderableType] = [
            f"Deleted {deleted} resources. Left: {len(scan.leftovers)} (looked at {where})."
        ]
        lines += [f"  {one.service}: {one.identity} (found by {one.found_by})" for one in scan.leftovers]
        lines += [f"  not looked at: {one}" for one in scan.unscanned]
        return Group(*lines)

    screen.result(document, render)
    if scan.leftovers and not is_json:
        raise LeftoversFound(
            f"{len(scan.leftovers)} resources are left",
            next_step="delete them by hand, or run destroy again",
            reference="leftovers",
        )
    return ExitCode.LEFTOVERS if scan.leftovers else ExitCode.OK


def _names_it(environment: str) -> bool:
    answer = click.prompt(f"This deletes everything of {environment!r}. Type its name to confirm")
    return str(answer).strip() == environment
