"""/jobs: submit, status, result, cancel. Who calls was signed in at the gateway; `openapi.json` beside this file is its description."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.job import JOB_ID, Job
from worker.domain.job_codec import decode_job
from worker.ingress.bounded_json import MAXIMUM_BODY_BYTES, NotReadable, read_object
from worker.ingress.http import Answer, Call, problem, told
from worker.ingress.intake import Intake, Order, Taken, digest_of
from worker.ingress_ports import Book, CallOff, JobView, Rates

ACCEPTED_FIELDS = frozenset(
    {
        *("type", "code", "language", "path", "priority", "seed", "budget_seconds", "targets"),
        *("repository", "not_before", "tests", "log", "children", "changed_lines"),
    }
)
"""What a caller may say; ids, origins and traces are the fleet's own."""
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
MOST_RESULT_BYTES = 4_000_000
"""Lambda answers with 6 MB at most, in which quotes are escaped; what is larger is fetched from the store itself."""


@dataclass(frozen=True, kw_only=True)
class JobsApi:
    """The routes below /jobs."""

    intake: Intake
    book: Book
    rates: Rates

    def answer(self, call: Call, now: datetime) -> Answer:
        """Answer a call; raises StoreUnavailable."""
        if (
            not call.caller
        ):  # the gateway lets nobody else through; this holds even where somebody opens a route by mistake
            return problem(HTTPStatus.FORBIDDEN, "the request is not signed (AWS Signature Version 4)")
        parts = call.path.strip("/").split("/")
        if len(parts) == 1:
            return self._submit(call, now) if call.method == "POST" else _not_allowed("POST")
        if not JOB_ID.fullmatch(parts[1]):
            return problem(HTTPStatus.NOT_FOUND, "no job has such an id")
        return self._about(call, parts[1], parts[2:], now)

    def _about(self, call: Call, job_id: str, rest: list[str], now: datetime) -> Answer:
        routes = {
            ("GET", ()): self._status,
            ("DELETE", ()): self._cancel,
            ("GET", ("result",)): self._result,
            ("POST", ("cancel",)): self._cancel,
        }
        route = routes.get((call.method, tuple(rest)))
        if route is None:
            methods = sorted(method for method, path in routes if path == tuple(rest))
            return (
                _not_allowed(", ".join(methods))
                if methods
                else problem(HTTPStatus.NOT_FOUND, "no such route")
            )
        job = self.book.job(job_id)
        if job is None:
            return problem(HTTPStatus.NOT_FOUND, f"the ledger knows no job {job_id}")
        return route(job, now)

    def _status(self, job: JobView, _now: datetime) -> Answer:
        return told(HTTPStatus.OK, _view(job))

    def _result(self, job: JobView, _now: datetime) -> Answer:
        found = self.book.result(job.job_id, most_bytes=MOST_RESULT_BYTES)
        if found is None:
            detail = f"the job is {job.status.value}: there is no result yet"
            return problem(HTTPStatus.NOT_FOUND, detail, retry_after="5")
        if isinstance(found, str):
            return Answer(status=HTTPStatus.SEE_OTHER, headers={"location": found})
        return Answer(status=HTTPStatus.OK, body=found)

    def _cancel(self, job: JobView, now: datetime) -> Answer:
        done = self.book.call_off(job, now)
        status = HTTPStatus.CONFLICT if done is CallOff.ENDED else HTTPStatus.ACCEPTED
        if done is CallOff.ENDED:
            return problem(status, f"the job had ended: {job.status.value}")
        return told(status, {"job_id": job.job_id, "outcome": done.value})

    def _submit(self, call: Call, now: datetime) -> Answer:
        key = call.headers.get("idempotency-key", "")
        if key and not IDEMPOTENCY_KEY.fullmatch(key):
            return problem(HTTPStatus.BAD_REQUEST, "Idempotency-Key is not 1 to 255 printable characters")
        wait = self.rates.wait_seconds(call.caller, now)
        if wait > 0:
            detail = "more submissions in a minute than this fleet takes of one caller"
            return problem(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after=str(int(wait) + 1))
        receipt_id = f"jobs:{call.caller}:{key or secrets.token_hex(16)}"
        job = _read_job(call, receipt_id)
        if isinstance(job, Answer):
            return job
        order = Order(receipt_id=receipt_id, digest=digest_of(call.body), jobs=(job,))
        return _submitted(self.intake.take(order, now), job)


def _read_job(call: Call, receipt_id: str) -> Job | Answer:
    """Read a submission by the worker's own rules, or say what is wrong with it."""
    if len(call.body) > MAXIMUM_BODY_BYTES:
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAXIMUM_BODY_BYTES} bytes")
    if call.is_compressed:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed content is not taken")
    if not call.is_json:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json")
    try:
        fields = read_object(call.body)
        return _job_of(fields, receipt_id)
    except NotReadable as fault:
        return problem(HTTPStatus.BAD_REQUEST, str(fault))
    except (MessageRejected, RequestRejected) as fault:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(fault))


def _job_of(fields: Mapping[str, object], receipt_id: str) -> Job:
    unknown = sorted(ascii(name)[:60] for name in fields if name not in ACCEPTED_FIELDS)
    if unknown:
        raise RequestRejected(f"not known: {', '.join(unknown[:10])}")
    job_id = f"api-{hashlib.sha256(receipt_id.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
    return replace(decode_job(json.dumps(fields), message_id=job_id), job_id=job_id)


def _submitted(taken: Taken, job: Job) -> Answer:
    if taken is Taken.OTHER:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "this Idempotency-Key was used for another submission"
        )
    status = HTTPStatus.OK if taken is Taken.AGAIN else HTTPStatus.ACCEPTED
    return told(status, {"job_id": job.job_id, "status": "queued"}, location=f"/jobs/{job.job_id}")


def _not_allowed(methods: str) -> Answer:
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, f"this route takes {methods}", allow=methods)


def _view(job: JobView) -> dict[str, object]:
    fields: dict[str, object] = {
        "job_id": job.job_id,
        "status": job.status.value,
        "type": job.kind,
        "attempts": job.attempts,
    }
    texts = {
        "language": job.language,
        "path": job.path,
        "batch_id": "" if job.batch_id == "adhoc" else job.batch_id,
        "submitted_at": job.submitted_at,
        "updated_at": job.updated_at,
        "end_reason": job.end_reason,
    }
    return {**fields, **{name: text for name, text in texts.items() if text}}
