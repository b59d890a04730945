"""The files and the log that come with a fix job, as they stand in a message."""

import re
from collections.abc import Mapping, Sequence

from worker.domain.job import (
    MAXIMUM_CHANGED_LINES,
    MAXIMUM_CODE_BYTES,
    MAXIMUM_LABEL,
    MAXIMUM_LOG_CHARACTERS,
    MAXIMUM_TEST_FILES,
    SourceFile,
)

_PATH = re.compile(r"[^\x00-\x1f\x7f-\x9f\\:*?\"<>|\u2028\u2029\ud800-\udfff]+")


def encode_files(files: Sequence[SourceFile]) -> list[dict[str, str]] | None:
    """Write them; None where there are none."""
    return [{"path": file.path, "text": file.text} for file in files] or None


def decode_files(value: object, faults: list[str]) -> tuple[SourceFile, ...]:
    """Read `[{"path": …, "text": …}]`; a path stays within its folder, whatever it says."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAXIMUM_TEST_FILES:
        faults.append(f"tests is not a list of at most {MAXIMUM_TEST_FILES} files")
        return ()
    found = [_file(item) for item in value]
    wrong = [item for item in found if isinstance(item, str)]
    if wrong:
        faults.append(f"tests: {wrong[0]}")
        return ()
    files = tuple(item for item in found if isinstance(item, SourceFile))
    if len({file.path for file in files}) < len(files):
        faults.append("tests names a file twice")
    if sum(len(file.text.encode("utf-8", "surrogatepass")) for file in files) > MAXIMUM_CODE_BYTES:
        faults.append(f"tests has more than {MAXIMUM_CODE_BYTES} bytes")
    return files


def decode_log(value: object, faults: list[str]) -> str:
    """Read a log; of a long one the end, which tells what failed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[-MAXIMUM_LOG_CHARACTERS:].encode("utf-8", "replace").decode().replace("\x00", "")
    faults.append("log is not text")
    return ""


def decode_lines(value: object, faults: list[str]) -> tuple[int, ...]:
    """Read line numbers."""
    if value is None:
        return ()
    if (
        isinstance(value, list)
        and len(value) <= MAXIMUM_CHANGED_LINES
        and all(isinstance(line, int) and not isinstance(line, bool) and line > 0 for line in value)
    ):
        return tuple(value)
    faults.append(f"changed_lines is not a list of at most {MAXIMUM_CHANGED_LINES} line numbers, from 1")
    return ()


def _file(item: object) -> SourceFile | str:
    """Return the file, or why it is none."""
    if not isinstance(item, Mapping):
        return "a file is an object with path and text"
    path, text = item.get("path"), item.get("text")
    if not isinstance(path, str) or not isinstance(text, str):
        return "a file is an object with path and text"
    parts = path.split("/")
    if not _PATH.fullmatch(path) or len(path) > MAXIMUM_LABEL or {"", ".", ".."} & set(parts):
        return f"{path!r:.80} is no path within the folder"
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return f"{path!r:.80} is not text"
    return SourceFile(path=path, text=text)
