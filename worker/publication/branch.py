"""Names that a publication is found by again: its branch, and digests in its commits; pure."""

import hashlib
import re

from worker.domain.publication import FINGERPRINT, Publication, Repository

FINGERPRINT_TRAILER = "Fleet-Publication"
"""Trailer of our commits: which publication they belong to."""

CONTENT_TRAILER = "Fleet-Content"
"""Trailer of our commits: digest of all the patches and of what they were proved on."""

_DIGITS = 16
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")


def fingerprint(repository: Repository, base_branch: str, *marks: str) -> str:
    """Know a diagnosis by where it is and what marks it (class, file, failing tests): not by what changes with each run."""
    parts = (repository.full_name.lower(), base_branch, *marks)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def branch_name(publication: Publication) -> str:
    """Name the branch: the same diagnosis has the same one."""
    return f"{publication.settings.branch_prefix}{publication.fingerprint}"


def content_digest(publication: Publication) -> str:
    """Know the content: other patches, other words on the commits or another base make another one."""
    parts = [publication.base_commit]
    for fix in publication.fixes:
        parts += [fix.title, fix.explanation, fix.patch]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def branch_faults(publication: Publication) -> list[str]:
    """Say why nothing can be pushed under these names."""
    faults = []
    if not FINGERPRINT.fullmatch(publication.fingerprint):
        faults.append(f"the fingerprint {publication.fingerprint!r:.80} is not 8 to 64 hexadecimal digits")
    name = branch_name(publication)
    if not is_branch(name):
        faults.append(f"{name!r:.200} is no branch name")
    if not is_branch(publication.base_branch):
        faults.append(f"{publication.base_branch!r:.200} is no branch name")
    if name == publication.base_branch:
        faults.append(f"{name!r} is the branch that the fix is for: it never pushes there")
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", publication.base_commit):
        faults.append(f"{publication.base_commit!r:.80} is no commit")
    return faults


def is_branch(name: str) -> bool:
    """Whether it is a branch's name, by git's rules and stricter: nothing that an option or a pattern could be read in."""
    if not _REF.fullmatch(name) or ".." in name or "//" in name or name.endswith(("/", ".")):
        return False
    return not any(part.startswith(".") or part.endswith(".lock") for part in name.split("/"))
