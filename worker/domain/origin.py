"""Origin: where on a forge a job comes from, so that its result finds the way back: a check run, a comment, a pull request.

Written into a job's message as the object `origin`; strict, since it comes from outside: what it names becomes part of commands and addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

LONGEST_REF = 255
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
"""owner/name: no name of GitHub's holds anything else."""
COMMIT = re.compile(r"[0-9a-f]{7,64}")
"""Whole, or as a person abbreviates it."""
CLONE_URL = re.compile(
    r"https://[A-Za-z0-9.-]+(:\d{1,5})?/[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+?(\.git)?"
)
"""No user, no password, no query: tokens come from elsewhere."""
DELIVERY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
WORDS = re.compile(r"[a-z0-9_]{1,60}(\.[a-z0-9_]{1,60})?")
_REF_FAULT = re.compile(
    r"[\x00-\x20\x7f-\x9f~^:?*\[\\\u2028\u2029\ud800-\udfff]|\.\.|@\{|//|^[-/.]|[/.]$|\.lock$"
)
"""What `git check-ref-format` refuses, and a leading dash, which a command would take for an option."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A commit on a forge, and what asked for work on it."""

    repository: str
    """owner/name, of the repository that asks and is answered."""
    clone_url: str
    """https address of the repository that holds the commit: the fork, for a pull request from one."""
    sha: str = ""
    """The commit; empty where a comment asks for whatever the pull request's head is."""
    base_sha: str = ""
    """The commit that it is compared with; empty where the whole tree is meant."""
    ref: str = ""
    """Branch of the commit, without refs/heads/; empty where it is not known."""
    base_ref: str = ""
    """Branch that a pull request goes to."""
    pull_request: int | None = None
    """Number of the pull request."""
    installation: int | None = None
    """Installation of the GitHub App, for its short-lived tokens."""
    event: str = ""
    """Event and action, such as pull_request.opened."""
    delivery: str = ""
    """Id of the delivery."""
    run_id: int | None = None
    """Of a fix: the workflow run that failed, whose log tells why."""
    check_run_id: int | None = None
    """Of a fix: the check run that failed."""
    comment_id: int | None = None
    """The comment that asked."""
    asked_by: str = ""
    """Login of who asked."""
    is_fork: bool = False
    """The commit lies in a fork: nothing of it may be pushed there."""


_FORMS = {
    "repository": (REPOSITORY, "owner/name"),
    "clone_url": (CLONE_URL, "an https address without a user"),
    "sha": (COMMIT, "a commit's digest"),
    "base_sha": (COMMIT, "a commit's digest"),
    "event": (WORDS, "event.action"),
    "delivery": (DELIVERY, "a delivery's id"),
    "asked_by": (re.compile(r"[A-Za-z0-9][A-Za-z0-9_\[\]-]{0,99}"), "a login"),
}
_REQUIRED = ("repository", "clone_url")
_REFS = ("ref", "base_ref")
_NUMBERS = ("pull_request", "installation", "run_id", "check_run_id", "comment_id")


def is_ref(name: str) -> bool:
    """Tell whether git takes this for a branch's name, and no command for anything else."""
    return 0 < len(name) <= LONGEST_REF and _REF_FAULT.search(name) is None


def encode_origin(origin: Origin) -> dict[str, object]:
    """Write it, without what is empty."""
    return {name: value for name, value in asdict(origin).items() if value not in (None, "", False)}


def decode_origin(value: object, faults: list[str]) -> Origin | None:
    """Read it; None where there is none, or where something is wrong, which is then told."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        faults.append("origin is not an object")
        return None
    found = [*_text_faults(value), *_ref_faults(value), *_number_faults(value)]
    if not value.get("sha") and not value.get("pull_request"):
        found.append("origin.sha is missing: only a pull request stands for its head")
    if not isinstance(value.get("is_fork", False), bool):
        found.append("origin.is_fork is not true or false")
    known = {*_FORMS, *_REFS, *_NUMBERS, "is_fork"}
    found += [f"origin.{str(name)[:40]} is not known" for name in value if name not in known]
    faults += found
    return None if found else Origin(**value)


def _text_faults(value: Mapping[str, object]) -> list[str]:
    faults = []
    for name, (form, meant) in _FORMS.items():
        text = value.get(name, "")
        if text == "" and name not in _REQUIRED:
            continue
        if not isinstance(text, str) or not form.fullmatch(text):
            faults.append(f"origin.{name} is not {meant}")
    return faults


def _ref_faults(value: Mapping[str, object]) -> list[str]:
    texts = [(name, value.get(name, "")) for name in _REFS]
    return [
        f"origin.{name} is not a branch's name"
        for name, text in texts
        if text != "" and not (isinstance(text, str) and is_ref(text))
    ]


def _number_faults(value: Mapping[str, object]) -> list[str]:
    numbers = [(name, value.get(name)) for name in _NUMBERS]
    return [
        f"origin.{name} is not a number above 0"
        for name, number in numbers
        if number is not None
        and not (isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63)
    ]
