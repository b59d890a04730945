"""Takes secrets out of text that somebody else wrote (logs, messages) before it is stored or shown.

What is known by its form goes (tokens, keys, JWTs, passwords in URLs), and so does what stands behind a name that says it
is one (`api_token=…`, `"password": "…"`) or looks random behind a variable's name. The number of lines stays: they are
counted in logs. To redact twice is to redact once. Nobody can find all of them; what is left in is a reason not to print
secrets, what is taken out too much costs a reader a word.
"""

import math
import re
from collections import Counter
from collections.abc import Callable

_Replacement = str | Callable[[re.Match[str]], str]

LEAST_ENTROPY_BITS = 3.5
"""Bits a character, from which on a value of upper case, lower case and digits looks random."""

LONGEST_USER = 16
"""Characters of a name before the @ of a URL; a longer one is a token."""

_TELLTALE = (
    r"(?:(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key"
    r"|credentials?|signature|connection[_-]?string)[\w-]{0,20})"
)
_MOST_PASSES = 4
"""What is taken out may have hidden where another secret begins."""

_APART = r"(?:(?<![A-Za-z0-9_-]eyJ)|(?<=\\[nrt]eyJ)|(?<=\x1b\[\dmeyJ)|(?<=\x1b\[\d\dmeyJ))"
_BEFORE = re.compile(r"(?:[^A-Za-z0-9_-]|\\[nrt]|\x1b\[\d{1,2}m)\Z")
"""Where a word may begin: also behind an escaped line break, as JSON has it, and behind a colour."""

_HARMLESS = re.compile(
    r"(?:(?:none|null|nil|true|false|undefined|string|number|unknown|missing|required|invalid|expired)[,.]?|[\d.,]+|\*+)$"
    r"|[<$%{]|\[redacted",
    re.IGNORECASE,
)
_PASSWORD = re.compile("pass|pwd|secret|credential", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return the text without what is or looks like a secret."""
    for _ in range(_MOST_PASSES):
        before = text
        for needle, pattern, replacement in _RULES:
            if needle in text:
                text = pattern.sub(replacement, text)
        if text == before:
            break
    return text


def _mark(kind: str) -> str:
    return f"[redacted {kind}]"


def _private_key(match: re.Match[str]) -> str:
    return _mark("private-key") + "\n" * match[0].count("\n")


def _user_in_url(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    if user.startswith("[redacted") or (":" not in user and len(user) <= LONGEST_USER):
        return match[0]
    return f"{scheme}{_mark('url-credentials')}@"


def _named(match: re.Match[str]) -> str:
    value = match["quoted"] if match["quoted"] is not None else match["bare"]
    if _HARMLESS.match(value):
        return match[0]
    if value.isalpha() and not _PASSWORD.search(match["name"]):
        return match[0]  # `unexpected token: identifier`; what is drawn by chance holds more than letters
    return f"{match['name']}{match['quote'] or ''}[redacted]"


def _assigned(match: re.Match[str]) -> str:
    return f"{match['name']}[redacted]" if _looks_random(match["value"]) else match[0]


def _looks_random(value: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(kind(sign) for sign in value) for kind in kinds):
        return False
    counts = Counter(value).values()
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return bits >= LEAST_ENTROPY_BITS


def _known(kind: str) -> Callable[[re.Match[str]], str]:
    def replaced(match: re.Match[str]) -> str:
        start = match.start()
        is_apart = start == 0 or _BEFORE.search(match.string, max(0, start - 5), start)
        return _mark(kind) if is_apart else match[0]

    return replaced


_FORMS = (
    ("gh", "github-token", r"gh[pousr]_[A-Za-z0-9_.-]{20,}"),
    ("github_pat_", "github-token", r"github_pat_[A-Za-z0-9_]{20,}"),
    ("gl", "gitlab-token", r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|agent)-[A-Za-z0-9_.-]{20,}"),
    ("A", "aws-key-id", r"A(?:KIA|SIA|BIA|CCA|GPA|IDA|ROA|NPA|NVA|PKA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("eyJ", "jwt", rf"eyJ{_APART}[A-Za-z0-9_-]{{6,}}\.[A-Za-z0-9_-]{{6,}}(?:\.[A-Za-z0-9_-]*){{1,3}}"),
    ("xox", "slack-token", r"xox[a-z]-[A-Za-z0-9-]{10,}"),
    ("xapp-", "slack-token", r"xapp-[A-Za-z0-9-]{10,}"),
    ("k_", "stripe-key", r"[srp]k_(?:live|test)?_?[A-Za-z0-9]{16,}"),
    ("whsec_", "webhook-secret", r"whsec_[A-Za-z0-9+/=]{16,}"),
    ("sk-", "api-key", r"sk-[A-Za-z0-9_-]{20,}"),
    ("AIza", "google-key", r"AIza[A-Za-z0-9_-]{35,}"),
    ("ya29.", "google-token", r"ya29\.[A-Za-z0-9_-]{20,}"),
    ("npm_", "npm-token", r"npm_[A-Za-z0-9]{30,}"),
    ("pypi-", "pypi-token", r"pypi-[A-Za-z0-9_-]{40,}"),
    ("SG.", "sendgrid-key", r"SG\.[A-Za-z0-9_-]{16,100}\.[A-Za-z0-9_-]{16,}"),
    ("hf_", "hugging-face-token", r"hf_[A-Za-z0-9]{30,}"),
    ("dckr_", "docker-token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("pul-", "pulumi-token", r"pul-[0-9a-f]{40}"),
)
"""Tokens that are known by their form: what stands in each of them, its kind, its pattern. They begin with fixed letters, which a search
finds quickly, and none runs twice over the same text: a megabyte of beginnings takes no longer than a megabyte of prose."""

_RULES: tuple[tuple[str, re.Pattern[str], _Replacement], ...] = (
    (
        "PRIVATE KEY",
        re.compile(
            r"-----BEGIN (?P<what>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:"
            r"(?:(?!-----BEGIN )[\s\S]){0,20000}?-----END (?P=what)-----|(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{16,})*)"
        ),
        _private_key,
    ),
    ("://", re.compile(r"(?P<scheme>://)(?P<user>[^\s/'\"<>\\]{1,400})@"), _user_in_url),
    (
        "",
        re.compile(
            r"(?P<name>(?:authorization|cookie)\\?[\"']?\s?[:=]\s?\\?[\"']?)(?!\s|\[redacted)[^\r\n\"'\\]+",
            re.IGNORECASE,
        ),
        r"\g<name>[redacted]",
    ),
    ("", re.compile(r"(?P<name>bearer +)[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE), r"\g<name>[redacted]"),
    *((needle, re.compile(form), _known(kind)) for needle, kind, form in _FORMS),
    (
        "",
        re.compile(
            rf"(?P<name>{_TELLTALE}\\?[\"']?\s{{0,3}}(?:=(?![=>])|:(?!:)|=>)\s{{0,3}})"
            r"(?:(?P<quote>\\?[\"'])(?P<quoted>[^\"'\\\r\n]{4,})"
            r"|(?P<bare>(?![\w.]{0,80}[(\[])[^\s\"'\\,;&<>()\[\]{}]{6,}))",
            re.IGNORECASE,
        ),
        _named,
    ),
    (
        "",
        re.compile(
            r"(?P<name>[A-Z](?<![A-Z0-9_].)[A-Z0-9_]{2,60}\s?[=:]\s?\\?[\"']?)(?P<value>[A-Za-z0-9+=_-][A-Za-z0-9+/=_-]{19,})"
        ),
        _assigned,
    ),
)
"""What is looked for and what stands there instead, in this order: whole blocks before their parts."""
