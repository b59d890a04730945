"""Packs what images are made of, for a builder elsewhere: only what their Dockerfiles copy, and the same bytes for the same files.

The pack leaves this machine. So it is a list of what goes in, never of what stays out; and of that no hidden file, no key, and
nothing that only points elsewhere.
"""

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from automation.driver.image_builds import ImageBuild

KEYS = frozenset({".key", ".p12", ".pem", ".pfx"})
MADE_BY_RUNNING = "__pycache__"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip knows."""
COMPRESSION_LEVEL = 6
LINUX = 3


def context_files(root: Path, builds: Iterable[ImageBuild]) -> list[str]:
    """Return what goes into the pack, relative to the root, in order."""
    found: set[str] = set()
    for build in builds:
        patterns = (build.dockerfile, f"{build.dockerfile}.dockerignore", *build.context)
        for pattern in patterns:
            found.update(_matching(root, pattern))
    return sorted(found)


def pack(root: Path, names: Sequence[str]) -> bytes:
    """Return a zip of these files: neither times nor owners are in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL) as archive:
        for name in names:
            path = root / name
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = LINUX
            entry.external_attr = (stat.S_IFREG | _mode(path)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644


def _matching(root: Path, pattern: str) -> Iterator[str]:
    for path in root.glob(pattern):
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else [path]
        for one in inside:
            name = one.relative_to(root)
            if _belongs(root, name):
                yield name.as_posix()


def _belongs(root: Path, name: Path) -> bool:
    """A link could lead out of the context, by any folder on the way."""
    way = [root / part for part in (name, *name.parents) if part != Path()]
    return (
        (root / name).is_file()
        and not any(part.is_symlink() for part in way)
        and not any(part.startswith(".") or part == MADE_BY_RUNNING for part in name.parts)
        and name.suffix not in KEYS
    )
