"""What an engine answered, without types: tests are written by most models as if the compiler looked at them too."""

import re

from worker.domain.errors import SourceRejected
from worker.languages.typescript_strip import strip
from worker.languages.typescript_syntax import parse_types

_FENCED = re.compile(r"(```[ \t]*\w*[^\n]*\n)(.*?)(```|\Z)", re.DOTALL)
_GAPS = re.compile(r"(?<=\S)[ ]{2,}(?=[,;:)=(\]}.]|$)|(?<=\S)[ ]{2,}(?=\S)", re.MULTILINE)


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
    """Close the gaps that types left, line by line; lines that had no types stay as they are."""
    pairs = zip(code.split("\n"), plain.split("\n"), strict=True)
    return "\n".join(after if before == after else _GAPS.sub(_gap, after) for before, after in pairs)


def _gap(match: re.Match[str]) -> str:
    following = match.string[match.end() : match.end() + 1]
    return "" if following in ",;:)(].}" or not following else " "
