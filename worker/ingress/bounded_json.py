"""Pure: reads JSON from outside within bounds of size and depth, in a time that grows with its length alone."""

import json
import re
from collections.abc import Mapping

MAXIMUM_BODY_BYTES = 5_000_000
"""Lambda takes an event of 6 MB, in which the body's quotes are escaped; API Gateway takes 10 MB, GitHub sends up to 25."""
MAXIMUM_DEPTH = 64
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""One without an end goes to the end: to look for another beginning within it would take a square of the time."""
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


class NotReadable(Exception):
    """The text is no JSON object within the bounds; the message says why."""


def read_object(body: bytes) -> Mapping[str, object]:
    """Return the JSON object; raises NotReadable."""
    if len(body) > MAXIMUM_BODY_BYTES:
        raise NotReadable(f"the body has {len(body)} bytes, more than {MAXIMUM_BODY_BYTES}")
    if _is_deep(body):
        raise NotReadable(f"the body is nested deeper than {MAXIMUM_DEPTH}")
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as fault:  # UnicodeDecodeError and too long a number are ValueErrors
        raise NotReadable(f"the body is no JSON: {fault}"[:200]) from fault
    if not isinstance(found, dict):
        raise NotReadable("the body is no JSON object")
    return found


def _is_deep(body: bytes) -> bool:
    depth = 0
    for bracket in _STRING.sub(b"", body).translate(None, _NO_BRACKET):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAXIMUM_DEPTH:
            return True
    return False
