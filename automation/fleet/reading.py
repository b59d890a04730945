"""Reads one source, whatever lies there: bounded, never blocking, and never out of the folder that was meant.

A repository may hold what its owner did not write: a FIFO that no one fills, a file larger than this machine's memory, a
link to somebody's private key. What can't be sent is a fault with its reason.
"""

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from worker.domain.job import MAXIMUM_CODE_BYTES

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""How a Python file declares its encoding, in one of its first two lines (PEP 263)."""
_AS_ASCII = ("iso8859", "cp125", "koi8", "euc_", "gb", "big5", "mac")
"""Codecs that read ASCII as UTF-8 does."""
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to be tested, or why it can't be."""

    path: str
    """As the user knows it; "-" is standard input."""
    text: str = ""
    """What it holds."""
    fault: str = ""
    """Why it can't be sent; empty where it can."""
    is_named: bool = False
    """The user named it, one by one."""


def read(path: Path, *, within: Path | None = None) -> Source:
    """Read a file; one that the user did not name must lie `within` the folder or glob that brought it along."""
    try:
        real = os.path.realpath(path) if within is None or path.is_symlink() else str(path)
        if within is not None and real != str(path) and not _is_inside(real, within):
            return Source(path=str(path), fault=f"a link that leads out of {within}")
        return decoded(str(path), _content(real), is_named=within is None)
    except OSError as fault:
        return Source(path=str(path), fault=said(fault), is_named=within is None)


def decoded(name: str, content: bytes, *, is_named: bool = False) -> Source:
    """Make text of what a file holds; of larger ones one byte more than the limit is enough."""
    fault = _fault_in(name, content)
    if fault:
        return Source(path=name, fault=fault, is_named=is_named)
    return Source(path=name, text=content.decode("utf-8-sig"), is_named=is_named)


def said(fault: OSError) -> str:
    """Tell an OSError in a few words."""
    return "no such file" if isinstance(fault, FileNotFoundError) else (fault.strerror or str(fault))


def _content(real: str) -> bytes:
    """Return at most one byte more than a job may have; raises OSError for what is no regular file.

    It is asked before it is opened, since opening a device does something to it, and again after: it may have been replaced.
    """
    _require_regular(os.stat(real))  # noqa: PTH116 - a path that is resolved already
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _require_regular(os.fstat(descriptor))
        return file.read(MAXIMUM_CODE_BYTES + 1)


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{_KINDS.get(stat.S_IFMT(status.st_mode), 'something')}, and no file")
    if status.st_size > MAXIMUM_CODE_BYTES:
        raise OSError(_too_large(status.st_size))


def _fault_in(name: str, content: bytes) -> str:
    if len(content) > MAXIMUM_CODE_BYTES:
        return f"code has more than {MAXIMUM_CODE_BYTES} bytes"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        mark = next((kind for mark, kind in _MARKS.items() if content.startswith(mark)), "")
        declared = _declared(content) if name.endswith(".py") else ""
        reason = f"its mark says {mark}" if mark else f"it declares {declared}" if declared else ""
        return f"not UTF-8 text ({reason})" if reason else "not UTF-8 text"
    if name.endswith(".py") and not _is_read_as_utf8(content):
        return f"it declares the encoding {_declared(content)}, and only UTF-8 is served"
    return ""


def _is_read_as_utf8(content: bytes) -> bool:
    """Say whether Python, too, reads UTF-8 here: text that it reads otherwise would be tested as something else."""
    declared = _declared(content)
    try:
        codec = codecs.lookup(declared or "utf-8").name
    except LookupError:
        return False
    return codec in ("utf-8", "utf-8-sig") or (content.isascii() and codec.startswith(("ascii", *_AS_ASCII)))


def _declared(content: bytes) -> str:
    """Return the encoding that a Python file declares, if any."""
    lines = content[:2_000].removeprefix(codecs.BOM_UTF8).splitlines()[:2]
    if lines and not re.match(rb"[ \t\f]*(#|$)", lines[0]):
        lines = lines[:1]  # after a statement, a comment is just a comment
    found = next((match for line in lines if (match := _CODING.match(line))), None)
    return found[1].decode("ascii", "replace") if found else ""


def _is_inside(real: str, folder: Path) -> bool:
    return Path(real).is_relative_to(os.path.realpath(folder))


def _too_large(size: int) -> str:
    return f"code has {size} bytes, more than {MAXIMUM_CODE_BYTES}"
