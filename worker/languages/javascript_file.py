"""The test file that a developer keeps: a header, one way to load the subject, the tests."""

import re
from collections.abc import Sequence

from worker.domain.candidate import Candidate
from worker.domain.exchange import Subject
from worker.languages.javascript_candidates import quoted
from worker.languages.javascript_syntax import Bindings, ModuleKind, bindings_of

CHARACTERIZATION = """\
// These tests assert current behaviour, not intended behaviour: each expected value was observed by running the code.
"""
"""Said where expected values were observed."""
_SCRIPT_LOADER = """\
// {path} exports nothing, so it is compiled as a function that returns its top-level names.
const path = join(__dirname, {quoted_path});
const source = readFileSync(path, 'utf8').replace(/^#!/, '//');
const compiled = compileFunction(`${{source}}\\nreturn {{ {names} }};`, ['exports', 'require', 'module'], {{ filename: path }});
const {namespace} = compiled({{}}, createRequire(path), {{ exports: {{}} }});
"""


_MODULE_LOADER = """\
// {path} is an ES module: Node is told so, since only some packages and only Node 20.19 and later tell by themselves.
const _subject = new URL({place}, import.meta.url).href;
const _hook = `export const load = (url, context, next) => next(url, url === ${{JSON.stringify(_subject)}} ? {{ ...context, format: 'module' }} : context);`;
_register(`data:text/javascript,${{encodeURIComponent(_hook)}}`);
"""


def test_path_of(subject: Subject, bindings: Bindings) -> str:
    """Name the test file so that `node --test` finds it and loads it as what it is, whatever package it lies in."""
    ending = "mjs" if bindings.kind is ModuleKind.ESM else "cjs"
    return f"{subject.path.rpartition('.')[0]}.test.{ending}"


def write_file(subject: Subject, candidates: Sequence[Candidate]) -> str:
    """Write the whole file."""
    bindings = bindings_of(subject.source, module_name=subject.module_name, path=subject.path)
    test_path = test_path_of(subject, bindings)
    body = "\n\n".join(candidate.code.rstrip() for candidate in candidates)
    extra = sorted({line for candidate in candidates for line in candidate.imports})
    head = [f"// Tests of {subject.path}. Run them: node --test {test_path}\n"]
    if any(candidate.oracle == "characterization" for candidate in candidates):
        head.append(CHARACTERIZATION)
    head.append(_loader(subject, bindings, f"{' '.join(extra)}\n{body}", needs_require=bool(extra)))
    if extra:
        head.append("\n".join(extra) + "\n")
    return "".join(head) + "\n" + body + "\n"


def _loader(subject: Subject, bindings: Bindings, body: str, *, needs_require: bool) -> str:
    names = [name for name in bindings.names if is_used(name, body)]
    place = quoted(f"./{subject.path}")
    if bindings.kind is ModuleKind.ESM:
        return _import(bindings, names, place, body, needs_require=needs_require)
    head = "'use strict';\n\nconst assert = require('node:assert/strict');\nconst { test } = require('node:test');\n"
    if bindings.kind is ModuleKind.COMMONJS:
        lines = [f"const {bindings.main} = require({place});\n"]
        if names:
            is_main_used = is_used(bindings.main, body)
            taken = bindings.main if is_main_used else f"require({place})"
            lines = [*(lines if is_main_used else ()), f"const {{ {', '.join(names)} }} = {taken};\n"]
        return f"{head}\n{''.join(lines)}"
    loader = _SCRIPT_LOADER.format(
        path=subject.path,
        quoted_path=quoted(subject.path),
        names=", ".join(bindings.names),
        namespace=bindings.namespace,
    )
    taken = f"const {{ {', '.join(names)} }} = {bindings.namespace};\n" if names else ""
    requires = """\
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { compileFunction } = require('node:vm');
"""
    return f"{head}{requires}\n{loader}{taken}"


def _import(bindings: Bindings, names: Sequence[str], place: str, body: str, *, needs_require: bool) -> str:
    is_told = place.rstrip("'\"").endswith(".js")
    taken = ["createRequire"] if needs_require else []
    taken += ["register as _register"] if is_told else []
    lines = ["import assert from 'node:assert/strict';\n"]
    if taken:
        lines.append(f"import {{ {', '.join(taken)} }} from 'node:module';\n")
    lines.append("import { test } from 'node:test';\n\n")
    lines += _told(bindings, names, place, body) if is_told else _imported(bindings, names, place, body)
    if needs_require:
        lines.append("\nconst require = createRequire(import.meta.url);\n")
    return "".join(lines)


def _imported(bindings: Bindings, names: Sequence[str], place: str, body: str) -> list[str]:
    lines = []
    main = bindings.main if bindings.main and is_used(bindings.main, body) else ""
    listed = f"{{ {', '.join(names)} }}" if names else ""
    if main or listed:
        lines.append(f"import {', '.join(part for part in (main, listed) if part)} from {place};\n")
    if is_used(bindings.namespace, body):
        lines.append(f"import * as {bindings.namespace} from {place};\n")
    return lines


def _told(bindings: Bindings, names: Sequence[str], place: str, body: str) -> list[str]:
    """Import after Node has been told what the file is."""
    main = bindings.main if bindings.main and is_used(bindings.main, body) else ""
    listed = ", ".join([*([f"default: {main}"] if main else []), *names])
    lines = [_MODULE_LOADER.format(path=place.strip("'\"").removeprefix("./"), place=place)]
    is_whole = is_used(bindings.namespace, body)
    if is_whole:
        lines.append(f"const {bindings.namespace} = await import(_subject);\n")
    if listed:
        origin = bindings.namespace if is_whole else "await import(_subject)"
        lines.append(f"const {{ {listed} }} = {origin};\n")
    return lines


def is_used(name: str, text: str) -> bool:
    """Tell whether a name stands in a text."""
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None
