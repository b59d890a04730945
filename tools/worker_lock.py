"""Writes worker/requirements.lock: the part of requirements.lock that the worker's image installs.

    python tools/worker_lock.py [--check]

The extra `worker` of pyproject.toml names the libraries; what they need in turn is read from what is installed here.
"""

import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "worker" / "requirements.lock"
IMAGE = {
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "extra": "",
}


def worker_lock() -> str:
    """Return the text of the worker's lock file."""
    pins = _pins((ROOT / "requirements.lock").read_text())
    return "".join(pins[name] for name in sorted(_closure()))


def _closure() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [Requirement(text) for text in project["optional-dependencies"]["worker"]]
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        waiting += [need for need in map(Requirement, requires(name) or ()) if _is_needed(need, extras)]
    return found


def _is_needed(need: Requirement, extras: frozenset[str]) -> bool:
    if need.marker is None:
        return True
    return any(need.marker.evaluate({**IMAGE, "extra": extra}) for extra in ("", *extras))


def _pins(lock: str) -> dict[str, str]:
    blocks = re.findall(r"^\S.*(?:\n[ \t]+.*)*\n", lock, re.MULTILINE)
    return {canonicalize_name(re.split(r"[=\[ ;]", block, maxsplit=1)[0]): block for block in blocks}


def main() -> int:
    """Write the file, or with --check tell whether it is as it would be written."""
    text = worker_lock()
    if "--check" in sys.argv[1:]:
        return int(not LOCK.exists() or LOCK.read_text() != text)
    LOCK.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
