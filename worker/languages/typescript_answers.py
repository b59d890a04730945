"""What an engine answered, without types: tests are written by most models as if the compiler looked at them too."""

import re

from worker.domain.errors import SourceRejected
from worker.languages.typescript_strip import strip
from worker.languages.typescript_syntax import parse_types

_FENCED = re.compile(r"(```[ \t]*\w*[^\n]*\n)(.*?)(```|\Z)", re.DOTALL)
_GONE = "\x00"
_BETWEEN_WORDS = re.compile(r"(?<=[\w$])\x00+(?=[\w$])")


def without_types(text: str) -> str:
    """Take the types out of the code in an answer; what does not parse stays as it is."""
    if _FENCED.search(text):
        return _FENCED.sub(lambda match: f"{match[1]}{_plain(match[2])}{match[3]}", text)
    return _plain(text)


def _plain(code: str) -> str:
    if parse_types(code).has_error:
        return code
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
