"""What a publication says: commit messages, and the pull request's title and body; pure."""

import re

from worker.domain.publication import Publication
from worker.publication.branch import CONTENT_TRAILER, FINGERPRINT_TRAILER, content_digest
from worker.publication.wording import block, cell, line, prose

LONGEST_SUBJECT = 72
LONGEST_TITLE = 200
LONGEST_PROSE = 4_000
LONGEST_LOG = 6_000
LONGEST_CELL = 200
MOST_ROWS = 60
MOST_FIXES = 30
MAXIMUM_BODY = 60_000
"""Characters; a forge takes a few more (GitHub 65,536)."""


def commit_message(publication: Publication, number: int) -> str:
    """Write the message of one fix, counted from 1: its subject, why, what proved it, and the trailers that we know it by."""
    fix = publication.fixes[number - 1]
    parts = [line(fix.title, most=LONGEST_SUBJECT) or "Mend a fault"]
    why = line(fix.explanation, most=LONGEST_PROSE)
    if why:
        parts.append(_wrapped(why))
    proofs = [
        f"- {line(each.check, most=LONGEST_CELL)}: {_word(is_passed=each.is_passed)}" for each in fix.evidence
    ]
    if proofs:
        parts.append("\n".join(["Proved by", *proofs[:MOST_ROWS]]))
    parts.append(
        f"Fleet-Fix: {number}/{len(publication.fixes)}\n"
        f"{FINGERPRINT_TRAILER}: {publication.fingerprint}\n"
        f"{CONTENT_TRAILER}: {content_digest(publication)}"
    )
    return "\n\n".join(parts) + "\n"


def title(publication: Publication) -> str:
    """Write the pull request's title."""
    return line(publication.title, most=LONGEST_TITLE) or "Mend a fault"


def body(publication: Publication, *, base_commit: str) -> str:
    """Write the pull request's body, between marks, so that what people write around it stays."""
    begin, end = marks(publication.fingerprint)
    parts = [
        f"### What was wrong\n\n{prose(publication.what, most=LONGEST_PROSE) or 'See the commits.'}",
        f"### Why this mends it\n\n{prose(publication.why, most=LONGEST_PROSE) or 'See the commits.'}",
        f"### Evidence\n\n{_table(publication)}",
        _base(publication, base_commit),
    ]
    if publication.log.strip():
        log = block(publication.log, most=LONGEST_LOG)
        parts.append(f"<details><summary>What failed (secrets taken out)</summary>\n\n{log}\n\n</details>")
    parts.append(_footer(publication))
    whole = "\n\n".join([begin, *parts, end])
    if len(whole) <= MAXIMUM_BODY:
        return whole
    kept = whole[: MAXIMUM_BODY - 200].rpartition("\n")[0]
    return f"{kept}\n\n… the rest stands in the commits.\n\n{end}"


def updated_body(old: str, publication: Publication, *, base_commit: str) -> str | None:
    """Put the new body between the marks of the old one; None where somebody took the marks away: it is theirs then."""
    begin, end = marks(publication.fingerprint)
    first, last = old.find(begin), old.rfind(end)
    if first < 0 or last < first:
        return None
    return f"{old[:first]}{body(publication, base_commit=base_commit)}{old[last + len(end) :]}"


def marks(fingerprint: str) -> tuple[str, str]:
    """Return the hidden marks around what is ours."""
    return f"<!-- fleet:publication:{fingerprint} -->", f"<!-- /fleet:publication:{fingerprint} -->"


def _table(publication: Publication) -> str:
    rows = ["| fix | check | verdict | detail |", "|---|---|---|---|"]
    for fix in publication.fixes[:MOST_FIXES]:
        name = cell(fix.title, most=LONGEST_CELL)
        for each in fix.evidence:
            verdict = _word(is_passed=each.is_passed)
            detail = cell(each.detail, most=LONGEST_CELL)
            rows.append(f"| {name} | {cell(each.check, most=LONGEST_CELL)} | {verdict} | {detail} |")
            name = ""
    left = len(rows) - 2 - MOST_ROWS
    if left > 0:
        return "\n".join([*rows[: 2 + MOST_ROWS], f"| … | {left} more rows | | |"])
    return "\n".join(rows)


def _base(publication: Publication, base_commit: str) -> str:
    proved = publication.base_commit[:12]
    if base_commit == publication.base_commit:
        return f"Proved on `{proved}`, the tip of `{publication.base_branch}` when this was pushed."
    return (
        f"**Proved on `{proved}`; `{publication.base_branch}` has moved to `{base_commit[:12]}` since.** The same changes fit there and "
        "were put on it, but nothing was run there: let your checks decide."
    )


def _footer(publication: Publication) -> str:
    job = f" Job `{publication.job_id}`." if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", publication.job_id) else ""
    return (
        "---\n\nMerge it, close it (it stays closed), or push commits of your own (it is yours then, and left alone). "
        f"Text outside of this part stays as you write it.{job}"
    )


def _word(*, is_passed: bool) -> str:
    return "passed" if is_passed else "failed"


def _wrapped(text: str) -> str:
    rows = [""]
    for word in text.split(" "):
        if rows[-1] and len(rows[-1]) + 1 + len(word) > LONGEST_SUBJECT:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    return "\n".join(rows)
