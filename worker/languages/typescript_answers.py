"""What an engine answered, without types: tests are written by most models as if the compiler looked at them too."""

import re

from worker.domain.errors import SourceRejected
from worker.languages.answers import code_blocks, fenced, has_fence
from worker.languages.javascript_candidates import OBSERVED_MARK, without_prose
from worker.languages.typescript_strip import strip
from worker.languages.typescript_syntax import parse_types

_PIECE = re.compile(
    r"^(?=(?:test|it|describe|suite|const|let|var|import|export|function|async|class|interface|type|enum)\b)",
    re.MULTILINE,
)
_GONE = "\x00"
_BETWEEN_WORDS = re.compile(r"(?<=[\w$])\x00+(?=[\w$])")


def without_types(text: str) -> str:
    """Take the types out of the code in an answer; what does not parse stays as it is."""
    if text.lstrip().startswith(OBSERVED_MARK):
        return _plain(text)
    blocks = [_plain(without_prose(block)) for block in code_blocks(text, "typescript")]
    return fenced(blocks) if has_fence(text) else "".join(blocks)


def _plain(code: str) -> str:
    if not parse_types(code).has_error:
        return _stripped(code)
    pieces = _PIECE.split(code)  # of an answer that was cut off, the whole tests count
    return "".join(piece if parse_types(piece).has_error else _stripped(piece) for piece in pieces)


def _stripped(code: str) -> str:
    try:
        plain = strip(code).javascript
    except SourceRejected:
        return code
    return plain if plain == code else _tidy(code, plain)


def _tidy(code: str, plain: str) -> str:
    """Close the gaps that types left; what is longer than it was stays as it is."""
    pairs = zip(code.split("\n"), plain.split("\n"), strict=True)
    return "\n".join(
        _closed(before, after) if len(before) == len(after) else after for before, after in pairs
    )


def _closed(before: str, after: str) -> str:
    marked = "".join(
        _GONE if new == " " and old != " " else new for old, new in zip(before, after, strict=True)
    )
    return _BETWEEN_WORDS.sub(" ", marked).replace(_GONE, "")
