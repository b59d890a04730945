"""The message of a job: JSON in an SQS body.

The shortest is ``{"type": "test", "code": "…", "language": "javascript"}``; every other field has a default, and
the job id then comes from the message id, so that a redelivery is the same job. A request that is longer than SQS takes
lies in S3, and its message points there.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.fanout import decode_children, decode_share, encode_share
from worker.domain.job import (
    JOB_ID,
    MAXIMUM_BUDGET_SECONDS,
    MAXIMUM_CODE_BYTES,
    MAXIMUM_LABEL,
    MAXIMUM_MESSAGE_BYTES,
    MAXIMUM_TARGETS,
    Job,
    JobKind,
    payload_key,
)
from worker.domain.job_files import decode_files, decode_lines, decode_log, encode_files
from worker.domain.origin import decode_origin, encode_origin
from worker.domain.reply import decode_reply, encode_reply

_OPTIONAL = ("path", "batch_id", "budget_seconds", "repository", "retry_of", "traceparent", "children")
_POINTED = ("language", "path", "batch_id")
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What no name needs: it breaks lines, steers terminals, or is no character at all, which no store takes."""


def encode_job(job: Job) -> str:
    """Write a job as a message body."""
    fields: dict[str, object] = {
        "type": job.kind.value,
        "job_id": job.job_id,
        "language": job.language,
        "code": job.code,
        "priority": job.priority,
        "seed": job.seed,
    }
    optional = {
        **{name: getattr(job, name) for name in _OPTIONAL},
        "targets": list(job.targets) or None,
        "not_before": job.not_before.isoformat() if job.not_before else None,
        "origin": encode_origin(job.origin) if job.origin else None,
        "reply": encode_reply(job.reply) if job.reply else None,
        "tests": encode_files(job.tests),
        "log": job.log or None,
        "changed_lines": list(job.changed_lines) or None,
        "share": encode_share(job.share) if job.share else None,
    }
    fields.update({name: value for name, value in optional.items() if value is not None})
    return _written(fields)


def _written(fields: Mapping[str, object]) -> str:
    """Write JSON with as few escapes as a queue takes: a lone surrogate can't be sent as it is, nor the two last signs of Unicode's first plane."""
    text = json.dumps(fields, ensure_ascii=False).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return text if _is_unicode(text) else json.dumps(fields)


def message_of(job: Job, *, most: int = MAXIMUM_MESSAGE_BYTES) -> str:
    """Return the job's message: the job itself, or where it lies if that is longer than so many bytes."""
    body = encode_job(job)
    return body if len(body.encode()) <= most else encode_pointer(job)


def encode_pointer(job: Job) -> str:
    """Write the message of a job whose request lies in S3 at its `payload_key`, because SQS takes no message so long.

    It tells what the job is, so that one whose request is gone still ends under its name and counts in its batch.
    """
    fields: dict[str, object] = {
        "type": job.kind.value,
        "job_id": job.job_id,
        "payload_key": payload_key(job.job_id),
        **{name: getattr(job, name) for name in _POINTED if getattr(job, name) is not None},
    }
    if job.not_before is not None:
        fields["not_before"] = job.not_before.isoformat()
    return json.dumps(fields)


def payload_key_in(body: str) -> str | None:
    """Return the S3 key that a message points to; None where it holds the job itself, or is none of ours."""
    if '"payload_key"' not in body:  # so that a megabyte of code is parsed once
        return None
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or "code" in fields or "type" not in fields:
        return None
    key, job_id = fields.get("payload_key"), fields.get("job_id")
    if isinstance(job_id, str) and JOB_ID.fullmatch(job_id) and key == payload_key(job_id):
        return payload_key(job_id)  # only its own: no message may make a worker read another job's request
    return None


def job_id_in(body: str, *, message_id: str) -> str:
    """Return the job id of a body, well formed or not; the message id where the body names none that is usable."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return message_id
    named = fields.get("job_id") if isinstance(fields, dict) else None
    return named if isinstance(named, str) and JOB_ID.fullmatch(named) else message_id


def named(body: str, *, job_id: str) -> str:
    """Return the body with this job id where it names none; as it is where it is no JSON object."""
    try:
        fields = json.loads(body)
        if not isinstance(fields, dict) or "job_id" in fields:
            return body
        return _written({**fields, "job_id": job_id})
    except (ValueError, RecursionError):
        return body


def decode_job(body: str, *, message_id: str) -> Job:
    """Read a message body.

    Raises MessageRejected where the body is no JSON object with a `type` (nothing could be told to anybody), and
    RequestRejected, naming all faults, where it is one that can't be served.
    """
    fields = object_in(body)
    faults: list[str] = []
    kind = _kind(fields, faults)
    job = Job(
        job_id=_job_id(fields, message_id, faults),
        kind=kind,
        language=(_label(fields, "language", faults, is_required=not _is_without_code(fields)) or "")
        .strip()
        .lower(),
        code="" if _is_without_code(fields) else _code(fields, faults),
        path=_label(fields, "path", faults),
        priority=_integer(fields, "priority", 1, faults),
        batch_id=_label(fields, "batch_id", faults),
        seed=_integer(fields, "seed", 1, faults),
        budget_seconds=_budget(fields, faults),
        targets=_targets(fields, faults),
        repository=_label(fields, "repository", faults),
        not_before=_moment(fields, "not_before", faults),
        retry_of=_label(fields, "retry_of", faults),
        origin=decode_origin(fields.get("origin"), faults),
        reply=decode_reply(fields.get("reply"), faults, is_wanted=kind is JobKind.REPLY),
        tests=decode_files(fields.get("tests"), faults),
        log=decode_log(fields.get("log"), faults),
        changed_lines=decode_lines(fields.get("changed_lines"), faults),
        children=decode_children(fields.get("children"), faults),
        share=decode_share(fields.get("share"), faults),
        traceparent=_label(fields, "traceparent", faults),
    )
    if faults:
        raise RequestRejected("; ".join(faults))
    return job


def object_in(body: str) -> Mapping[str, object]:
    """Return the JSON object of a body; raises MessageRejected where it is none with a type."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MessageRejected(f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise MessageRejected(f"the body is a JSON {type(fields).__name__}, not an object")
    if "type" not in fields:
        raise MessageRejected('the body names no "type"')
    return fields


def _is_without_code(fields: Mapping[str, object]) -> bool:
    """An origin stands for the code that is fetched from it, and a reply is about none."""
    stands_for_it = "reply" if fields["type"] == JobKind.REPLY else "origin"
    return fields.get(stands_for_it) is not None and not fields.get("code") and "payload_key" not in fields


def _kind(fields: Mapping[str, object], faults: list[str]) -> JobKind:
    kind = fields["type"]
    if isinstance(kind, str) and kind in set(JobKind):
        return JobKind(kind)
    known = ", ".join(JobKind)
    faults.append(f"type {kind!r:.80} is not served (known: {known})")
    return JobKind.TEST


def _job_id(fields: Mapping[str, object], message_id: str, faults: list[str]) -> str:
    named = fields.get("job_id", message_id)
    if isinstance(named, str) and JOB_ID.fullmatch(named):
        return named
    faults.append(f"job_id {named!r:.80} is not letters, digits, '-' and '_' (80 at most)")
    return message_id


def _text(fields: Mapping[str, object], name: str, faults: list[str]) -> str:
    value = fields.get(name)
    if isinstance(value, str):
        return value
    faults.append(f"{name} is missing" if value is None else f"{name} is not text")
    return ""


def _code(fields: Mapping[str, object], faults: list[str]) -> str:
    if "payload_key" in fields and "code" not in fields:
        faults.append("payload_key is not that of this job's own request")
        return ""
    code = _text(fields, "code", faults)
    if not isinstance(fields.get("code"), str):
        return code
    if not code.strip():
        faults.append("code is empty")
    if "\x00" in code:
        faults.append("code is binary (it holds a NUL character)")
    if not _is_unicode(code):
        faults.append("code is not valid Unicode (it holds a lone surrogate)")
        return code
    size = len(code.encode())
    if size > MAXIMUM_CODE_BYTES:
        faults.append(f"code has {size} bytes, more than {MAXIMUM_CODE_BYTES}")
    return code


def _label(
    fields: Mapping[str, object], name: str, faults: list[str], *, is_required: bool = False
) -> str | None:
    """Read a name of something: it becomes a key, a file name, a line of a table."""
    if fields.get(name) is None and not is_required:
        return None
    text = _text(fields, name, faults)
    fault = _label_fault(text)
    if fault:
        faults.append(f"{name} {fault}")
    return text


def _label_fault(text: str) -> str:
    if len(text) > MAXIMUM_LABEL:
        return f"has {len(text)} characters, more than {MAXIMUM_LABEL}"
    if not _is_unicode(text):
        return "is not valid Unicode (it holds a lone surrogate)"
    return "holds control characters" if _STEERING.search(text) else ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(fields: Mapping[str, object], name: str, default: int, faults: list[str]) -> int:
    value = fields.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    faults.append(f"{name} is not a whole number of 32 bits")
    return default


def _budget(fields: Mapping[str, object], faults: list[str]) -> float | None:
    value = fields.get("budget_seconds")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAXIMUM_BUDGET_SECONDS:
        return float(value)
    faults.append(f"budget_seconds is not a number above 0 and at most {MAXIMUM_BUDGET_SECONDS:g}")
    return None


def _targets(fields: Mapping[str, object], faults: list[str]) -> tuple[str, ...]:
    value = fields.get("targets", [])
    if (
        isinstance(value, list)
        and len(value) <= MAXIMUM_TARGETS
        and all(isinstance(one, str) and not _label_fault(one) for one in value)
    ):
        return tuple(value)
    faults.append(f"targets is not a list of at most {MAXIMUM_TARGETS} names")
    return ()


def _moment(fields: Mapping[str, object], name: str, faults: list[str]) -> datetime | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are may lie beyond them in UTC
        pass
    faults.append(f"{name} is not an ISO 8601 time with its zone")
    return None
