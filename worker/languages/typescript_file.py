"""The test file of a TypeScript module: TypeScript itself, for `node --test` with Node's own type stripping, for tsx and for vitest."""

from collections.abc import Sequence

from worker.domain.candidate import Candidate
from worker.domain.exchange import Subject
from worker.languages.javascript_candidates import quoted
from worker.languages.javascript_file import CHARACTERIZATION, is_used
from worker.languages.javascript_syntax import Bindings, ModuleKind, bindings_of

_RUNNER = "const { test } = {place}(process.env.VITEST ? 'vitest' : 'node:test');\n"
_SCRIPT = """\
// {path} exports nothing, so it is compiled as a function that returns its top-level names.
const path = join(__dirname, {quoted_path});
const source = stripTypeScriptTypes(readFileSync(path, 'utf8').replace(/^#!/, '//'){mode});
const compiled = compileFunction(`${{source}}\\nreturn {{ {names} }};`, ['exports', 'require', 'module'], {{ filename: path }});
const {namespace} = compiled({{}}, createRequire(path), {{ exports: {{}} }});
"""
_REQUIRES = """\
const { readFileSync } = require('node:fs');
const { createRequire, stripTypeScriptTypes } = require('node:module');
const { join } = require('node:path');
const { compileFunction } = require('node:vm');
"""


def test_path_of(plain: Subject) -> str:
    """Name the test file so that every runner finds it; `.mts` is an ES module whatever package it lies in."""
    stem, _, ending = plain.path.rpartition(".")
    return f"{stem}.test.{'mts' if _bindings(plain).kind is ModuleKind.ESM else ending}"


def command_of(plain: Subject, *, is_erasable: bool) -> tuple[str, ...]:
    """Return the command that runs the file: Node alone where it can, else tsx, which turns more than types into JavaScript."""
    if is_erasable or _bindings(plain).kind is ModuleKind.SCRIPT:
        return ("node", "--test", test_path_of(plain))
    return ("npx", "tsx", "--test", test_path_of(plain))


def write_file(subject: Subject, candidates: Sequence[Candidate], *, is_erasable: bool) -> str:
    """Write the whole file; the subject is given without its types."""
    bindings = _bindings(subject)
    body = "\n\n".join(candidate.code.rstrip() for candidate in candidates)
    extra = sorted({line for candidate in candidates for line in candidate.imports})
    command = " ".join(command_of(subject, is_erasable=is_erasable))
    version = " (Node 22.18 or newer; npx tsx --test for older ones)" if command.startswith("node") else ""
    if bindings.kind is ModuleKind.SCRIPT:
        version = " (Node 22.18 or newer)"
    head = [f"// Tests of {subject.path}. Run them: {command}{version}\n"]
    if any(candidate.oracle == "characterization" for candidate in candidates):
        head.append(CHARACTERIZATION)
    text = f"{' '.join(extra)}\n{body}"
    if bindings.kind is ModuleKind.ESM:
        head += _module(subject, bindings, text, needs_require=bool(extra))
    elif bindings.kind is ModuleKind.COMMONJS:
        head += _commonjs(subject, bindings, text)
    else:
        head += _script(subject, bindings, text, is_erasable=is_erasable)
    return "".join([*head, *(f"{line}\n" for line in extra), "\n", body, "\n"])


def _module(subject: Subject, bindings: Bindings, text: str, *, needs_require: bool) -> list[str]:
    place = quoted(f"./{subject.path}")
    lines = ["import assert from 'node:assert/strict';\n"]
    if needs_require:
        lines.append("import { createRequire } from 'node:module';\n")
    main = bindings.main if bindings.main and is_used(bindings.main, text) else ""
    names = [name for name in bindings.names if is_used(name, text)]
    listed = f"{{ {', '.join(names)} }}" if names else ""
    if main or listed:
        lines.append(f"import {', '.join(part for part in (main, listed) if part)} from {place};\n")
    if is_used(bindings.namespace, text):
        lines.append(f"import * as {bindings.namespace} from {place};\n")
    lines.append("\n" + _RUNNER.replace("{place}", "await import"))
    if needs_require:
        lines.append("const require = createRequire(import.meta.url);\n")
    return lines


def _commonjs(subject: Subject, bindings: Bindings, text: str) -> list[str]:
    place = quoted(f"./{subject.path}")
    names = [name for name in bindings.names if is_used(name, text)]
    lines = ["const assert = require('node:assert/strict');\n", "const { test } = require('node:test');\n\n"]
    if is_used(bindings.main, text) or not names:
        lines.append(f"const {bindings.main} = require({place});\n")
    if names:
        origin = bindings.main if is_used(bindings.main, text) else f"require({place})"
        lines.append(f"const {{ {', '.join(names)} }} = {origin};\n")
    return lines


def _script(subject: Subject, bindings: Bindings, text: str, *, is_erasable: bool) -> list[str]:
    names = [name for name in bindings.names if is_used(name, text)]
    loader = _SCRIPT.format(
        path=subject.path,
        quoted_path=quoted(subject.path),
        names=", ".join(bindings.names),
        namespace=bindings.namespace,
        mode="" if is_erasable else ", { mode: 'transform' }",
    )
    taken = f"const {{ {', '.join(names)} }} = {bindings.namespace};\n" if names else ""
    head = "const assert = require('node:assert/strict');\nconst { test } = require('node:test');\n"
    return [head, _REQUIRES, "\n", loader, taken]


def _bindings(plain: Subject) -> Bindings:
    return bindings_of(plain.source, module_name=plain.module_name, path=plain.path)
