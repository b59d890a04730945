"""Verifies a deployment: the new revision is the one that runs, then the fleet is healthy; a good one is remembered."""

import getpass
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.cli.console import literal
from automation.cli.health import run_health
from automation.cli.session import Session
from automation.driver.good_deployments import GoodDeployment, GoodDeployments
from automation.driver.images import keep_image
from automation.driver.program_source import commit_of, digest_of
from automation.errors import Diagnostic
from automation.fleet.control import fleet_status
from automation.fleet.status import FleetStatus
from components.config import StackConfig, own_values

ROLLOUT_SECONDS = 900.0
"""Longest wait for a rollout to end: ECS pulls an image with a model of several GB for minutes, Lambda takes it apart first."""
EMBEDDED_ROLLOUT_SECONDS = 120.0
"""Longest wait where a worker is a process of this machine."""
_POLL_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was seen after a deployment."""

    is_good: bool
    """Nothing is wrong."""
    is_proven: bool
    """Workers ran on the new revision: a stopped fleet proves nothing."""
    reason: str
    """What is wrong, or what was not proved."""
    checks: list[dict[str, Any]]
    """The health checks."""


def verify(session: Session) -> Verification:
    """Wait for the rollout, then check the health."""
    try:
        wait_for_rollout(session, EMBEDDED_ROLLOUT_SECONDS if session.is_embedded else ROLLOUT_SECONDS)
    except Diagnostic as fault:
        reason = f"{fault.what}: {fault.why}"
        session.screen.show(f"[red]✗[/] {literal(reason)}")
        return Verification(is_good=False, is_proven=False, reason=reason, checks=[])
    checks = run_health(session, session.screen)
    failed = [check for check in checks if not (check["is_ok"] or check["is_warning"])]
    is_stopped = any(check["detail"].startswith("stopped") for check in checks)
    reason = "; ".join(f"{check['name']}: {check['detail']}" for check in failed)
    if not failed and is_stopped:
        reason = "the fleet is stopped: no worker has run this revision yet"
    return Verification(
        is_good=not failed, is_proven=not failed and not is_stopped, reason=reason, checks=checks
    )


def wait_for_rollout(session: Session, longest_seconds: float) -> None:
    """Return when the deployed revision runs; raises Diagnostic where ECS went back to an older one, or does not get there.

    The circuit breaker puts the old revision back and calls that a success: only the ARNs tell.
    """
    deadline, shown = time.monotonic() + longest_seconds, ""
    while True:
        status = fleet_status(session.access, session.outputs)
        fault = rollout_fault(status)
        if fault:
            raise Diagnostic(fault, why=status.last_event, reference="rollout-failed")
        if is_rolled_out(status):
            return
        if time.monotonic() > deadline:
            raise Diagnostic(
                f"the rollout did not end within {longest_seconds:.0f} s",
                why=status.last_event,
                reference="rollout-late",
            )
        line = f"Rolling out {status.revision}: {progress(status)}"
        if line != shown:
            session.screen.note(line)
            shown = line
        time.sleep(_POLL_SECONDS)


def progress(status: FleetStatus) -> str:
    """Say how far the fleet is from the size that was asked for."""
    if status.is_on_demand and not status.desired:
        return f"stopped, {status.running} workers running"
    if status.is_on_demand:
        waiting = f", {status.pending} settings not in force yet" if status.pending else ""
        return (
            f"up to {status.desired} batches of each lane at once, {status.running} workers running{waiting}"
        )
    return f"{status.running} of {status.desired} running"


def is_rolled_out(status: FleetStatus) -> bool:
    """Tell whether every desired worker runs the revision that was deployed last."""
    is_new = all(worker.revision == status.revision for worker in status.workers)
    return status.runs_deployed_revision and status.has_size and is_new and status.rollout != "FAILED"


def rollout_fault(status: FleetStatus) -> str:
    """Say what is wrong with a rollout, nothing while it may still succeed."""
    if not status.runs_deployed_revision:
        if status.is_on_demand:
            return f"what Lambda runs is not {status.revision}, which was deployed"
        return f"ECS runs {status.revision}, not the revision that was deployed"
    if status.rollout == "FAILED":
        return f"the rollout of {status.revision} failed"
    return ""


def remember_good(session: Session, exports: Mapping[str, Any], state_version: int) -> GoodDeployment | None:
    """Remember a deployment that proved good; a ledger that refuses is told, for the deployment itself is fine."""
    target, access = session.target, session.access
    text = target.config_file.read_text(encoding="utf-8")
    try:
        image = keep_image(access.client("ecr"), str(exports.get("RepositoryUrl", "")), image_tag_of(session))
        good = GoodDeployment(
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            by=f"{getpass.getuser()}@{platform.node()}",
            stack_file=text,
            commit=commit_of(target.root),
            program_digest=digest_of(target.root),
            task_definition_arn=str(exports.get("TaskDefinitionArn", "")),
            image_digest=image.digest,
            image_tag=image.tag,
            state_version=state_version,
        )
        GoodDeployments(access.client, str(exports["LedgerTable"])).remember(good)
    except (ClientError, BotoCoreError, KeyError) as fault:
        session.screen.note(f"This deployment could not be remembered for a rollback: {fault}")
        return None
    return good


def image_tag_of(session: Session) -> str:
    """Return the tag of the worker's image that the stack's file asks for."""
    return StackConfig.parse(own_values(session.config)).image_tag
