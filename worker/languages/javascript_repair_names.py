"""Names that are nowhere: a module of Node that was not imported, a slip of the keyboard, a constant that is assigned."""

import re
from collections.abc import Iterator

from worker.domain.diagnosis import Diagnosis
from worker.languages.javascript_syntax import ModuleKind, kind_of, parse, text_of, walk

_UNDEFINED = (
    re.compile(r"(?P<name>[\w$]+) is not defined"),
    re.compile(r"Cannot find name '(?P<name>[\w$]+)'"),
    re.compile(r"'(?P<name>[\w$]+)' is not (?:defined|a function)"),
)
_NO_FUNCTION = re.compile(r"\.(?P<name>[\w$]+) is not a function|Property '(?P<name2>[\w$]+)' does not exist")
_MODULES = {
    "fs": "fs", "path": "path", "os": "os", "util": "util", "crypto": "crypto", "assert": "assert", "events": "events", "url": "url",
    "zlib": "zlib", "stream": "stream", "querystring": "querystring", "readline": "readline",
}  # fmt: skip
_MEMBERS = {
    "readFileSync": "fs", "writeFileSync": "fs", "existsSync": "fs", "readdirSync": "fs", "mkdirSync": "fs", "join": "path", "resolve": "path",
    "basename": "path", "dirname": "path", "extname": "path", "EventEmitter": "events", "inspect": "util", "promisify": "util", "format": "util",
    "createHash": "crypto", "randomUUID": "crypto", "randomBytes": "crypto", "isDeepStrictEqual": "util", "fileURLToPath": "url", "pathToFileURL": "url",
    "readFile": "fs/promises", "writeFile": "fs/promises", "setTimeout": "timers/promises", "Readable": "stream", "Writable": "stream",
}  # fmt: skip
_GLOBALS = (
    "Array", "Object", "String", "Number", "Boolean", "Math", "JSON", "Promise", "Map", "Set", "WeakMap", "Date", "RegExp", "Error", "TypeError",
    "RangeError", "Symbol", "BigInt", "parseInt", "parseFloat", "isNaN", "isFinite", "console", "process", "undefined", "Infinity", "NaN", "globalThis",
    "setTimeout", "clearTimeout", "structuredClone", "Buffer", "URL", "encodeURIComponent", "decodeURIComponent",
)  # fmt: skip
_METHODS = (
    "push", "pop", "shift", "unshift", "slice", "splice", "concat", "join", "reverse", "sort", "map", "filter", "reduce", "forEach", "some", "every",
    "find", "findIndex", "includes", "indexOf", "lastIndexOf", "flat", "flatMap", "fill", "keys", "values", "entries", "split", "trim", "trimStart",
    "trimEnd", "toLowerCase", "toUpperCase", "replace", "replaceAll", "startsWith", "endsWith", "padStart", "padEnd", "repeat", "charAt", "charCodeAt",
    "substring", "toString", "toFixed", "match", "matchAll", "test", "exec", "has", "get", "set", "add", "delete", "clear", "then", "catch", "finally",
    "hasOwnProperty", "assign", "from", "isArray", "stringify", "parse", "floor", "ceil", "round", "max", "min", "abs", "length",
)  # fmt: skip
_FAR = 2
_NEAREST = 3
_SHORTEST = 3
"""Of two shorter names nothing tells which one was meant."""

Fix = tuple[str, str, str]
"""The changed text, the operator, a description."""


def fixes_of_names(source: str, diagnosis: Diagnosis) -> Iterator[Fix]:
    """Propose what follows from the names that the findings speak of."""
    told = [finding.message for finding in diagnosis.findings]
    for name in dict.fromkeys(
        found["name"] for text in told for pattern in _UNDEFINED if (found := pattern.search(text))
    ):
        yield from _imported(source, name)
        yield from _respelled(source, name, [*_declared(source), *_GLOBALS])
    wrong = (found for text in told if (found := _NO_FUNCTION.search(text)))
    for name in dict.fromkeys(found["name"] or found["name2"] for found in wrong):
        yield from _respelled(source, name, [*_properties(source), *_METHODS], before=r"\.")
    if any("Assignment to constant variable" in text or "Cannot assign to" in text for text in told):
        yield from _assignable(source, diagnosis)


def _imported(source: str, name: str) -> Iterator[Fix]:
    is_module = kind_of(parse(source), None) is ModuleKind.ESM
    if name in _MODULES:
        line = (
            f"import {name} from 'node:{_MODULES[name]}';"
            if is_module
            else f"const {name} = require('node:{_MODULES[name]}');"
        )
        yield _at_top(source, line), "missing-import", f"{name} is imported from node:{_MODULES[name]}"
    elif name in _MEMBERS:
        module = _MEMBERS[name]
        line = (
            f"import {{ {name} }} from 'node:{module}';"
            if is_module
            else f"const {{ {name} }} = require('node:{module}');"
        )
        yield _at_top(source, line), "missing-import", f"{name} is imported from node:{module}"


def _at_top(source: str, line: str) -> str:
    """Put a line behind what has to stand first: `#!`, 'use strict', comments at the very top."""
    head = re.match(
        r"(?:#![^\n]*\n)?(?:\s*(?:/\*.*?\*/|//[^\n]*\n))*\s*(?:(['\"])use strict\1;?[^\n]*\n)?",
        source,
        re.DOTALL,
    )
    at = (
        head.end()
        if head is not None and "use strict" in head[0]
        else (len(head[0]) if head and head[0].startswith("#!") else 0)
    )
    return f"{source[:at]}{line}\n{source[at:]}"


def _respelled(source: str, name: str, known: list[str], before: str = "") -> Iterator[Fix]:
    if len(name) < _SHORTEST:
        return
    near = [(distance(name, other), other) for other in dict.fromkeys(known) if other != name]
    close = sorted(one for one in near if one[0] <= min(_FAR, max(1, len(name) // 3)))
    for _, other in close[:_NEAREST]:
        changed = re.sub(
            rf"(?<![\w$]){before}{re.escape(name)}(?![\w$])", f".{other}" if before else other, source
        )
        if before:
            changed = re.sub(rf"\.{re.escape(name)}(?![\w$])", f".{other}", source)
        yield changed, "respell", f"{name} is spelt {other}"


def _declared(source: str) -> list[str]:
    return list(
        dict.fromkeys(
            text_of(node)
            for node in walk(parse(source))
            if node.type in {"identifier", "shorthand_property_identifier_pattern"}
        )
    )


def _properties(source: str) -> list[str]:
    return list(
        dict.fromkeys(text_of(node) for node in walk(parse(source)) if node.type == "property_identifier")
    )


def _assignable(source: str, diagnosis: Diagnosis) -> Iterator[Fix]:
    """Turn `const` into `let` for names that are assigned, where the finding names the line or the name."""
    lines = {finding.line for finding in diagnosis.findings}
    written = set()
    for node in walk(parse(source)):
        left = node.child_by_field_name("left") or node.child_by_field_name("argument")
        is_write = node.type in {
            "assignment_expression",
            "augmented_assignment_expression",
            "update_expression",
        }
        if is_write and left is not None and (node.start_point.row + 1 in lines or lines == {0}):
            written.add(text_of(left))
    for name in sorted(written):
        changed, count = re.subn(rf"\bconst(\s+{re.escape(name)}\b)", r"let\1", source)
        if count:
            yield changed, "declaration", f"{name} is declared by let"


def distance(one: str, two: str) -> int:
    """Count insertions, deletions, replacements and exchanges of neighbours that lead from one word to the other."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for at, left in enumerate(one, 1):
        row = [at]
        for place, right in enumerate(two, 1):
            least = min(last[place] + 1, row[place - 1] + 1, last[place - 1] + (left != right))
            if at > 1 and place > 1 and left == two[place - 2] and one[at - 2] == right:
                least = min(least, before[place - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]
