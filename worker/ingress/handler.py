"""Ingress as a Lambda function behind the front door: webhooks, jobs, their description; and a sweep by the clock."""

import functools
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from worker.domain.errors import StoreUnavailable
from worker.domain.ingress_settings import IngressSettings
from worker.ingress.decisions import Rules
from worker.ingress.http import Answer, Call, problem, read_call, write_answer
from worker.ingress.intake import Intake
from worker.ingress.jobs_api import JobsApi
from worker.ingress.webhooks import Webhooks
from worker.ingress_ports import IngressClock
from worker.wiring.ingress import IngressPorts, build_ingress_ports

WEBHOOKS = "/webhooks/github"
DESCRIPTION = "/openapi.json"


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """All routes."""

    intake: Intake
    webhooks: Webhooks
    jobs: JobsApi
    clock: IngressClock

    def answer(self, call: Call) -> Answer:
        """Answer; where a store is away a caller of /jobs is told to come again.

        For a delivery StoreUnavailable is raised: GitHub shows it as failed either way, and a failed invocation is what the alarm hears.
        """
        try:
            return self._routed(call, self.clock.now())
        except StoreUnavailable as fault:
            if is_delivery(call):
                raise
            _log("ERROR", f"{call.method} {call.path[:80]}: {fault}")
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "a store is away; send it again", retry_after="10")

    def _routed(self, call: Call, now: datetime) -> Answer:
        path = call.path.rstrip("/")
        if is_delivery(call) and call.method == "POST":
            return self.webhooks.answer(call, now)
        if path == "/jobs" or path.startswith("/jobs/"):
            return self.jobs.answer(call, now)
        if path == DESCRIPTION and call.method == "GET":
            return Answer(status=HTTPStatus.OK, body=description())
        return problem(HTTPStatus.NOT_FOUND, "no such route")


def is_delivery(call: Call) -> bool:
    """Tell whether it goes to the webhooks."""
    return call.path.rstrip("/") == WEBHOOKS


def ingress_of(ports: IngressPorts, settings: IngressSettings) -> Ingress:
    """Put it together."""
    intake = Intake(receipts=ports.receipts, requests=ports.requests, starter=ports.starter)
    rules = Rules(repositories=settings.repositories, app_slug=settings.github_app)
    return Ingress(
        intake=intake,
        webhooks=Webhooks(intake=intake, secrets=ports.secrets, rules=rules),
        jobs=JobsApi(intake=intake, book=ports.book, rates=ports.rates),
        clock=ports.clock,
    )


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer a call of the gateway, or sweep where the clock calls."""
    return respond(_ingress(), event)


def respond(ingress: Ingress, event: Mapping[str, Any]) -> dict[str, Any]:
    """Tell apart who calls; a sweep that fails raises, so that the alarm hears of it."""
    if event.get("source") == "aws.events":
        finished = ingress.intake.sweep(ingress.clock.now())
        if finished:
            _log("WARNING", f"finished {finished} submissions that others had left half done")
        return {"finished": finished}
    try:
        call = read_call(event)
    except ValueError as fault:
        return write_answer(problem(HTTPStatus.BAD_REQUEST, str(fault)))
    answer = ingress.answer(call)
    if is_delivery(call):
        _log("INFO", answer.body.decode("utf-8", "replace")[:500], status=answer.status.value)
    return write_answer(answer)


@functools.cache
def description() -> bytes:
    """Return the OpenAPI document of this door."""
    return Path(__file__).with_name("openapi.json").read_bytes()


def _log(level: str, message: str, **more: object) -> None:
    sys.stdout.write(json.dumps({"level": level, "message": message, **more}) + "\n")


@functools.cache
def _ingress() -> Ingress:
    """Open the clients once for all invocations of this environment."""
    settings = IngressSettings.from_env(os.environ)
    return ingress_of(build_ingress_ports(settings), settings)
