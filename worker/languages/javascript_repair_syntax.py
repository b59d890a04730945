"""A source that is no JavaScript: brackets, quotes and words that are missing, doubled or misspelt."""

import re
from collections.abc import Iterator

from worker.languages.javascript_repair_names import distance
from worker.languages.javascript_syntax import parse, syntax_fault, text_of, walk

_WORDS = (
    "return", "function", "const", "await", "async", "while", "switch", "import", "export", "default", "continue", "break", "class", "extends",
    "typeof", "instanceof", "throw", "catch", "finally", "case", "else", "for", "let", "new", "yield",
)  # fmt: skip
_CLOSERS = (")", "}", "]", "'", '"', "`", "});", "})")
_AROUND = 2
_MOST = 40


def mended(source: str) -> Iterator[tuple[str, str]]:
    """Yield texts that parse, each with what was done, the likeliest first."""
    seen: set[str] = set()
    for text, told in _proposals(source):
        if text in seen or text == source:
            continue
        seen.add(text)
        if syntax_fault(parse(text)) is None:
            yield text, told
        if len(seen) > _MOST * 10:
            return


def _proposals(source: str) -> Iterator[tuple[str, str]]:
    yield from _missing(source)
    yield from _misspelt(source)
    lines = source.split("\n")
    for at in _suspects(source, len(lines)):
        yield from _line_changes(lines, at)


def _suspects(source: str, count: int) -> list[int]:
    """Lines where the reader stumbles, then their neighbours, then the end."""
    faulty = [node.start_point.row for node in walk(parse(source)) if node.is_missing or node.type == "ERROR"]
    ends = [node.end_point.row for node in walk(parse(source)) if node.type == "ERROR"]
    near = [
        at + shift
        for at in (*faulty, *ends)
        for shift in (0, *(s * sign for s in range(1, _AROUND + 1) for sign in (-1, 1)))
    ]
    ordered = [at for at in dict.fromkeys([*near, count - 1, *range(count)]) if 0 <= at < count]
    return ordered[:_MOST]


def _missing(source: str) -> Iterator[tuple[str, str]]:
    """Put in what the parser itself misses."""
    text = source.encode("utf-8", "surrogatepass")
    for node in walk(parse(source)):
        if node.is_missing and node.type not in {"identifier", "property_identifier"}:
            at = node.start_byte
            changed = (text[:at] + node.type.encode() + text[at:]).decode("utf-8", "surrogatepass")
            yield changed, f"line {node.start_point.row + 1}: {node.type} is put in"


def _misspelt(source: str) -> Iterator[tuple[str, str]]:
    for node in walk(parse(source)):
        name = text_of(node)
        if (
            node.type not in {"identifier", "property_identifier", "type_identifier", "ERROR"}
            or not name.isalpha()
            or name in _WORDS
        ):
            continue
        for word in _WORDS:
            if len(name) > 3 and distance(name, word) == 1:
                start, end = (
                    len(source.encode()[: node.start_byte].decode()),
                    len(source.encode()[: node.end_byte].decode()),
                )
                yield (
                    f"{source[:start]}{word}{source[end:]}",
                    f"line {node.start_point.row + 1}: {name} is spelt {word}",
                )


def _line_changes(lines: list[str], at: int) -> Iterator[tuple[str, str]]:
    line = lines[at]

    def whole(changed: str) -> str:
        return "\n".join([*lines[:at], changed, *lines[at + 1 :]])

    for closer in _CLOSERS:
        told = f"line {at + 1}: {closer} is put in"
        yield whole(f"{line}{closer}"), told
        if line.rstrip().endswith((";", "{", ",")):
            yield whole(f"{line.rstrip()[:-1]}{closer}{line.rstrip()[-1]}"), told
        if line.rstrip().endswith(" {"):
            yield whole(f"{line.rstrip()[:-2]}{closer} {{"), told
    yield whole(f"{line} {{"), f"line {at + 1}: {{ is put in"
    yield from ((whole(changed), f"line {at + 1}: {told}") for changed, told in _within(line))
    yield whole(""), f"line {at + 1} is taken out"
    yield "\n".join([*lines[: at + 1], "}", *lines[at + 1 :]]), f"behind line {at + 1}: }} is put in"


def _within(line: str) -> Iterator[tuple[str, str]]:
    """Take a sign out, or put one between two words."""
    for place, character in enumerate(line):
        if character in "(){}[];,.'\"`=":
            yield line[:place] + line[place + 1 :], f"{character} is taken out"
    for match in re.finditer(r"(?<=[\w)\]'\"]) +(?=[\w('\"\[{])", line):
        for put in (", ", ": ", " + "):
            yield f"{line[: match.start()]}{put}{line[match.end() :]}", f"{put.strip()} is put in"
