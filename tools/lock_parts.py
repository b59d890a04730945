"""Writes the lock files that are parts of requirements.lock: of the worker's image, and of what fetches the Pulumi CLI.

    python tools/lock_parts.py [--check]

What the libraries of a part need in turn is read from what is installed here.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TOOLCHAIN = ("pulumi", "click", "filelock")
"""What `automation.toolchain` imports: these are installed first, so that a build of the CLI goes beside all the rest."""
IMAGE = {
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "extra": "",
}

Choice = Callable[[Requirement, str], bool]


def lock_parts() -> dict[Path, str]:
    """Return the lock files and their texts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = _pins((ROOT / "requirements.lock").read_text())
    parts = {
        ROOT / "worker" / "requirements.lock": _closure(
            project["optional-dependencies"]["worker"], _in_image
        ),
        ROOT / "tools" / "pulumi" / "requirements.lock": _closure(TOOLCHAIN, _anywhere),
    }
    return {path: "".join(pins[name] for name in sorted(names)) for path, names in parts.items()}


def _closure(roots: Iterable[str], is_needed: Choice) -> set[str]:
    waiting = [Requirement(text) for text in roots]
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        needs = map(Requirement, requires(name) or ())
        waiting += [need for need in needs if any(is_needed(need, extra) for extra in ("", *extras))]
    return found


def _in_image(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({**IMAGE, "extra": extra})


def _anywhere(need: Requirement, _extra: str) -> bool:
    """Tell whether some machine needs it: the pin itself says on which."""
    return "extra" not in str(need.marker or "")


def _pins(lock: str) -> dict[str, str]:
    blocks = re.findall(r"^\S.*(?:\n[ \t]+.*)*\n", lock, re.MULTILINE)
    return {canonicalize_name(re.split(r"[=\[ ;]", block, maxsplit=1)[0]): block for block in blocks}


def main() -> int:
    """Write the files, or with --check tell whether they are as they would be written."""
    texts = lock_parts()
    if "--check" in sys.argv[1:]:
        return int(any(not path.exists() or path.read_text() != text for path, text in texts.items()))
    for path, text in texts.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
