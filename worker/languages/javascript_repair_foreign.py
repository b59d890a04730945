"""Suites that are written for jest or vitest: which are, and what stands for those packages where `node --test` runs them."""

import re
from collections.abc import Sequence

from worker.domain.job import SourceFile

LACKING = "RunnerLacks"
"""Name of the error of a feature that the worker's own runner does not have."""

_GLOBALS = ("describe", "suite", "test", "it", "expect", "beforeAll", "afterAll", "beforeEach", "afterEach")
_PACKAGES = {"vitest": "vi", "@jest/globals": "jest"}
_IMPORTED = re.compile(
    r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)['"](?P<name>vitest|@jest/globals|node:test|mocha|chai)['"]"""
)
_USED = re.compile(r"\b(?:describe|it|test)\b(?:\.\w+)*\s*\(")


def is_foreign(files: Sequence[SourceFile]) -> bool:
    """Whether a file takes its runner's functions from such a package, or from nowhere."""
    return any(
        found["name"] in _PACKAGES if (found := _IMPORTED.search(file.text)) else _USED.search(file.text)
        for file in files
    )


def packages() -> dict[str, str]:
    """Return packages of these names that hand out the worker's own functions."""
    found = {}
    for name, mocks in _PACKAGES.items():
        folder, up = f"node_modules/{name}", "../" * (name.count("/") + 2)
        exported = ", ".join((*_GLOBALS, mocks))
        found[f"{folder}/package.json"] = (
            f'{{"name": "{name}", "exports": {{"import": "./index.mjs", "require": "./index.cjs"}}}}\n'
        )
        found[f"{folder}/index.cjs"] = (
            f"module.exports = require('{up}harness/foreign.cjs').foreign(require('node:test'), '{mocks}');\n"
        )
        found[f"{folder}/index.mjs"] = (
            f"import own from './index.cjs';\nexport const {{ {exported} }} = own;\nexport default own;\n"
        )
    return found
