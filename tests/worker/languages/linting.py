"""Codes with the logs that ESLint had for them, and what comes of it."""

import json
from dataclasses import dataclass, field

from worker.domain.exchange import SandboxOutcome, SandboxRequest
from worker.domain.job import Job, JobKind, SourceFile
from worker.ports import Sandbox


@dataclass(frozen=True, kw_only=True)
class Case:
    """One of them."""

    name: str
    """In words."""
    code: str
    """The code."""
    log: str
    """What ESLint said of it."""
    wanted: str
    """The mended code, or what is said where it is left."""
    file: SourceFile = field(default_factory=lambda: SourceFile(path="none.txt", text=""))
    """A file that comes with it."""


class Keeping:
    """A sandbox that keeps what it was asked to run."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.layers = inner.layers
        self.requests: list[SandboxRequest] = []

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        self.requests.append(request)
        return await self._inner.run(request)


def job_of(code: str, *, test: str = "", log: str = "") -> Job:
    tests = (SourceFile(path="subject.test.js", text=test),) if test else ()
    return Job(
        job_id="fix",
        kind=JobKind.FIX,
        language="javascript",
        code=code,
        path="subject.js",
        tests=tests,
        log=log,
    )


def logged(*messages: tuple[int, int, str, str]) -> str:
    """Write a log as `eslint` prints it."""
    lines = [f"  {line}:{column}  error  {message}  {rule}" for line, column, message, rule in messages]
    return "\n".join(["/w/src/subject.js", *lines, "", f"✖ {len(lines)} problems", ""])


def _as_json(*messages: tuple[int, int, str, str]) -> str:
    told = [
        {"ruleId": rule, "severity": 2, "message": message, "line": line, "column": column}
        for line, column, message, rule in messages
    ]
    return json.dumps([{"filePath": "/w/subject.js", "messages": told}], separators=(",", ":"))


_QUOTES = 'const tell = () => "it\'s" + "b";\nmodule.exports = { tell };\n'
_DEEP = "function deep(a) {\n  if (a) {\n      return 1;\n  }\n  return 2;\n}\nmodule.exports = { deep };\n"
_LISTED = "const list = [\n  1,\n  2\n];\nmodule.exports = { list: () => list };\n"
_UNUSED = "const fs = require('node:fs');\nconst own = (a) => {\n  const b = a;\n  return a;\n};\nmodule.exports = { own };\n"
_CLOCK = "const clock = () => `${process.hrtime()}`\nmodule.exports = { clock };\n"
_CURLY = "const two = (a, b) => {\n  if (a) return 1;\n\n  if (b)\n    return 2;\n  return 3;\n};\nmodule.exports = { two };\n"
_SAME = "const same = (a) => a == 5;\nmodule.exports = { same };\n"
_HAS = "const has = (a) => Object(a).hasOwnProperty('b');\nmodule.exports = { has };\n"

CASES = (
    Case(
        name="semicolons-that-are-missing",
        code="let a = 1\nmodule.exports = () => a\n",
        log=logged((1, 10, "Missing semicolon", "semi"), (2, 25, "Missing semicolon", "semi")),
        wanted="let a = 1;\nmodule.exports = () => a;\n",
    ),
    Case(
        name="semicolons-that-are-too-many",
        code="let a = 1;\nmodule.exports = () => a;\n",
        log=logged((1, 10, "Extra semicolon", "semi"), (2, 25, "Extra semicolon", "semi")),
        wanted="let a = 1\nmodule.exports = () => a\n",
    ),
    Case(
        name="single-quotes-but-where-they-would-be-escaped",
        code=_QUOTES,
        log=_as_json((1, 29, "Strings must use singlequote.", "quotes")),
        wanted=_QUOTES.replace('"b"', "'b'"),
    ),
    Case(
        name="double-quotes-in-a-log-of-unix",
        code="module.exports = () => 'a';\n",
        log="subject.js:1:24: Strings must use doublequote. [Error/quotes]\n",
        wanted='module.exports = () => "a";\n',
    ),
    Case(
        name="indents-of-two",
        code=_DEEP,
        log=logged((3, 1, "Expected indentation of 4 spaces but found 6", "indent")),
        wanted=_DEEP.replace("      return", "    return"),
    ),
    Case(
        name="indents-of-tabs",
        code="function deep() {\n  return 1;\n}\nmodule.exports = { deep };\n",
        log=logged((2, 1, "Expected indentation of 1 tab but found 2 spaces", "indent")),
        wanted="function deep() {\n\treturn 1;\n}\nmodule.exports = { deep };\n",
    ),
    Case(
        name="commas-at-the-end",
        code=_LISTED,
        log=logged((3, 4, "Missing trailing comma", "comma-dangle")),
        wanted=_LISTED.replace("2\n", "2,\n"),
    ),
    Case(
        name="lines-of-a-log-that-have-moved",
        code="// a line more\nlet a = 1\nmodule.exports = () => a\n",
        log=logged((1, 10, "Missing semicolon", "semi")),
        wanted="// a line more\nlet a = 1;\nmodule.exports = () => a;\n",
    ),
    Case(
        name="options-that-say-the-least-besides",
        code=_CURLY,
        log=logged((4, 3, "Expected { after 'if' condition", "curly")),
        wanted=_CURLY.replace("(b)\n    return 2;", "(b)\n    {return 2;}"),
    ),
    Case(
        name="what-is-never-the-same-twice",
        code=_CLOCK,
        log=logged((1, 42, "Missing semicolon", "semi")),
        wanted=_CLOCK.replace("`\n", "`;\n"),
    ),
    Case(
        name="words-of-another-version",
        code="var a = 1;\nmodule.exports = () => a;\n",
        log=logged((1, 1, "Unexpected var", "no-var")),
        wanted="let a = 1;\nmodule.exports = () => a;\n",
    ),
    Case(
        name="what-is-not-used-and-was-named",
        code=_UNUSED,
        log=logged((3, 9, "'b' is assigned a value but never used", "no-unused-vars")),
        wanted=_UNUSED.replace("  const b = a;\n", ""),
    ),
    Case(
        name="comparisons-that-show-the-same",
        code=_SAME,
        log=logged((1, 23, "Expected '===' and instead saw '=='", "eqeqeq")),
        wanted=_SAME.replace("==", "==="),
    ),
    Case(
        name="a-suggestion",
        code=_HAS,
        log=logged(
            (
                1,
                30,
                "Do not access Object.prototype method 'hasOwnProperty' from target object",
                "no-prototype-builtins",
            )
        ),
        wanted=_HAS.replace(
            "Object(a).hasOwnProperty('b')", "Object.prototype.hasOwnProperty.call(Object(a), 'b')"
        ),
    ),
    Case(
        name="comments-that-others-need",
        code="// eslint-disable-next-line no-console\nlet a = 1\nmodule.exports = () => console.log(a);\n",
        log=logged((2, 10, "Missing semicolon", "semi")),
        wanted="// eslint-disable-next-line no-console\nlet a = 1;\nmodule.exports = () => console.log(a);\n",
    ),
    Case(
        name="comments-that-switch-others-on",
        code='/* eslint quotes: [2, "single"] */\nlet a = "1"\nmodule.exports = () => a;\n',
        log=logged((2, 12, "Missing semicolon", "semi")),
        wanted='/* eslint quotes: [2, "single"] */\nlet a = "1";\nmodule.exports = () => a;\n',
    ),
    Case(
        name="modules",
        code="import { join } from 'node:path'\nexport const two = (a) => join(a, 'b')\n",
        log=logged((1, 33, "Missing semicolon", "semi"), (2, 40, "Missing semicolon", "semi")),
        wanted="import { join } from 'node:path';\nexport const two = (a) => join(a, 'b');\n",
    ),
)

LEFT = (
    Case(
        name="no-fix",
        code="module.exports = (a) => { while (true) { if (a) break; } };\n",
        log=logged((1, 34, "Unexpected constant condition", "no-constant-condition")),
        wanted="no-constant-condition is left: ESLint has no fix for it.",
    ),
    Case(
        name="options-that-nobody-knows",
        code="module.exports = () => {\n  return 1;\n};\n",
        log=logged((2, 1, "Expected indentation of 17 spaces but found 2", "indent")),
        wanted="indent is left: ESLint does not say of this text what the log says, by any options that are known.",
    ),
    Case(
        name="what-is-not-there",
        code="module.exports = (a) => a;\n",
        log=logged((1, 1, "Unexpected var, use let or const instead", "no-var")),
        wanted="no-var is left: ESLint does not say of this text what the log says",
    ),
    Case(
        name="several-suggestions",
        code="module.exports = (a) => /\\e/.test(a);\n",
        log=logged((1, 26, "Unnecessary escape character: \\e", "no-useless-escape")),
        wanted="no-useless-escape is left: ESLint suggests 2 ways, and nothing decides between them.",
    ),
    Case(
        name="output",
        code="module.exports = (a) => {\n  console.log(a);\n};\n",
        log=logged((2, 3, "Unexpected console statement", "no-console")),
        wanted="no-console is left: its suggestion takes output away, which nothing here can prove to be harmless.",
    ),
    Case(
        name="a-parameter",
        code="module.exports = (a, b) => a;\n",
        log=logged((1, 22, "'b' is defined but never used", "no-unused-vars")),
        wanted="no-unused-vars is left: a parameter that is not used is for its callers to judge.",
    ),
    Case(
        name="a-function-that-others-may-know",
        code="function known() {\n  return 1;\n}\nmodule.exports = () => 2;\n",
        log=logged((1, 10, "'known' is defined but never used", "no-unused-vars")),
        wanted="it takes known away",
    ),
    Case(
        name="rules-that-are-gone",
        code="module.exports = () => 2;\n",
        log=logged((1, 10, "Requires JSDoc", "valid-jsdoc")),
        wanted="valid-jsdoc is left: it is no rule of this ESLint.",
    ),
    Case(
        name="rules-of-plugins",
        code="module.exports = () => 2;\n",
        log=logged((1, 10, "Unable to resolve path", "import/no-unresolved")),
        wanted="import/no-unresolved is left: it is a rule of a plugin, which is not installed here.",
    ),
)

_SPACED = "const a = (b) => ({b:b});\nmodule.exports = { a };\n"
_SPACED_LOG = logged((1, 21, "Missing space before value for key 'b'", "key-spacing"))
_SPACES = {"rules": {"key-spacing": ["error", {"beforeColon": True, "afterColon": True}]}}
_SPACED_LOG_OF_BOTH = logged((1, 20, "Missing space after key 'b'", "key-spacing"))
_BOTH = _SPACED.replace("{b:b}", "{b : b}")
_UNDER = "const own = (a) => {\n  const _b = a;\n  let c = 1;\n  return c;\n};\nmodule.exports = { own };\n"

CONFIGURATIONS = (
    Case(
        name="a-file-with-remarks",
        code=_SPACED,
        log=_SPACED_LOG_OF_BOTH,
        wanted=_BOTH,
        file=SourceFile(path=".eslintrc.json", text=f"// ours\n{json.dumps(_SPACES)} /* http://a */"),
    ),
    Case(
        name="a-package",
        code=_SPACED,
        log=_SPACED_LOG_OF_BOTH,
        wanted=_BOTH,
        file=SourceFile(path="package.json", text=json.dumps({"eslintConfig": _SPACES})),
    ),
    Case(
        name="a-package-that-means-something-else",
        code=_SPACED,
        log=_SPACED_LOG_OF_BOTH,
        wanted=_SPACED,
        file=SourceFile(path="package.json", text=json.dumps(_SPACES)),
    ),
    Case(
        name="options-that-the-log-contradicts",
        code=_SPACED,
        log=_SPACED_LOG,
        wanted=_SPACED.replace("{b:b}", "{b: b}"),
        file=SourceFile(path=".eslintrc", text='{"rules": {"key-spacing": [2, {"afterColon": false}]}}'),
    ),
    Case(
        name="options-that-no-rule-takes",
        code=_SPACED,
        log=_SPACED_LOG,
        wanted=_SPACED.replace("{b:b}", "{b: b}"),
        file=SourceFile(
            path=".eslintrc.json", text='{"rules": {"key-spacing": [2, {"oh": 1}], "no-dupe-keys": [2, 5]}}'
        ),
    ),
    Case(
        name="numbers-that-are-none",
        code=_SPACED,
        log=_SPACED_LOG,
        wanted=_SPACED.replace("{b:b}", "{b: b}"),
        file=SourceFile(path=".eslintrc.json", text='{"rules": {"key-spacing": [2, {"oh": NaN}]}}'),
    ),
    Case(
        name="no-json",
        code=_SPACED,
        log=_SPACED_LOG,
        wanted=_SPACED.replace("{b:b}", "{b: b}"),
        file=SourceFile(path=".eslintrc", text="rules:\n  key-spacing: 2\n"),
    ),
    Case(
        name="errors-of-its-own-are-not-made-worse",
        code=_UNDER,
        log=logged((3, 7, "'c' is never reassigned. Use 'const' instead", "prefer-const")),
        wanted=_UNDER,
        file=SourceFile(
            path=".eslintrc.json",
            text='{"rules": {"no-restricted-syntax": ["error", "VariableDeclaration[kind=\'const\'] > VariableDeclarator > Literal"]}}',
        ),
    ),
)
