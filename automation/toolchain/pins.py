"""Reads the pinned versions from `tools/pulumi/go.mod`, the one place that states them."""

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
GO_MODULE_DIR = REPOSITORY_ROOT / "tools" / "pulumi"
CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"

_CLI_MODULE = CLI_PACKAGE.removesuffix("/cmd/pulumi")
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Pins:
    """The versions that the CLI's Go module asks for."""

    pulumi: str
    """Version of the Pulumi CLI and SDK, without the leading v: 3.258.0."""
    go_minimum: str
    """Oldest Go release that can build it."""
    go_preferred: str
    """Go release to fetch where none is installed."""


def read_pins(go_mod: Path = GO_MODULE_DIR / "go.mod") -> Pins:
    """Read the pins; `toolchain` names the Go to fetch, and `go` is the floor when there is no such line."""
    text = go_mod.read_text(encoding="utf-8")
    go_minimum = _only(r"^go (\S+)$", text, what="go", where=go_mod)
    preferred = re.search(r"^toolchain go(\S+)$", text, re.MULTILINE)
    return Pins(
        pulumi=_only(rf"^\s*{re.escape(_CLI_MODULE)} v(\S+)", text, what=_CLI_MODULE, where=go_mod),
        go_minimum=go_minimum,
        go_preferred=preferred.group(1) if preferred else go_minimum,
    )


def parse_version(text: str) -> tuple[int, int, int]:
    """Return the three numbers of `v3.258.0`, `go1.26.8` or `3.259.0-alpha.1+dirty`; ValueError if there are none."""
    match = _NUMBERS.search(text)
    if match is None:
        raise ValueError(f"no version in {text!r}")
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def is_compatible(found: str, *, pinned: str) -> bool:
    """Tell whether a CLI of version `found` can stand in: the same major version, and no older than the pin."""
    found_numbers, pinned_numbers = parse_version(found), parse_version(pinned)
    return found_numbers[0] == pinned_numbers[0] and found_numbers >= pinned_numbers


def _only(pattern: str, text: str, *, what: str, where: Path) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ValueError(f"{where} states no version of {what}")
    return match.group(1)
