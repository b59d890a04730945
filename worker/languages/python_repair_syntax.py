"""Slips of the keyboard that keep a source from being parsed: a colon, a bracket, a quote, an indent, a word of another language.

Each slip is tried at the line that the parser names and at the one before it. What parses is a patch; what fails elsewhere is gone on from.
"""

import ast
import difflib
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

_DEPTH, _BEAM, _MOST = 4, 12, 6
_HEADER = re.compile(
    r"^\s*(?:async\s+)?(?:if|elif|else|for|while|def|class|try|except|finally|with|match|case)\b"
)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_WORDS = (
    (re.compile(r"\belse if\b"), "elif", "else if is elif"),
    (re.compile(r"\belsif\b"), "elif", "elsif is elif"),
    (re.compile(r"&&"), "and", "&& is and"),
    (re.compile(r"\|\|"), "or", "|| is or"),
    (re.compile(r"!(?=[\w(])"), "not ", "! is not"),
    (re.compile(r"\b(\w+)\+\+"), r"\1 += 1", "++ is += 1"),
    (re.compile(r"\b(\w+)--"), r"\1 -= 1", "-- is -= 1"),
    (re.compile(r"\bfunction\b"), "def", "function is def"),
    (re.compile(r"=>"), ">=", "=> is >="),
    (re.compile(r"=<"), "<=", "=< is <="),
    (re.compile(r"<>"), "!=", "<> is !="),
    (re.compile(r"\bnull\b"), "None", "null is None"),
    (re.compile(r";\s*$"), "", "a semicolon is left out"),
    (re.compile(r"\{\s*$"), ":", "a brace is a colon"),
    (re.compile(r"(?<![=!<>:+\-*/%])=(?!=)"), "==", "= is =="),
    (re.compile(r"^(\s*)print\s+(?![(=])(.+)$"), r"\1print(\2)", "print is a function"),
)


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A text that parses."""

    text: str
    """The text."""
    slips: tuple[str, ...]
    """What was mended, in order."""
    line: int
    """Line of the first."""


def mended(source: str) -> tuple[Mended, ...]:
    """Return texts that parse, those with the fewest slips first."""
    found: list[Mended] = []
    beam = [Mended(text=source, slips=(), line=0)]
    seen = {source}
    for _ in range(_DEPTH):
        following: list[tuple[int, Mended]] = []
        for state in beam:
            _go_on(state, seen, found, following)
        if found:
            break
        following.sort(key=lambda one: -one[0])
        beam = [made for _, made in following[:_BEAM]]
    return tuple(found[:_MOST])


def _go_on(state: Mended, seen: set[str], found: list[Mended], following: list[tuple[int, Mended]]) -> None:
    """Mend one more slip in every way; sort what comes of it into what parses and what fails elsewhere."""
    fault = fault_in(state.text)
    for text, slip, line in _slips(state.text, fault) if fault is not None else ():
        if text in seen:
            continue
        seen.add(text)
        made = Mended(text=text, slips=(*state.slips, slip), line=state.line or line)
        after = fault_in(text)
        if after is None:
            found.append(made)
        elif fault is not None and ((after.lineno or 0) > (fault.lineno or 0) or after.msg != fault.msg):
            following.append((after.lineno or 0, made))


def fault_in(source: str) -> SyntaxError | None:
    """Return what keeps a text from being compiled."""
    try:
        compile(source, "<subject>", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error))
    return None


def _slips(source: str, fault: SyntaxError) -> Iterator[tuple[str, str, int]]:
    """Texts with one slip mended, the likeliest first: text, what it was, line."""
    lines = source.split("\n")
    named = min(max(fault.lineno or 1, 1), len(lines))
    before = next((number for number in range(named - 1, 0, -1) if lines[number - 1].strip()), named)
    for number in dict.fromkeys((named, before)):
        for text, slip in _of_line(lines, number, fault):
            changed = [*lines[: number - 1], text, *lines[number:]]
            yield "\n".join(changed), f"line {number}: {slip}", number
    if "never closed" in (fault.msg or "") or "unexpected EOF" in (fault.msg or ""):
        yield from _closed_somewhere(lines, named, fault)


def _of_line(lines: list[str], number: int, fault: SyntaxError) -> Iterator[tuple[str, str]]:
    line = lines[number - 1]
    bare, comment = _split_comment(line)
    if _HEADER.match(line) and not bare.rstrip().endswith(":"):
        yield f"{bare.rstrip()}:{comment}", "a colon was missing"
    yield from _brackets(bare, comment)
    yield from _indents(lines, number, fault)
    for pattern, instead, slip in _WORDS:
        for match in pattern.finditer(bare):
            yield bare[: match.start()] + match.expand(instead) + bare[match.end() :] + comment, slip
    yield from _quotes(bare, comment)
    yield from _misspelt(line)
    yield from _commas(bare, comment)


def _split_comment(line: str) -> tuple[str, str]:
    """Split at a comment, as far as quotes can be told on one line."""
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "#":
            start = len(line[:place].rstrip())
            return line[:start], line[start:]
    return line, ""


def _brackets(bare: str, comment: str) -> Iterator[tuple[str, str]]:
    open_ones: list[str] = []
    for place, letter in enumerate(bare):
        if letter in _CLOSERS:
            open_ones.append(_CLOSERS[letter])
        elif letter in ")]}":
            if open_ones and open_ones[-1] == letter:
                open_ones.pop()
                continue
            if open_ones:
                yield (
                    bare[:place] + open_ones[-1] + bare[place + 1 :] + comment,
                    f"{letter} was {open_ones[-1]}",
                )
            yield bare[:place] + bare[place + 1 :] + comment, f"{letter} was too many"
    if open_ones:
        yield from _unclosed(bare, comment, "".join(reversed(open_ones)))


def _unclosed(bare: str, comment: str, missing: str) -> Iterator[tuple[str, str]]:
    """Close what is open, before the sign that ends the line."""
    whole = bare.rstrip()
    if whole.endswith((":", ",")):
        yield f"{whole[:-1]}{missing}{whole[-1]}{comment}", f"{missing} was missing"
    yield f"{whole}{missing}{comment}", f"{missing} was missing"
    if _HEADER.match(bare) and not whole.endswith(":"):
        yield f"{whole}{missing}:{comment}", f"{missing}: was missing"


def _indents(lines: list[str], number: int, fault: SyntaxError) -> Iterator[tuple[str, str]]:
    message, line = fault.msg or "", lines[number - 1]
    widths = sorted({len(one) - len(one.lstrip()) for one in lines if one.strip()})
    width = len(line) - len(line.lstrip())
    if "expected an indented block" in message:
        yield f"{' ' * (width + 4)}{line.lstrip()}", "it was not indented"
        if number < len(lines) or line.rstrip().endswith(":"):
            yield f"{' ' * (width + 4)}pass\n{line}", "a block was empty"
    if "indent" in message:
        for other in widths:
            if other != width:
                yield f"{' ' * other}{line.lstrip()}", "it was indented otherwise"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        yield line.expandtabs(4), "tabs were mixed with spaces"


def _quotes(bare: str, comment: str) -> Iterator[tuple[str, str]]:
    for quote in "'\"":
        if (bare + comment).count(quote) % 2:
            whole = (bare + comment).rstrip()
            for tail in ("", ")", "]", "):", "):", "],", ",", ":", "))"):
                if whole.endswith(tail):
                    yield f"{whole[: len(whole) - len(tail)]}{quote}{tail}", f"{quote} was missing"
            for match in re.finditer(r"(?<=[(\[,= ])(?=\w)", whole):
                yield f"{whole[: match.start()]}{quote}{whole[match.start() :]}", f"{quote} was missing"


def _misspelt(line: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"[A-Za-z]{2,}", line):
        word = match[0]
        if word in keyword.kwlist:
            continue
        for near in difflib.get_close_matches(word, keyword.kwlist, n=2, cutoff=0.72):
            yield line[: match.start()] + near + line[match.end() :], f"{word} is {near}"


def _commas(bare: str, comment: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(?<=[\w'\")\]}])\s+(?=[\w'\"(\[{])", bare.lstrip()):
        start = len(bare) - len(bare.lstrip()) + match.start()
        yield f"{bare[:start]},{bare[start:]}{comment}", "a comma was missing"
    if bare.rstrip()[-1:] not in ("", ",", ":", "(", "[", "{"):
        yield f"{bare.rstrip()},{comment}", "a comma was missing"


def _closed_somewhere(lines: list[str], named: int, fault: SyntaxError) -> Iterator[tuple[str, str, int]]:
    """A bracket that was opened on one line and should be closed on a later one."""
    closer = next((_CLOSERS[letter] for letter in (fault.msg or "") if letter in _CLOSERS), ")")
    for number in range(named, min(named + 30, len(lines)) + 1):
        line = lines[number - 1].rstrip()
        for tail in ("", ":", ","):
            if line and line.endswith(tail):
                text = f"{line[: len(line) - len(tail)]}{closer}{tail}"
                changed = "\n".join([*lines[: number - 1], text, *lines[number:]])
                yield changed, f"line {number}: {closer} was missing", number
