"""rollback: deploys once more what proved good before: its stack file, its program, its image."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from ruamel.yaml import YAML

from automation.cli.confirmation import confirm
from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.cli.verification import remember_good, verify
from automation.driver.events import DeploymentView
from automation.driver.good_deployments import GoodDeployment, GoodDeployments, to_go_back_to
from automation.driver.guardrails import refuse_violations
from automation.driver.images import has_image
from automation.driver.operations import OperationResult, preview, up
from automation.driver.program_source import digest_of, earlier_program
from automation.driver.progress import ProgressDisplay, plan, to_dict
from automation.driver.target import StackTarget
from automation.driver.workspace import select_stack
from automation.errors import Diagnostic, ExitCode, UsageFault
from components.naming import PROJECT

if TYPE_CHECKING:
    from pulumi.automation import Stack

IMAGE_TAG_KEY = f"{PROJECT}:image_tag"


@click.command()
@environment_option
@click.option(
    "--list", "is_list", is_flag=True, help="Show the deployments that proved good; change nothing."
)
@click.option("--to", "wanted", metavar="TIME", help="Choose one by the beginning of its time.")
@click.option(
    "--keep-program", is_flag=True, help="Roll back configuration and image; the program stays as it is here."
)
@yes_option
@json_option
def rollback(
    environment: str,
    *,
    is_list: bool,
    wanted: str | None,
    keep_program: bool,
    is_confirmed: bool,
    is_json: bool,
) -> int:
    """Deploy the last good deployment again: its stack file, program and image."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    outputs = session.outputs
    remembered = GoodDeployments(session.access.client, outputs.ledger_table).all()
    if is_list:
        document = [one.summary() for one in remembered]
        screen.result(document, lambda: _render(remembered, outputs.task_definition_arn))
        return ExitCode.OK
    record = _chosen(remembered, wanted, running=outputs.task_definition_arn)
    with prepared(session, record, keeps_program=keep_program) as (target, file):
        stack = select_stack(target)
        planned = _plan(session, target, stack, file)
        screen.show(plan(planned.view))
        confirm(
            screen,
            lambda: click.confirm(f"Go back to the deployment of {record.at}?"),
            is_confirmed=is_confirmed,
        )
        done = _apply(session, target, stack, file)
    session.target.config_file.write_text(record.stack_file, encoding="utf-8")
    return _finish(environment, screen, record, done)


def roll_back_after_failure(session: Session) -> GoodDeployment | None:
    """Go back by itself after a deployment that is not healthy; None where there is nothing to go back to.

    The stack's file is left alone: it says what somebody wants, and is theirs to put right.
    """
    outputs = session.outputs
    remembered = GoodDeployments(session.access.client, outputs.ledger_table).all()
    record = to_go_back_to(remembered, running_task_definition=outputs.task_definition_arn)
    if record is None:
        return None
    session.screen.note(f"Going back to the deployment of {record.at}.")
    with prepared(session, record, keeps_program=False) as (target, file):
        stack = select_stack(target)
        _plan(session, target, stack, file)
        _apply(session, target, stack, file)
    return record


@contextmanager
def prepared(
    session: Session, record: GoodDeployment, *, keeps_program: bool
) -> Iterator[tuple[StackTarget, Path]]:
    """Yield the target whose program is that of a record, and the record's stack file."""
    target = session.target
    has_same = digest_of(target.root) == record.program_digest
    if not has_same and not keeps_program and not record.commit:
        raise Diagnostic(
            f"the program of {record.at} was never committed, so it can't be had again",
            why="it was deployed from a work tree with changes",
            next_step="rollback --keep-program rolls back configuration and image alone",
            reference="program-missing",
        )
    program = (
        nullcontext(target.root)
        if has_same or keeps_program
        else earlier_program(target.root, record.commit, scratch=target.scratch)
    )
    target.scratch.mkdir(parents=True, exist_ok=True)
    with program as root, TemporaryDirectory(prefix="rollback-", dir=target.scratch) as place:
        file = Path(place) / target.config_file.name
        file.write_text(record.stack_file, encoding="utf-8")
        _pin_image(session, record, file)
        yield replace(target, root=root), file


def _pin_image(session: Session, record: GoodDeployment, file: Path) -> None:
    """Ask for the image by the tag that stays on it."""
    if not record.image_tag:
        return
    if not has_image(session.access.client("ecr"), session.outputs.repository_url, record.image_tag):
        raise Diagnostic(
            f"the image {record.image_tag} of that deployment is gone",
            why="the repository keeps only so many",
            next_step="rollback --list; choose a newer one with --to, or build and push that image again",
            reference="image-gone",
        )
    yaml = YAML()
    document = yaml.load(file.read_text(encoding="utf-8"))
    document["config"][IMAGE_TAG_KEY] = record.image_tag
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(document, stream)


def _plan(session: Session, target: StackTarget, stack: "Stack", file: Path) -> OperationResult:
    """Plan the way back, and refuse what must not be."""
    with ProgressDisplay(session.screen.words, "Preview", is_silent=session.screen.is_json) as display:
        planned = preview(target, stack, observe=display.observe, config_file=file)
    refuse_going_back(planned.view, session.environment)
    return planned


def refuse_going_back(view: DeploymentView, environment: str) -> None:
    """Raise Diagnostic where the way back would lose data, or lead to what no stack may be: an old program may not know the rules of today."""
    losing = [row.name for row in view.changed if row.loses_data]
    if losing:
        raise Diagnostic(
            "going back would lose data, so it is not done",
            why=f"{', '.join(losing)} would be deleted or replaced",
            next_step="move forward: correct the stack file or the program, and deploy",
            reference="rollback-loses-data",
        )
    refuse_violations(view, environment)


def _apply(session: Session, target: StackTarget, stack: "Stack", file: Path) -> OperationResult:
    with ProgressDisplay(session.screen.words, "Rollback", is_silent=session.screen.is_json) as display:
        done = up(
            target, stack, caller=session.access.account_id(), observe=display.observe, config_file=file
        )
    session.__dict__.pop("outputs", None)  # they are of another revision now
    return done


def _finish(environment: str, screen: Screen, record: GoodDeployment, done: OperationResult) -> int:
    session = Session(environment, screen)  # the file is another now
    verified = verify(session)
    if verified.is_proven:
        remember_good(session, done.exports, done.state_version)
    document = {
        **to_dict(done.view),
        "rolled_back_to": record.summary(),
        "is_good": verified.is_good,
        "health": verified.checks,
    }
    if screen.is_json:
        screen.result(document, str)
    else:
        screen.lines(
            [
                f"Pulumi.{environment}.yaml is as it was on {record.at}: commit it, or the next deploy undoes this."
            ]
        )
    return ExitCode.OK if verified.is_good else ExitCode.FAILED


def _chosen(remembered: tuple[GoodDeployment, ...], wanted: str | None, *, running: str) -> GoodDeployment:
    if wanted is None:
        record = to_go_back_to(remembered, running_task_definition=running)
        if record is None:
            raise UsageFault(
                "there is no earlier good deployment to go back to",
                why=f"{len(remembered)} remembered; each needs a health check that passed with workers running",
                next_step="rollback --list shows them",
                reference="nothing-to-roll-back-to",
            )
        return record
    found = [one for one in remembered if one.at.startswith(wanted)]
    if len(found) != 1:
        raise UsageFault(
            f"{len(found)} good deployments are of {wanted!r}",
            next_step="rollback --list; give enough of the time to tell one",
            reference="no-such-deployment",
        )
    return found[0]


def _render(remembered: tuple[GoodDeployment, ...], running: str) -> RenderableType:
    if not remembered:
        return "No deployment has proved good yet."
    rows = table("time (UTC)", "by", "commit", "revision", "image", "")
    current = next((one for one in remembered if one.task_definition_arn == running), None)
    for one in remembered:
        rows.add_row(
            one.at[:19],
            literal(one.by),
            one.commit[:10] or "not committed",
            literal(one.task_definition_arn.rsplit("/", 1)[-1]),
            literal(one.image_tag),
            "runs now" if one is current else "",
        )
    return rows


def failure_words(record: GoodDeployment | None, environment: str) -> Mapping[str, str]:
    """Say how a failed deployment ended."""
    if record is None:
        return {
            "why": "no earlier deployment has proved good, so there is nothing to go back to",
            "next_step": f"python -m automation logs --env {environment}; correct it and deploy again",
        }
    return {
        "why": f"what runs again is the deployment of {record.at}",
        "next_step": f"Pulumi.{environment}.yaml and the program still ask for what failed: correct them, then deploy",
    }
