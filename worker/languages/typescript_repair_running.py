"""TypeScript under the plain runner, and patches of the JavaScript that runs turned into patches of what is written."""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

from worker.domain.exchange import Budget
from worker.domain.patch import Edit, Patch
from worker.domain.repair import Broken, RepairProof
from worker.languages.javascript_repair_proving import proved as plainly_proved
from worker.languages.javascript_syntax import ModuleKind, kind_of, parse
from worker.languages.typescript_strip import strip
from worker.ports import Sandbox

_LOADER = "worker.languages.harness.typescript"


async def proved(broken: Broken, tests: Sequence[str], sandbox: Sandbox, budget: Budget) -> RepairProof:
    """Run `node --test` with a loader that takes the types out, as in a Node that knows none."""
    stripped = {
        path: strip(text).javascript
        for path, text in (
            (broken.subject.path, broken.subject.source),
            *(
                (one.path, one.text)
                for one in broken.tests
                if one.path.endswith((".ts", ".mts", ".cts", ".tsx"))
            ),
        )
    }
    known = {
        "files": {path: {"kind": _kind(text, path), "text": text} for path, text in stripped.items()},
        "source": broken.subject.source,
        "stripped": stripped[broken.subject.path],
    }
    loader = files(_LOADER).joinpath("strip-types.mjs").read_text(encoding="utf-8")
    return await plainly_proved(
        replace(broken, subject=replace(broken.subject, source=stripped[broken.subject.path])),
        tests,
        sandbox,
        budget,
        options=("--no-warnings", "--import={work}/harness/strip-types.mjs"),
        more_files={
            "types.json": json.dumps(known),
            "harness/strip-types.mjs": loader,
            broken.subject.path: broken.subject.source,
        },
    )


def _kind(text: str, path: str) -> str:
    return "module" if kind_of(parse(text), path) is ModuleKind.ESM else "commonjs"


def outward(patch: Patch, plain: str, source: str) -> Patch | None:
    """Move a patch to the text with types, where lines and columns are the same; None where types stand within an edit."""
    edits = []
    for edit in patch.edits:
        start, end = (_moved(at, plain, source) for at in (edit.start, edit.end))
        if start is None or end is None or source[start:end] != plain[edit.start : edit.end]:
            return None
        edits.append(Edit(start=start, end=end, text=edit.text))
    return replace(patch, edits=tuple(edits))


def _moved(at: int, plain: str, source: str) -> int | None:
    line = plain.count("\n", 0, at)
    column = at - (plain.rfind("\n", 0, at) + 1)
    lines = source.split("\n")
    if line >= len(lines) or column > len(lines[line]):
        return None
    return sum(len(one) + 1 for one in lines[:line]) + column
