"""Builds the CLI from its Go module, as pinned in tools/pulumi/go.mod."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.toolchain.go_compiler import GoCompilers, go_environment
from automation.toolchain.pins import CLI_PACKAGE, GO_MODULE_DIR
from automation.toolchain.ports import Progress, WayFailed
from automation.toolchain.supervised import Command, run_supervised

_NEEDED_BYTES = 3 * 1024**3
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

SELDOM_RUN = (
    "github.com/pb33f/libopenapi/...",
    "github.com/aws/aws-sdk-go-v2/service/...",
    "github.com/Azure/...",
    "github.com/envoyproxy/...",
    "cloud.google.com/...",
    "google.golang.org/api/...",
    "github.com/google/go-tpm/...",
)
"""Clients of clouds and of their descriptions: two fifths of what is compiled, and nothing that a command spends its time in. Without
inlining they compile in about half the time: the first of them took 97 s of processor instead of 194, one after the other."""

NO_DEBUGGING = "-dwarf=false"
"""For every package: the linker drops what debuggers read (`-s -w`), and to write it is a sixth of what a compilation takes."""


@dataclass(frozen=True, kw_only=True)
class BuildFromModule:
    """A way to the CLI: `go build`."""

    compilers: GoCompilers
    """Where to look for Go."""
    environ: Mapping[str, str]
    """The environment to build in."""
    name: str = "build"
    """What this way is called."""

    def fetch(self, *, into: Path, version: str, progress: Progress) -> None:
        """Build the CLI into the folder `into`."""
        go = self.compilers.find(progress)
        free_bytes = shutil.disk_usage(into).free
        if free_bytes < _NEEDED_BYTES:
            needed, free = _NEEDED_BYTES / 1024**3, free_bytes / 1024**3
            raise WayFailed(f"the build needs about {needed:.0f} GB and {into.parent} has {free:.1f} GB left")
        progress(f"building Pulumi {version} with {go}: three to six minutes the first time")
        run_supervised(self._command(go, into=into, version=version), progress)

    def _command(self, go: Path, *, into: Path, version: str) -> Command:
        linker = f"-s -w -X {_VERSION_VARIABLE}=v{version}"
        seldom = [f"-gcflags={pattern}=-l {NO_DEBUGGING}" for pattern in SELDOM_RUN]
        flags = ["-v", "-trimpath", "-ldflags", linker, f"-gcflags=all={NO_DEBUGGING}", *seldom]
        return Command(
            arguments=[str(go), "build", *flags, "-o", str(into / "bin" / "pulumi"), CLI_PACKAGE],
            environment=go_environment(self.environ),
            directory=GO_MODULE_DIR,
            describe=describe_build,
            failure="the build failed",
        )


def describe_build(line: str, count: int) -> str:
    """Say what `go build -v` is doing, from its latest line."""
    if line.startswith("go: downloading "):
        return f"downloading Go modules, step {count}: {line.removeprefix('go: downloading ')}"
    if not line:
        return "starting the build"
    if line == CLI_PACKAGE:
        return "linking pulumi"
    return f"compiling Go packages, step {count}: {line}"
