"""The code in what a language model answered: in fences of every kind, closed or not, or bare between sentences.

What is marked as something else, or is JSON or YAML by its form, is never taken for code, whatever it holds.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_OPENING = re.compile(r"^[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_AFTER_PROSE = re.compile(r"^[^'\"`]*:[ \t]*(?P<fence>`{3,})(?P<info>[ \t]*\w*)$")
_TAG = re.compile(r"[\w+#.-]+")
_PYTHON = frozenset({"python", "py", "python3", "py3", "pycon"})
_JAVASCRIPT = frozenset({"javascript", "js", "mjs", "cjs", "node", "jsx"})
_TYPESCRIPT = frozenset({"typescript", "ts", "mts", "cts", "tsx"})
_OTHERS = frozenset(
    [
        "json",
        "jsonc",
        "json5",
        "yaml",
        "yml",
        "toml",
        "ini",
        "xml",
        "html",
        "css",
        "csv",
        "text",
        "txt",
        "plaintext",
        "plain",
        "output",
        "console",
        "log",
        "terminal",
        "bash",
        "sh",
        "shell",
        "zsh",
        "powershell",
        "cmd",
        "diff",
        "patch",
        "sql",
        "markdown",
        "md",
        "java",
        "c",
        "cpp",
        "c++",
        "csharp",
        "c#",
        "go",
        "rust",
        "ruby",
        "php",
        "kotlin",
        "swift",
        "dockerfile",
        "makefile",
    ]
)
TAGS = {"python": _PYTHON, "javascript": _JAVASCRIPT | _TYPESCRIPT, "typescript": _JAVASCRIPT | _TYPESCRIPT}
"""Language -> what models write on its fences."""
_KNOWN = _PYTHON | _JAVASCRIPT | _TYPESCRIPT | _OTHERS
_YAML = re.compile(r"---[ \t]*|(?:-[ \t]+)?['\"]?[\w-]+['\"]?:(?:[ \t]+[|>][+-]?\d?)?[ \t]*|-[ \t]+[|>][+-]?")
"""A first line of YAML; what follows then stands deeper, or in a list."""


@dataclass
class _Block:
    tag: str
    fence: str
    lines: list[str] = field(default_factory=list)


def code_blocks(text: str, language: str) -> list[str]:
    """Return the code of an answer: of its fences, or all of it where it has none."""
    text = readable(text)
    blocks = _fenced(text.split("\n"))
    if not blocks:
        return [] if _is_data(text) else [text]
    codes = ("\n".join([*block.lines, ""]) for block in blocks if _is_meant(block.tag, TAGS[language]))
    return [code for code in codes if not _is_data(code)]


def has_fence(text: str) -> bool:
    """Tell an answer that marks its code."""
    return bool(_fenced(readable(text).split("\n")))


def readable(text: str) -> str:
    """Return text in the form that every parser takes: no mark at its head, no carriage returns, no half characters."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return plain.encode("utf-8", "replace").decode()


def fenced(codes: Sequence[str]) -> str:
    """Write blocks as an answer that holds nothing else."""
    longest = max((len(run) for code in codes for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join(f"{fence}\n{code.rstrip()}\n{fence}" for code in codes)


def _fenced(lines: Sequence[str]) -> list[_Block]:
    """Read fences line by line; one that opens while another is open ends it, as where a model forgot to close."""
    blocks: list[_Block] = []
    current: _Block | None = None
    for line in lines:
        if current is None:
            current = _opened(line)
            if current is not None:
                blocks.append(current)
            continue
        end = _end_in(line, current)
        if end is None:
            current.lines.append(line)
            continue
        if end:
            current.lines.append(end)
        current = _reopened(line, current.fence)
        if current is not None:
            blocks.append(current)
    return blocks


def _opened(line: str) -> _Block | None:
    found = _OPENING.match(line) or _AFTER_PROSE.match(line)
    if found is None:
        return None
    tag = _TAG.search(found["info"])
    return _Block(tag=tag[0].strip(".").lower() if tag else "", fence=found["fence"])


def _end_in(line: str, block: _Block) -> str | None:
    """Return what stands before the fence that ends the block; None where the line ends nothing."""
    bare = line.strip()
    if bare.startswith(block.fence):
        return ""
    is_at_end = bare.endswith(block.fence) and bare.rstrip("`~").endswith((")", ";", "}"))
    return line.rstrip().removesuffix(block.fence) if is_at_end else None


def _reopened(line: str, fence: str) -> _Block | None:
    again = _opened(line)
    is_opening = again is not None and again.tag in _KNOWN and line.strip().startswith(fence)
    return again if is_opening else None


def _is_meant(tag: str, tags: frozenset[str]) -> bool:
    """Say whether a fence holds the language; a tag that nobody knows is taken for a file's name, or the like."""
    return tag in tags or tag not in _KNOWN


def _is_data(text: str) -> bool:
    """Tell JSON and YAML, which may quote code."""
    first, second = [*(line for line in text.split("\n") if line.strip()), "", ""][:2]
    if _YAML.fullmatch(first) and (first.startswith("---") or second.startswith((" ", "\t", "-"))):
        return True
    if first.lstrip()[:1] not in {"{", "[", '"'}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return re.match(r'\s*[\[{]\s*(?:"[^"\n]*"\s*:|\{)', text) is not None
    return True
