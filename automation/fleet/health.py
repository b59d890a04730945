"""Checks a deployed fleet from outside in: the revision that runs, every endpoint, then a job through the queue.

| check      | passes when                                                        |
|------------|--------------------------------------------------------------------|
| workers    | all desired workers run, and they run the revision deployed last;  |
|            | of a function: it is ready, and what feeds it is in force          |
| health     | GET /health answers 200                                            |
| models     | GET /api/tags lists at least one model                             |
| generate   | POST /api/generate answers with text                               |
| queue      | a test job sent through the queue comes back with a proved test    |
| dead-letter| nothing lies in the dead-letter queue (a warning: old poison)      |
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from automation.errors import Diagnostic
from automation.fleet import size
from automation.fleet.access import AwsAccess
from automation.fleet.control import fleet_status
from automation.fleet.endpoints import call_endpoint
from automation.fleet.results import read_result
from automation.fleet.sources import new_batch_id
from automation.fleet.status import FleetStatus, queue_depths
from automation.fleet.submission import submit_jobs
from components.outputs import StackOutputs
from worker.domain.job import Job, JobKind

DEADLINE_SECONDS = 110.0
"""The whole run stays under two minutes."""
_POLL_SECONDS = 0.5
_GENERATE_PROMPT = "Write a test for this function.\n\n```python\ndef add(a, b):\n    return a + b\n```\n"
_PROBE_CODE = "def clamp(value, low, high):\n    return max(low, min(value, high))\n"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check."""

    name: str
    """Which check."""
    is_ok: bool
    """It passed."""
    seconds: float
    """How long it took."""
    detail: str
    """What was seen."""
    next_step: str = ""
    """What to do where it failed."""
    is_warning: bool = False
    """It does not fail the whole."""
    endpoint: str = ""
    """The address asked, for a check of an endpoint."""


class CheckFailed(Exception):
    """A check saw something wrong; the text says what."""

    def __init__(self, detail: str, next_step: str) -> None:
        """Keep what was seen and what to do."""
        super().__init__(detail)
        self.next_step = next_step


def check_fleet(
    access: AwsAccess, outputs: StackOutputs, *, budget_seconds: float = DEADLINE_SECONDS
) -> Iterator[CheckResult]:
    """Run the checks in order, yielding each as it ends. A stopped fleet is healthy as far as that goes."""
    deadline = time.monotonic() + budget_seconds
    workers = _timed("workers", lambda: _check_workers(access, outputs, deadline))
    yield workers
    yield _timed("dead-letter", lambda: _check_dead_letters(access, outputs), is_warning=True)
    if not workers.is_ok or workers.detail.startswith("stopped"):
        return
    for endpoint in outputs.service_endpoints:
        probe = EndpointProbe(access, outputs, endpoint, deadline)
        yield _timed("GET /health", probe.check_health, endpoint=endpoint)
        yield _timed("GET /api/tags", probe.check_models, endpoint=endpoint)
        yield _timed("POST /api/generate", probe.check_generate, endpoint=endpoint)
    yield _timed("job through the queue", lambda: _check_queue(access, outputs, deadline))


def _timed(
    name: str, check: Callable[[], str], *, is_warning: bool = False, endpoint: str = ""
) -> CheckResult:
    began = time.monotonic()
    next_step = ""
    try:
        detail, is_ok = check(), True
    except CheckFailed as fault:
        detail, is_ok, next_step = str(fault), False, fault.next_step
    except Diagnostic as fault:
        detail, is_ok, next_step = f"{fault.what}: {fault.why}", False, fault.next_step
    except (ClientError, BotoCoreError, httpx.HTTPError) as fault:
        detail, is_ok, next_step = (
            f"{type(fault).__name__}: {fault}",
            False,
            "python -m automation status, then logs",
        )
    seconds = time.monotonic() - began
    return CheckResult(
        name=name,
        is_ok=is_ok,
        seconds=seconds,
        detail=detail,
        next_step=next_step,
        is_warning=is_warning,
        endpoint=endpoint,
    )


def _check_workers(access: AwsAccess, outputs: StackOutputs, deadline: float) -> str:
    while True:
        status = fleet_status(access, outputs)
        if status.desired == 0:
            spent = size.spent_budget(access, outputs)
            return f"stopped (0 desired): {spent or 'submit or start wakes it'}"
        if _is_settled(status):
            return _size(status)
        if time.monotonic() > deadline:
            raise CheckFailed(
                f"{_size(status)}; rollout {status.rollout}"
                f"{'' if status.runs_deployed_revision else ', NOT the revision deployed last'}; {status.last_event}",
                f"python -m automation logs --env {outputs.environment}",
            )
        time.sleep(_POLL_SECONDS)


def _size(status: FleetStatus) -> str:
    if status.is_on_demand:
        return f"{status.revision} takes up to {status.desired} batches of each lane at once"
    return f"{status.running} of {status.desired} running {status.revision}"


def _is_settled(status: FleetStatus) -> bool:
    is_up = status.has_size and status.rollout != "FAILED"
    return (
        is_up and status.runs_deployed_revision and all(task.health != "UNHEALTHY" for task in status.workers)
    )


def _check_dead_letters(access: AwsAccess, outputs: StackOutputs) -> str:
    dead = next(queue for queue in queue_depths(access, outputs) if queue.name == "dead-letter")
    if dead.visible:
        raise CheckFailed(f"{dead.visible} messages lie there", "look at them: each carries its reason")
    return "empty"


class EndpointProbe:
    """The checks of one endpoint; each waits for a worker behind it until the deadline."""

    def __init__(self, access: AwsAccess, outputs: StackOutputs, endpoint: str, deadline: float) -> None:
        """`deadline` is on the monotonic clock."""
        self._access = access
        self._outputs = outputs
        self._endpoint = endpoint.rstrip("/")
        self._deadline = deadline

    def check_health(self) -> str:
        """GET /health."""
        answer = self._answer("GET", "/health")
        return f"200, worker {_json(answer).get('worker_id', '?')}"

    def check_models(self) -> str:
        """GET /api/tags."""
        models = _json(self._answer("GET", "/api/tags")).get("models") or []
        names = [str(model.get("name")) for model in models]
        if not names:
            raise CheckFailed(
                "no model is there", "is the model part of the image? see docs/how-to/push-the-images.md"
            )
        return ", ".join(names)

    def check_generate(self) -> str:
        """POST /api/generate."""
        models = _json(self._answer("GET", "/api/tags")).get("models") or [{}]
        body = {
            "model": models[0].get("name", self._outputs.model),
            "prompt": _GENERATE_PROMPT,
            "stream": False,
        }
        text = str(_json(self._answer("POST", "/api/generate", body)).get("response", ""))
        if not text.strip():
            raise CheckFailed("the engine answered with nothing", "python -m automation logs")
        return f"{len(text)} characters"

    def _answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        while True:
            answer = call_endpoint(self._access, method, f"{self._endpoint}{path}", body=body)
            if answer.status_code == httpx.codes.OK:
                return answer
            is_starting = answer.status_code in {httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE}
            if not is_starting or time.monotonic() > self._deadline:
                raise CheckFailed(f"{answer.status_code}: {answer.text[:200]}", "python -m automation logs")
            time.sleep(_POLL_SECONDS)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        fields = answer.json()
    except ValueError as fault:
        raise CheckFailed(
            f"the answer is not JSON: {answer.text[:100]}", "python -m automation logs"
        ) from fault
    return fields if isinstance(fields, dict) else {}


def _check_queue(access: AwsAccess, outputs: StackOutputs, deadline: float) -> str:
    batch_id = new_batch_id()
    job_id = f"health-{batch_id.removeprefix('batch-')}"
    job = Job(
        job_id=job_id,
        kind=JobKind.TEST,
        language="python",
        code=f"{_PROBE_CODE}# {job_id}: what the fleet has done before it remembers, and a probe wants work\n",
        path="clamp.py",
        priority=9,
        batch_id=batch_id,
        budget_seconds=2.0,
    )
    submit_jobs(access, outputs, [job])
    while True:
        result = read_result(access, outputs, job.job_id)
        if result is not None:
            break
        if time.monotonic() > deadline:
            raise CheckFailed(
                f"no result of {job.job_id} yet", f"python -m automation results {job.job_id}; then logs"
            )
        time.sleep(_POLL_SECONDS)
    # A language model may fail at a test and be healthy: what counts is that the job came back with an honest end.
    if result["status"] != "succeeded" and outputs.model.startswith("builtin"):
        raise CheckFailed(f"{job.job_id} failed: {result['explanation']}", "python -m automation logs")
    kept = len(result["tests"])
    return f"{job.job_id}: {result['status']}, {kept} {'test' if kept == 1 else 'tests'} kept"
