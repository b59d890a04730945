"""Calls that the documentation shows, with what it promises: doctests, and calls with literal arguments in docstrings and comments."""

import ast
import doctest
import io
import re
import tokenize

from . import literals
from .scenarios import Scenario, Step

_PROMISE = re.compile(r"\s*(?:={2,}>?|=>|-+>|➞|→|≡|=|#\s*(?:=>|->|==)?|(?:should\s+|will\s+|must\s+)?(?:return|equal|give|be|yield)s?|is)\s*:?\s*(?P<text>\S.*)")
_NAMED = re.compile(r"\b([A-Za-z_]\w*)\s*[=:]\s*(?=[\[({'\"\-\d])")
_LONGEST = 2000
_MOST = 40


class Shown:
    """A call: name, sources of its arguments by place and by name, text that may promise its value."""

    def __init__(self, name, arguments, keywords, promise):
        self.name, self.arguments, self.keywords, self.promise = name, arguments, keywords, promise


class Example(Step):
    """A step that is text already."""

    def __init__(self, source):
        super().__init__(source, [])

    def render(self, text_of):
        return self.template


def texts_in(source):
    """Docstrings and comments."""
    texts = [ast.get_docstring(node) or "" for node in _documented(ast.parse(source))]
    try:
        comments = [token.string.lstrip("# ") for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        comments = []
    return [*texts, "\n".join(comments)]


def _documented(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))]


def calls_in(text, names):
    """Calls of these names with literal arguments."""
    found = []
    for match in re.finditer(r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")\(", text) if names else ():
        end = _closing(text, match.end() - 1)
        call = _parsed(text[match.start() : end]) if end else None
        if isinstance(call, ast.Call) and all(_is_literal(one) for one in (*call.args, *(word.value for word in call.keywords))):
            arguments = [ast.unparse(one) for one in call.args]
            keywords = {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}
            found.append(Shown(match[1], arguments, keywords, _promise_after(text[end : end + 400])))
    return found[:_MOST]


def named_literals_in(text):
    """Pairs such as `grid = [[1, 2]]` in prose: name and source."""
    pairs = []
    for match in _NAMED.finditer(text):
        line = text[match.end() : match.end() + 300].partition("\n")[0]
        source = _leading_literal(line)
        if source:
            pairs.append((match[1], source))
    return pairs[:_MOST]


def literals_in(text):
    """Sources of lists, tuples and quoted texts in prose."""
    found = []
    for match in re.finditer(r"(?<!\w)[\[({]|(?<!\w)(['\"])(?=\S)", text):
        source = _leading_literal(text[match.start() : match.start() + 300])
        if source:
            found.append(source)
    return list(dict.fromkeys(found))[:_MOST]


def _leading_literal(text):
    """The literal that a text begins with, or None."""
    if text[:1] in "[({":
        end = _closing(text, 0) or 0
        node = _parsed(text[:end])
    else:
        match = re.match(r"-?\d+(\.\d+)?|'[^'\n]*'|\"[^\"\n]*\"", text)
        node = _parsed(match[0]) if match else None
    return ast.unparse(node) if node is not None and _is_literal(node) else None


def _closing(text, start):
    """Place after the bracket that closes the one at the start; None where there is none nearby."""
    depth, quote = 0, ""
    for place in range(start, min(len(text), start + _LONGEST)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return place + 1
    return None


def _parsed(text):
    try:
        return ast.parse(text.strip(), mode="eval").body if text else None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _is_literal(node):
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _promise_after(text):
    """Source of the literal that the text after a call promises, or None."""
    match = _PROMISE.match(text) or re.match(r"[ \t]*\n\s*(?P<text>\S.*)", text)
    if not match:
        return None
    wanted = match["text"].strip()
    if wanted[:1] in "[({":
        wanted = text[match.start("text") :]
        wanted = wanted[: _closing(wanted, 0) or 0]
    for candidate in (wanted, wanted.rstrip(".,;"), wanted.split("#")[0].strip(), wanted.split()[0].rstrip(".,;") if wanted.split() else ""):
        node = _parsed(candidate)
        if node is not None and _is_literal(node):
            return ast.unparse(node)
    return None


def doctests_in(source, module, name):
    """Scenarios from the doctests, each with what it promises."""
    parser = doctest.DocTestParser()
    names = {member for member in vars(module) if not member.startswith("__")}
    for node in _documented(ast.parse(source)):
        text = ast.get_docstring(node) or ""
        try:
            examples = parser.get_examples(text) if ">>>" in text else []
        except ValueError:
            continue
        yield from _Session(names, module, name).scenarios(examples)


class _Session:
    """The examples of one docstring, which build on each other."""

    def __init__(self, names, module, name):
        self.names, self.module, self.name = names, module, name
        self.setup = []
        self.made = {}  # variable -> class that it is made of

    def scenarios(self, examples):
        for example in examples:
            try:
                (statement,) = ast.parse(example.source).body
                text = literals.qualify(example.source.strip(), self.names, self.name)
            except (SyntaxError, ValueError):
                continue
            if not isinstance(statement, ast.Expr):
                self._prepare(statement, text)
                continue
            target = self._target_of(statement)
            uses_setup = any(isinstance(one, ast.Name) and one.id in self.made for one in ast.walk(statement))
            if target:
                promised = example.want.strip() if example.exc_msg is None else None
                yield Scenario(target, [Example(text)], list(self.setup), promised)
            if uses_setup:
                self.setup.append(text)

    def _prepare(self, statement, text):
        if isinstance(statement, (ast.Import, ast.ImportFrom)) and self.name in ast.unparse(statement):
            return
        self.setup.append(text)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            called = self._called_names(statement)
            self.made[statement.targets[0].id] = next((one for one in called if isinstance(getattr(self.module, one, None), type)), "")

    def _called_names(self, statement):
        calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
        return [each.id for each in calls if isinstance(each, ast.Name) and each.id in self.names]

    def _target_of(self, statement):
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self.made.get(node.value.id):
                return f"{self.made[node.value.id]}.{node.attr}"
        return next(iter(self._called_names(statement)), None)
