"""Finds a Pulumi CLI that fits the SDK, or fetches one.

| order | way | when it is passed over |
| --- | --- | --- |
| 0 | `DDF_PULUMI=/path/to/pulumi` | never: what was asked for and can't be used is an error |
| 1 | `pulumi` on PATH | older than the pin, or another major version |
| 2 | our cache | empty, or not whole |
| 3 | Pulumi's official installer | get.pulumi.com is out of reach |
| 4 | `go build` of the pinned module | no Go on PATH or PyPI, no network, no space |

`DDF_TOOLCHAIN=path|cache|download|build` allows that one way only.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.errors import Diagnostic, UsageFault
from automation.toolchain.bin_dir import BinDir
from automation.toolchain.cache import CliCache
from automation.toolchain.pins import REPOSITORY_ROOT, Pins, is_compatible, read_pins
from automation.toolchain.ports import Progress, Toolchain, VersionProbe, Way, WayFailed
from automation.toolchain.version_probe import RememberingProbe, ask_version

_FETCHING_WAYS = ("download", "build")
_WAYS = ("path", "cache", *_FETCHING_WAYS)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A CLI somewhere on this machine."""

    executable: Path
    """Where it lies."""
    version: str
    """What it answers."""
    source: str
    """How it was come by."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What tests replace."""

    probe: VersionProbe = ask_version
    """Asks executables for their version."""
    ways: Sequence[Way] | None = None
    """How to fetch a CLI; None for the real ways, which are loaded only when needed."""


def locate(
    *,
    progress: Progress,
    cache_dir: Path | None = None,
    bin_dir: Path | None = None,
    environ: Mapping[str, str] | None = None,
    ports: Ports | None = None,
) -> Toolchain:
    """Return a toolchain that can be used at once, or raise one Diagnostic that lists each way tried."""
    environ = os.environ if environ is None else environ
    cache_dir = cache_dir or default_cache_dir(environ)
    bins = BinDir(path=(bin_dir or REPOSITORY_ROOT / ".ddf" / "bin").absolute(), environ=environ)
    search = _Search(
        cache_dir=cache_dir,
        pins=read_pins(),
        environ=_without_folder(environ, bins.path),
        ports=ports or Ports(),
        progress=progress,
    )
    found = search.run()
    pulumi = bins.equip(found.executable, progress)
    return Toolchain(
        pulumi=pulumi,
        version=found.version,
        source=found.source,
        bin_dir=bins.path,
        python=bins.python,
    )


def default_cache_dir(environ: Mapping[str, str]) -> Path:
    """Return `$DDF_CACHE_DIR`, or the product's folder under the user's cache."""
    chosen = environ.get("DDF_CACHE_DIR", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path("~/.cache/deployer-ddf-mod-llm-models").expanduser()


class _Search:
    """One search; keeps what failed, for the diagnostic."""

    def __init__(
        self, *, cache_dir: Path, pins: Pins, environ: Mapping[str, str], ports: Ports, progress: Progress
    ) -> None:
        self._cache_dir = cache_dir
        self._pins = pins
        self._environ = environ
        self._progress = progress
        self._ways = ports.ways
        self._probe = RememberingProbe(memory=cache_dir / "pulumi" / "versions.json", probe=ports.probe)
        self._cache = CliCache(root=cache_dir / "pulumi", probe=ports.probe)
        self._failures: list[tuple[str, str]] = []

    def run(self) -> Found:
        overridden = self._overridden()
        if overridden:
            return overridden
        allowed = self._allowed()
        found = self._on_path() if "path" in allowed else None
        if found is None and "cache" in allowed:
            found = self._cached()
        if found is None and set(allowed) & set(_FETCHING_WAYS):
            found = self._fetched(allowed)
        if found is None:
            raise self._nothing()
        return found

    def _overridden(self) -> Found | None:
        given = self._environ.get("DDF_PULUMI", "")
        if not given:
            return None
        executable = Path(given).expanduser().absolute()
        try:
            if not os.access(executable, os.X_OK) or executable.is_dir():
                raise WayFailed("that is no executable file")
            version = self._fitting(executable)
        except WayFailed as fault:
            raise UsageFault(
                f"DDF_PULUMI={given} can't be used.",
                why=str(fault),
                next_step=f"Give the path of a Pulumi CLI of version {self._pins.pulumi} or newer, or unset DDF_PULUMI.",
                reference="toolchain-override",
            ) from fault
        return Found(executable=executable, version=version, source="override")

    def _allowed(self) -> Sequence[str]:
        forced = self._environ.get("DDF_TOOLCHAIN", "")
        if forced and forced not in _WAYS:
            raise UsageFault(
                f"DDF_TOOLCHAIN={forced} is no way to a Pulumi CLI.",
                next_step=f"Use one of {', '.join(_WAYS)}, or unset it.",
                reference="toolchain-way",
            )
        return (forced,) if forced else _WAYS

    def _on_path(self) -> Found | None:
        on_path = shutil.which("pulumi", path=self._environ.get("PATH"))
        if on_path is None:
            self._failures.append(("path", "no `pulumi` on PATH"))
            return None
        executable = Path(on_path).absolute()
        if self._cache.contains(executable):
            return None  # that is our own cache, which is asked next
        try:
            return Found(executable=executable, version=self._fitting(executable), source="path")
        except WayFailed as fault:
            self._failures.append(("path", f"{executable}: {fault}"))
            self._progress(f"passing over {executable}: {fault}")
            return None

    def _cached(self) -> Found | None:
        executable = self._cache.find(self._pins.pulumi)
        if executable is None:
            self._failures.append(
                ("cache", f"no whole Pulumi {self._pins.pulumi} in {self._cache_dir / 'pulumi'}")
            )
            return None
        return Found(executable=executable, version=self._pins.pulumi, source="cache")

    def _fetched(self, allowed: Sequence[str]) -> Found | None:
        try:
            lock = self._cache.lock(self._progress)
        except OSError as fault:
            self._failures.append(("download and build", f"{self._cache_dir} can't be written: {fault}"))
            return None
        with lock:
            if "cache" in allowed:
                made_meanwhile = self._cache.find(self._pins.pulumi)
                if made_meanwhile:
                    return Found(executable=made_meanwhile, version=self._pins.pulumi, source="cache")
            for way in self._known_ways():
                found = self._fetch(way) if way.name in allowed else None
                if found:
                    return found
        return None

    def _fetch(self, way: Way) -> Found | None:
        version = self._pins.pulumi
        try:
            executable = self._cache.fetch(way, version=version, progress=self._progress)
        except (WayFailed, OSError) as fault:
            self._failures.append((way.name, str(fault)))
            self._progress(f"{way.name} is no way here: {str(fault).splitlines()[0]}")
            return None
        self._progress(f"Pulumi {version} is ready in {executable.parent}")
        return Found(executable=executable, version=version, source=way.name)

    def _known_ways(self) -> Sequence[Way]:
        if self._ways is not None:
            return self._ways
        from automation.toolchain.ways import default_ways  # noqa: PLC0415 - loads Pulumi's automation package, 0.4 s that a warm start can do without

        return default_ways(cache_dir=self._cache_dir, pins=self._pins, environ=self._environ)

    def _fitting(self, executable: Path) -> str:
        version = self._probe(executable)
        if not is_compatible(version, pinned=self._pins.pulumi):
            raise WayFailed(
                f"it is version {version}, and the SDK asks for {self._pins.pulumi} or newer of that major"
            )
        return version

    def _nothing(self) -> Diagnostic:
        tried = "\n".join(f"{way}: {reason}" for way, reason in self._failures)
        return Diagnostic(
            f"No Pulumi CLI {self._pins.pulumi} could be found, downloaded or built.",
            why=tried,
            next_step=(
                f"Any one of these helps: install Pulumi {self._pins.pulumi} or newer so that `pulumi` is on PATH; "
                "set DDF_PULUMI=/path/to/pulumi; allow get.pulumi.com; or install Go "
                f"{self._pins.go_minimum} or newer and allow its module proxy."
            ),
            reference="toolchain-missing",
        )


def _without_folder(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Take our own folder off PATH: what lies there is a link to what is being looked for."""
    path = environ.get("PATH", "")
    kept = [entry for entry in path.split(os.pathsep) if entry and Path(entry).absolute() != folder]
    return {**environ, "PATH": os.pathsep.join(kept)}
