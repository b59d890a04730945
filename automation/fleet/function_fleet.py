"""A fleet that is a Lambda function: its event source mappings, one for each lane, are where its size is set.

A mapping that is off takes nothing, so that the fleet is stopped; one that is on starts a worker for each batch, up to its bound.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html,
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from automation.fleet.roster import WorkerState, workers
from automation.fleet.status import FleetStatus, WorkerTask, queue_depths
from components.function_limits import SMALLEST_CONCURRENCY
from components.outputs import StackOutputs
from worker.domain.function_width import ON_STATES

IN_FORCE = frozenset({"Enabled", "Disabled"})
"""States of a mapping that is what it was asked to be."""
REVISION_FIELDS = ("CodeSha256", "Environment", "MemorySize", "Timeout", "Role")
"""What a version has from its deployment."""
ROLLOUTS = {"InProgress": "IN_PROGRESS", "Failed": "FAILED"}
AT_WORK = frozenset({WorkerState.WORKING, WorkerState.IDLE})
BUSY_CODES = frozenset({"ResourceInUseException", "ResourceConflictException"})
"""An earlier change is not in force yet."""
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 2.0


class FunctionFleet:
    """An `automation.fleet.control.Fleet`."""

    least = SMALLEST_CONCURRENCY
    """Lambda can't be held to fewer batches of a queue at once."""
    is_scaled = False
    """Lambda scales by itself; ours looks at the budget alone."""

    def __init__(
        self, access: AwsAccess, outputs: StackOutputs, *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        """Speak of this stack's function."""
        self._access = access
        self._outputs = outputs
        self._pause_seconds = pause_seconds

    def status(self) -> FleetStatus:
        """Observe; raises Diagnostic where the function is gone."""
        held, outputs = self._function(), self._outputs
        mappings = self._mappings()
        unready = [mapping for mapping in mappings if mapping["State"] not in IN_FORCE]
        is_starting = held.get("State", "Active") == "Pending" or held.get("LastUpdateStatus") == "InProgress"
        revision = outputs.task_definition_arn.partition(":function:")[2]
        at_work = self._workers(revision)
        return FleetStatus(
            environment=outputs.environment,
            desired=_bound(mappings),
            running=len(at_work),
            pending=len(unready) + is_starting,
            rollout=_rollout(held),
            runs_deployed_revision=self._is_deployed(held),
            revision=revision,
            queues=queue_depths(self._access, outputs),
            workers=at_work,
            last_event=_last_word(held, mappings),
            is_on_demand=True,
        )

    def desired(self) -> int:
        """Return how many batches of a lane may run at once; 0 where nothing is taken."""
        return _bound(self._mappings())

    def resize(self, workers: int) -> None:
        """Let so many batches of each lane run at once; 0 takes nothing, and lets what runs end."""
        changes: dict[str, Any] = {"Enabled": False}
        if workers:
            changes = {"Enabled": True, "ScalingConfig": {"MaximumConcurrency": workers}}
        for mapping in self._mappings():
            self._patiently("update_event_source_mapping", UUID=mapping["UUID"], **changes)

    def replace_all(self) -> None:
        """Have Lambda read the image's tag again: all environments are made anew, what runs ends in the old ones."""
        name = self._outputs.service_name
        try:
            image = self._lambda.get_function(FunctionName=name)["Code"]["ImageUri"]
        except ClientError as fault:
            raise self._gone(fault) from fault
        self._patiently("update_function_code", FunctionName=name, ImageUri=image)

    @property
    def _lambda(self) -> Any:
        return self._access.client("lambda")

    def _function(self) -> Mapping[str, Any]:
        try:
            held: Mapping[str, Any] = self._lambda.get_function_configuration(
                FunctionName=self._outputs.service_name
            )
        except ClientError as fault:
            raise self._gone(fault) from fault
        return held

    def _mappings(self) -> Sequence[Mapping[str, Any]]:
        arn = self._outputs.task_definition_arn.rpartition(":")[0]
        pages = self._lambda.get_paginator("list_event_source_mappings").paginate(FunctionName=arn)
        try:
            found = [mapping for page in pages for mapping in page["EventSourceMappings"]]
        except ClientError as fault:
            raise self._gone(fault) from fault
        if not found:
            raise self._gone(None)
        return found

    def _is_deployed(self, held: Mapping[str, Any]) -> bool:
        """Compare what is called with the version of the last deployment; one that is gone is none."""
        try:
            deployed = self._lambda.get_function_configuration(FunctionName=self._outputs.task_definition_arn)
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False
        return all(held.get(name) == deployed.get(name) for name in REVISION_FIELDS)

    def _workers(self, revision: str) -> tuple[WorkerTask, ...]:
        """Those at work by their own word: Lambda lists no environments."""
        return tuple(
            WorkerTask(
                task_id=worker.worker_id,
                status="RUNNING",
                health="UNKNOWN",
                revision=revision,
                started_at=worker.started_at,
            )
            for worker in workers(self._access, self._outputs)
            if worker.state in AT_WORK and not worker.task_id
        )

    def _patiently(self, operation: str, **arguments: Any) -> None:
        """Call, again while an earlier change is not in force."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                getattr(self._lambda, operation)(**arguments)
            except ClientError as fault:
                code = fault.response["Error"]["Code"]
                if code == "ResourceNotFoundException":
                    raise self._gone(fault) from fault
                if code not in BUSY_CODES or time.monotonic() > deadline:
                    raise
                time.sleep(self._pause_seconds)
            else:
                return

    def _gone(self, fault: ClientError | None) -> Diagnostic:
        outputs = self._outputs
        return Diagnostic(
            f"the function {outputs.service_name} or what feeds it is not there",
            why=str(fault) if fault else "it was removed outside of Pulumi",
            next_step=f"python -m automation deploy --env {outputs.environment}",
            reference="function-gone",
        )


def _bound(mappings: Sequence[Mapping[str, Any]]) -> int:
    on = [mapping for mapping in mappings if mapping["State"] in ON_STATES]
    bounds = [
        int((mapping.get("ScalingConfig") or {}).get("MaximumConcurrency") or SMALLEST_CONCURRENCY)
        for mapping in on
    ]
    return max(bounds, default=0)


def _rollout(held: Mapping[str, Any]) -> str:
    if held.get("State") == "Failed":
        return "FAILED"
    return ROLLOUTS.get(str(held.get("LastUpdateStatus")), "COMPLETED")


def _last_word(held: Mapping[str, Any], mappings: Sequence[Mapping[str, Any]]) -> str:
    reason = held.get("LastUpdateStatusReason") or held.get("StateReason")
    if reason:
        return str(reason)
    told = {
        f"{mapping['EventSourceArn'].rpartition(':')[2]} is {mapping['State'].lower()}"
        + (f": {mapping['LastProcessingResult']}" if mapping.get("LastProcessingResult") else "")
        for mapping in mappings
    }
    return "; ".join(sorted(told))
