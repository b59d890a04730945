"""What git knows of the sources: which files there are, which changed, what they were, whose they are."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from automation.errors import UsageFault
from worker.domain.job import MAXIMUM_CODE_BYTES

GIT_SECONDS = 60
"""Longest call."""
_TAME = ("-c", "core.fsmonitor=false")
"""A work tree that somebody packed may ask git to run a program of its choice whenever files are listed."""
_REGULAR = "100"
"""Mode of a regular file; a link has 120000, a work tree within this one 160000."""
_REMOTE = re.compile(r"[:/]([^/:]+/[^/:]+?)(?:\.git)?/?$")
_RANGE = re.compile(r"(?P<from>[^\s.-][^\s]*?)?\.\.(?P<to>\.?[^\s.-][^\s]*)?")


def listed_files(folder: Path) -> list[Path] | None:
    """Return the files of a folder that git tracks or would track; None where it is in no work tree."""
    output = _git(folder, ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."])
    if output is None:
        return None
    names = sorted({name for name in output.split("\0") if name})
    return [folder / name for name in names]


def changed_files(root: Path, span: str) -> list[str]:
    """Return the paths, from the top of the work tree, that a range such as main..HEAD added or changed."""
    arguments = [
        "diff",
        "--raw",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--diff-filter=d",
        _checked(span),
        "--",
    ]
    told = _required(root, arguments, span).split("\0")
    names = zip(told[::2], told[1::2], strict=False)  # ":old-mode new-mode …", path, and so on
    return sorted(name for modes, name in names if modes.split(" ")[1].startswith(_REGULAR))


def text_at(root: Path, span: str, name: str) -> bytes:
    """Return a file as the end of the range has it; of one that is too large, a byte more than a job may have."""
    end = _checked(span).rpartition("..")[2].lstrip(".") or "HEAD"
    command = ["git", "-C", str(root), *_TAME, "cat-file", "blob", f"{end}:{name}"]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as git:
            content = git.stdout.read(MAXIMUM_CODE_BYTES + 1) if git.stdout else b""
            if len(content) > MAXIMUM_CODE_BYTES:
                git.kill()
                return content
    except OSError as fault:
        raise OSError(f"git can't show it at {end}") from fault
    if git.returncode != 0:
        raise OSError(f"git can't show it at {end}")
    return content


def text_before(path: Path, text: str) -> str | None:
    """Return what a file with this text was before it was changed last: by hand since the last commit, else by the last commit that touched it; None where git knows of none.

    By plumbing alone: `diff` and `log` run programs that the work tree's own configuration names.
    """
    folder, name = path.resolve().parent, f"./{path.name}"
    held = _git(folder, ["cat-file", "blob", f"HEAD:{name}"])
    if held is None or held != text:
        return held
    last = _git(folder, ["rev-list", "-1", "HEAD", "--", name])
    return _git(folder, ["cat-file", "blob", f"{last.strip()}^:{name}"]) if last and last.strip() else None


def repository_of(folder: Path) -> str | None:
    """Return owner/name of the work tree's origin, else the name of its folder; None where there is no work tree."""
    remote = _git(folder, ["remote", "get-url", "origin"])
    found = _REMOTE.search(remote.strip()) if remote else None
    if found:
        return found.group(1)
    top = top_of(folder)
    return top.name if top else None


def top_of(folder: Path) -> Path | None:
    """Return the top of the work tree that a folder lies in."""
    top = _git(folder, ["rev-parse", "--show-toplevel"])
    return Path(top.strip()) if top and top.strip() else None


def _checked(span: str) -> str:
    """Return a range that git can't take for an option."""
    found = _RANGE.fullmatch(span)
    if found and (found["from"] or found["to"]):
        return span
    raise UsageFault(
        f"{span[:80]!r} is no range of commits",
        why="two revisions with two or three dots between are",
        next_step="python -m automation submit --range main..HEAD",
        reference="range-invalid",
    )


def _required(folder: Path, arguments: Sequence[str], span: str) -> str:
    output = _git(folder, arguments)
    if output is None:
        raise UsageFault(
            f"git does not know the range {span[:80]!r} here",
            why=f"in {folder}: one of its ends is missing, or this is no work tree",
            next_step="git fetch, then: git log --oneline RANGE",
            reference="range-unknown",
        )
    return output


def _git(folder: Path, arguments: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *_TAME, *arguments],
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # no git, or one that hangs: the folder is then searched by itself
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None
