"""Logs of GitHub Actions as a person reads them: the step that failed, without times, colours, marks and secrets; pure."""

import re
from collections.abc import Iterator

from worker.domain.redaction import redacted

_TIME = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARK = re.compile(r"^##\[(?:error|warning|notice|command|group|section|debug)\]", re.MULTILINE)
_END_OF_GROUP = re.compile(r"^##\[endgroup\]\n?", re.MULTILINE)
_STEP = re.compile(r"^##\[group\]Run ", re.MULTILINE)
_FAILED = re.compile(
    r"^##\[error\](?:Process completed with exit code|The operation was canceled|The job )", re.MULTILINE
)


def failed_steps(raw: bytes, *, most: int) -> str:
    """Return what the steps that failed said, `most` characters of its end at most; of a log without such marks, its end.

    Secrets go before anything is cut off: half of a key has no beginning that it would be known by.
    """
    text = _TIME.sub("", raw.decode("utf-8", "replace").replace("\r\n", "\n"))
    text = redacted(_CONTROL.sub("", _COLOUR.sub("", text)))
    steps = _MARK.sub("", _END_OF_GROUP.sub("", "\n".join(_failed_in(text)) or text)).strip("\n")
    return steps if len(steps) <= most else steps[-most:].partition("\n")[2]


def _failed_in(text: str) -> Iterator[str]:
    """Cut out the steps that failed: what lies between them went well, or cleans up."""
    begin = 0
    for failed in _FAILED.finditer(text):
        end = text.find("\n", failed.end())
        part = text[begin : end if end >= 0 else len(text)]
        starts = [found.start() for found in _STEP.finditer(part)]
        yield part[starts[-1] :] if starts else part
        begin += len(part)
