"""Answers GitHub: what a delivery is worth, in the order of what it costs to find out. Nothing unsigned is parsed."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from worker.domain.job import Job, JobKind
from worker.ingress.bounded_json import MAXIMUM_BODY_BYTES, NotReadable, read_object
from worker.ingress.decisions import Decision, Ignored, Requested, Rules, Said
from worker.ingress.deliveries import decide
from worker.ingress.http import Answer, Call, problem, told
from worker.ingress.intake import Intake, Order, Taken, digest_of
from worker.ingress.signature import is_signed
from worker.ingress_ports import Secrets

DELIVERY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}")
EVENT = re.compile(r"[a-z0-9_]{1,60}")


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """One route: POST /webhooks/github."""

    intake: Intake
    secrets: Secrets
    rules: Rules

    def answer(self, call: Call, now: datetime) -> Answer:
        """Take a delivery; raises StoreUnavailable."""
        refusal = _unreadable(call)
        if refusal is not None:
            return refusal
        if not is_signed(
            call.body, call.headers.get("x-hub-signature-256", ""), self.secrets.webhook_secrets()
        ):
            return problem(HTTPStatus.UNAUTHORIZED, "the signature (X-Hub-Signature-256) is none of ours")
        delivery, event = call.headers["x-github-delivery"], call.headers["x-github-event"]
        try:
            payload = read_object(call.body)
        except NotReadable as fault:
            return problem(HTTPStatus.BAD_REQUEST, str(fault))
        return self._done(decide(event, payload, self.rules, delivery=delivery), call, now)

    def _done(self, decision: Decision, call: Call, now: datetime) -> Answer:
        delivery = call.headers["x-github-delivery"]
        if isinstance(decision, Ignored):
            return told(
                HTTPStatus.OK, {"delivery": delivery, "outcome": "ignored", "reason": decision.reason}
            )
        job = job_of(decision)
        order = Order(
            receipt_id=receipt_of(decision),
            digest=_digest(decision, call),
            jobs=(job,),
            label=label_of(decision),
        )
        return _answered(self.intake.take(order, now), decision, delivery, job)


def receipt_of(decision: Requested | Said) -> str:
    """Return what makes it the same: the delivery; of what is said once, the place where it is said."""
    if isinstance(decision, Requested):
        return f"github:{decision.origin.delivery}"
    if not decision.is_said_once:
        return f"github:{decision.delivery}"
    return f"github-said:{decision.repository.lower()}#{decision.reply.issue}:{decision.reply.topic}"


def _digest(decision: Requested | Said, call: Call) -> str:
    if isinstance(decision, Said) and decision.is_said_once:
        return digest_of(receipt_of(decision))  # it is the same whoever asks
    return digest_of(call.headers["x-github-event"], call.body)


def job_of(decision: Requested | Said) -> Job:
    """Return the job; its id follows from what makes it the same, so that a redelivery is the same job."""
    if isinstance(decision, Said):
        digest = _short(receipt_of(decision))
        return Job(
            job_id=f"gh-reply-{digest}",
            kind=JobKind.REPLY,
            language="",
            code="",
            priority=decision.priority,
            batch_id=f"gh-{digest}",
            repository=decision.repository,
            reply=decision.reply,
        )
    digest = _short(decision.origin.delivery)
    return Job(
        job_id=f"gh-{decision.kind}-{digest}",
        kind=decision.kind,
        language="",
        code="",
        priority=decision.priority,
        batch_id=f"gh-{digest}",
        repository=decision.origin.repository,
        origin=decision.origin,
    )


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def label_of(decision: Requested | Said) -> str:
    """Return what it is, for the list of submissions."""
    if isinstance(decision, Said):
        return f"{decision.repository}#{decision.reply.issue} {JobKind.REPLY} ({decision.event})"
    origin = decision.origin
    place = f"#{origin.pull_request}" if origin.pull_request else f"@{origin.ref or origin.sha[:12]}"
    return f"{origin.repository}{place} {decision.kind} ({origin.event})"


def _answered(taken: Taken, decision: Requested | Said, delivery: str, job: Job) -> Answer:
    if taken is Taken.OTHER:
        return problem(
            HTTPStatus.CONFLICT, "a delivery of this id was taken with another content: this one is a forgery"
        )
    outcome = {
        Taken.NEW: "queued",
        Taken.AGAIN: "already handled",
        Taken.RESUMED: "queued: an earlier try did not finish",
    }[taken]
    fields = {"delivery": delivery, "outcome": outcome, "job_id": job.job_id, "batch_id": job.batch_id}
    if isinstance(decision, Said):
        fields["says"] = decision.reply.text
    return told(HTTPStatus.ACCEPTED, fields)


def _unreadable(call: Call) -> Answer | None:
    """Say what is wrong with a delivery before anything of it is computed, or nothing."""
    if len(call.body) > MAXIMUM_BODY_BYTES:
        detail = f"a delivery of {len(call.body)} bytes; this door takes {MAXIMUM_BODY_BYTES}"
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    if call.is_compressed:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed content is not taken; GitHub sends none"
        )
    if not call.is_json:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "set the webhook's content type to application/json"
        )
    for name, form in (("x-github-delivery", DELIVERY_ID), ("x-github-event", EVENT)):
        if not form.fullmatch(call.headers.get(name, "")):
            return problem(
                HTTPStatus.BAD_REQUEST, f"{name} is missing, is there twice, or has no form that GitHub uses"
            )
    return None
