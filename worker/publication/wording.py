"""Words of strangers (logs, code, engines) made safe for a pull request: they mention nobody, close nothing, skip no CI, forge no marker; pure."""

import re

from worker.domain.redaction import redacted

UNSEEN = "\u200b"
"""Put into what a forge would act on, so that it reads the same and does nothing."""

_ACTIONS = (
    (re.compile(r"@(?=[A-Za-z0-9])"), f"@{UNSEEN}"),
    (re.compile(r"#(?=\d)"), f"#{UNSEEN}"),
    (re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE), rf"\1-{UNSEEN}"),
    (re.compile(r"://"), f":{UNSEEN}//"),
    (re.compile(r"\bwww\.", re.IGNORECASE), f"www{UNSEEN}."),
    (re.compile(r"\[(?=(?:skip|ci|no|actions)[ -])", re.IGNORECASE), f"[{UNSEEN}"),
    (re.compile(r"\b(skip-checks)(?=\s*:)", re.IGNORECASE), rf"\1{UNSEEN}"),
    (re.compile(r"\b([A-Za-z]{2,30}-by)(?=\s*:)", re.IGNORECASE), rf"\1{UNSEEN}"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()!|~$&])")
_LINE_START = re.compile(r"^[ \t]*(?:(\d{1,9})(?=\.)|(?=[#+=-]))", re.MULTILINE)


def plain(text: str, *, most: int) -> str:
    """Return text without secrets, signs that steer, and what a forge acts on; for titles and commit messages."""
    text = shortened(_cleaned(text), most=most)
    for pattern, replacement in _ACTIONS:
        text = pattern.sub(replacement, text)
    return text


def line(text: str, *, most: int) -> str:
    """Return one plain line."""
    return plain(" ".join(text.split()), most=most)


def prose(text: str, *, most: int) -> str:
    """Return paragraphs for Markdown in which nothing is markup."""
    paragraphs = re.split(r"\n\s*\n", plain(text.strip(), most=most))
    return "\n\n".join(_escaped(paragraph) for paragraph in paragraphs)


def cell(text: str, *, most: int) -> str:
    """Return one line for a table's cell."""
    return _escaped(line(text, most=most))


def block(text: str, *, most: int) -> str:
    """Return a fenced block that nothing in it can close, the end of the text where it is long; forges act on nothing in it."""
    text = _cleaned(text).strip("\n")
    if len(text) > most:
        text = f"…\n{text[-most:]}"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def shortened(text: str, *, most: int) -> str:
    """Return the beginning where it is long."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _cleaned(text: str) -> str:
    return _CONTROL.sub("", redacted(text).replace("\r\n", "\n").replace("\r", "\n"))


def _escaped(text: str) -> str:
    """Put a backslash before all that Markdown reads as more than text; lines lose their indentation, which would make code of them."""
    text = _MARKDOWN.sub(r"\\\1", text)
    return _LINE_START.sub(
        lambda match: f"{match[1] or ''}\\", re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE)
    )
