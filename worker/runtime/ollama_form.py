"""Ollama's HTTP form, read and written: pure. The gateway speaks it whatever engine works behind it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from worker.domain.exchange import Budget, Completion, EngineRequest, Subject
from worker.domain.job import MAXIMUM_BUDGET_SECONDS

DEFAULT_BUDGET_SECONDS = 8.0
SUBJECT_NAME = "subject"

_FENCE = re.compile(r"```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_JAVASCRIPT = re.compile(
    r"^\s*(?:export\s+)?(?:async\s+)?function\b|=>|^\s*(?:const|let|var)\s|\bmodule\.exports\b|\brequire\(",
    re.MULTILINE,
)
_TAGS = {
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "node": "javascript",
    "py": "python",
    "ts": "typescript",
}
_SUFFIXES = {"javascript": ".js", "python": ".py", "typescript": ".ts"}


class BadRequest(Exception):
    """The body is not what Ollama's clients send; the message says why."""


@dataclass(frozen=True, kw_only=True)
class GenerateRequest:
    """What a client of /api/generate asked."""

    model: str | None
    """Model by name; None takes the engine's own."""
    is_streamed: bool
    """Answer as NDJSON; Ollama's default."""
    request: EngineRequest
    """The request as an engine takes it."""


def read_generate(body: bytes) -> GenerateRequest:
    """Read a request; raises BadRequest."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(fields, dict):
        raise BadRequest("the body is not a JSON object")
    prompt = fields.get("prompt", "")
    if not isinstance(prompt, str):
        raise BadRequest("prompt is not text")
    model = fields.get("model")
    if model is not None and not isinstance(model, str):
        raise BadRequest("model is not text")
    options = fields.get("options") or {}
    if not isinstance(options, dict):
        raise BadRequest("options is not an object")
    language, code = code_in(prompt, named=fields.get("language"))
    request = EngineRequest(
        prompt=prompt,
        subject=Subject(
            source=code, module_name=SUBJECT_NAME, path=SUBJECT_NAME + _SUFFIXES.get(language, "")
        ),
        language=language,
        budget=Budget(seconds=_budget_seconds(options), seed=_seed(options)),
        model=model or None,
    )
    return GenerateRequest(
        model=model or None, is_streamed=fields.get("stream") is not False, request=request
    )


def code_in(prompt: str, *, named: object = None) -> tuple[str, str]:
    """Find the code that a prompt is about and its language: the first fenced block, else the whole prompt."""
    fence = _FENCE.search(prompt)
    tag, code = (fence.group(1).lower(), fence.group(2)) if fence else ("", prompt)
    if isinstance(named, str) and named.strip():
        return named.strip().lower(), code
    if tag:
        return _TAGS.get(tag, tag), code
    return ("javascript" if _JAVASCRIPT.search(code) else "python"), code


def write_generate(completion: Completion, *, model: str, now: datetime, seconds: float) -> dict[str, object]:
    """Write the answer of a request that is not streamed, or the only chunk and the end of one that is."""
    nanoseconds = int(seconds * 1e9)
    return {
        "model": model,
        "created_at": now.isoformat().replace("+00:00", "Z"),
        "response": completion.text,
        "done": True,
        "done_reason": completion.done_reason,
        "total_duration": nanoseconds,
        "load_duration": 0,
        "prompt_eval_count": completion.usage.prompt_tokens,
        "prompt_eval_duration": 0,
        "eval_count": completion.usage.completion_tokens,
        "eval_duration": nanoseconds,
    }


def write_stream(answer: Mapping[str, object]) -> bytes:
    """Write an answer as NDJSON: the text, then the end with its figures."""
    chunk = {key: answer[key] for key in ("model", "created_at", "response")}
    lines = ({**chunk, "done": False}, {**answer, "response": ""})
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _budget_seconds(options: Mapping[str, object]) -> float:
    value = options.get("budget_seconds", DEFAULT_BUDGET_SECONDS)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 < value <= MAXIMUM_BUDGET_SECONDS
    ):
        raise BadRequest(
            f"options.budget_seconds is not a number above 0 and at most {MAXIMUM_BUDGET_SECONDS:g}"
        )
    return float(value)


def _seed(options: Mapping[str, object]) -> int:
    value = options.get("seed", 1)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise BadRequest("options.seed is not a whole number of 32 bits")
    return value
