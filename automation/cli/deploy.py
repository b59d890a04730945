"""deploy: check, plan, ask, create or update, remember, check health."""

import click
from rich.console import Group

from automation.cli.confirmation import confirm
from automation.cli.console import Screen
from automation.cli.cost_of_plan import cost_of_plan
from automation.cli.cost_tables import cost_lines
from automation.cli.expiry import EXPIRY_PATH, expiry_after, refuse_protected
from automation.cli.image_building import WAYS, Prepared, finish_images, prepare_images
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.recover import recover_first
from automation.cli.rollback import failure_words, roll_back_after_failure
from automation.cli.session import Session
from automation.cli.verification import remember_good, verify
from automation.driver.guardrails import refuse_violations
from automation.driver.operations import OperationResult, preview, probe_lock, refresh, up
from automation.driver.progress import ProgressDisplay, plan, to_dict
from automation.driver.stack_file import REGION_KEY, check_config
from automation.driver.workspace import create_or_select_stack, planning_stack, write_config
from automation.errors import Diagnostic, ExitCode
from automation.fleet.control import scale
from automation.fleet.later import hand_over
from components.compute.interface import ComputeType
from components.naming import PROJECT

INSTANCES_KEY = f"{PROJECT}:instances"


@click.command()
@environment_option
@click.option(
    "--type", "compute_type", metavar="TYPE", help="Kind of compute: ecs-fargate, ec2-gpu or lambda."
)
@click.option("--region", metavar="REGION", help="AWS region.")
@click.option("--instances", metavar="N", help="Workers to start with.")
@click.option(
    "--auto-stop", "auto_stop_minutes", metavar="MINUTES", help="Stop after so many idle minutes; 0 never."
)
@click.option("--ttl", metavar="TIME", help="Let the stack expire: 8h, 3d; see destroy --if-expired.")
@click.option(
    "--build", type=click.Choice(WAYS), help="Build and push the images that the stack's registry lacks."
)
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
@click.option(
    "--force", is_flag=True, help="Refresh the state first, forgetting half-made creations of a killed run."
)
@click.option("--no-rollback", is_flag=True, help="Leave a deployment that is not healthy as it is.")
@yes_option
@json_option
def deploy(
    environment: str,
    *,
    dry_run: bool,
    force: bool,
    no_rollback: bool,
    is_confirmed: bool,
    is_json: bool,
    **flags: str | None,
) -> int:
    """Create or update a stack, then check its health; go back to the last good deployment where that fails.

    Options that set the configuration are written to Pulumi.NAME.yaml (its comments stay), so that plain `pulumi up`
    agrees with what was deployed.
    """
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    ttl, way = flags.pop("ttl"), flags.pop("build")
    overrides = _overrides(flags)
    if ttl:
        refuse_protected(session.config, environment)
        overrides[EXPIRY_PATH] = expiry_after(ttl)
    check_config({**session.config, **overrides}, file_name=f"Pulumi.{environment}.yaml")
    session.start_cloud()
    probe_lock(session.target)
    caller = session.access.account_id()
    images = prepare_images(session, overrides, way=None if dry_run else way, account=caller)
    planned = _planned(session, overrides, caller, is_forced=force, settles=not dry_run)
    cost = cost_of_plan(session, planned.view, overrides)
    if dry_run:
        screen.result(
            {"dry_run": True, **to_dict(planned.view), "cost": cost.to_dict()},
            lambda: Group(plan(planned.view), cost_lines(cost)),
        )
        return ExitCode.OK
    screen.show(Group(plan(planned.view), cost_lines(cost)))
    if planned.view.changed:
        confirm(screen, lambda: click.confirm(f"Deploy this to {environment}?"), is_confirmed=is_confirmed)
    return _deploy(session, overrides, caller, images=images, rolls_back=not no_rollback)


def _planned(
    session: Session, overrides: dict[str, str], caller: str, *, is_forced: bool, settles: bool
) -> OperationResult:
    """Preview with the overrides in a copy of the stack's file: nothing is changed before it is confirmed."""
    screen, cloud = session.screen, session.cloud
    with planning_stack(session.target, overrides) as (stack, config_file):
        if is_forced or (cloud is not None and session.embedded.is_fresh(cloud, session.environment)):
            screen.note("Bringing the state in line with what is there.")
            refresh(session.target, stack, caller=caller, observe=lambda _view: None)
        if settles:
            recover_first(session, stack, caller)
        with ProgressDisplay(screen.words, "Preview", is_silent=screen.is_json) as display:
            planned = preview(session.target, stack, observe=display.observe, config_file=config_file)
    refuse_violations(planned.view, session.environment)
    return planned


def _deploy(
    session: Session, overrides: dict[str, str], caller: str, *, images: Prepared, rolls_back: bool
) -> int:
    screen, cloud = session.screen, session.cloud
    stack = create_or_select_stack(session.target)
    write_config(session.target, overrides)
    if cloud is not None:
        session.embedded.remember(cloud, session.environment)
    with ProgressDisplay(screen.words, "Deploy", is_silent=screen.is_json) as display:
        done = up(session.target, stack, caller=caller, observe=display.observe)
    if session.outputs.compute_type == ComputeType.LAMBDA:
        hand_over(session.access, session.outputs)  # there is nobody any more who sends jobs in time
    finish_images(session, overrides, images, changed=done.view.changed, account=caller)
    if (
        INSTANCES_KEY in overrides
    ):  # the program leaves the size of a running fleet alone: a wish is applied here
        scale(session.access, session.outputs, int(overrides[INSTANCES_KEY]))
    return _verified(session, done, rolls_back=rolls_back)


def _verified(session: Session, done: OperationResult, *, rolls_back: bool) -> int:
    """Check that the new revision runs and is healthy: remember it for a rollback, or go back to the last one that was."""
    verified = verify(session)
    document = {**to_dict(done.view), "outputs": dict(done.exports), "health": verified.checks}
    if verified.is_proven:
        remember_good(session, done.exports, done.state_version)
    if not verified.is_good:
        record = roll_back_after_failure(session) if rolls_back else None
        document["rolled_back_to"] = record.at if record else None
        told = (
            failure_words(record, session.environment)
            if rolls_back
            else {"next_step": "python -m automation rollback"}
        )
        if not session.screen.is_json:
            raise Diagnostic(
                f"the deployment is not healthy: {verified.reason}", reference="unhealthy", **told
            )
    if session.screen.is_json:
        session.screen.result(document, str)
    return ExitCode.OK if verified.is_good else ExitCode.FAILED


def _overrides(flags: dict[str, str | None]) -> dict[str, str]:
    keys = {
        "compute_type": f"{PROJECT}:compute_type",
        "instances": INSTANCES_KEY,
        "auto_stop_minutes": f"{PROJECT}:auto_stop_minutes",
        "region": REGION_KEY,
    }
    return {keys[name]: value for name, value in flags.items() if value is not None}
