"""Chooses the ways by which a CLI may be fetched; apart from the search, as a warm start needs none of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from automation.toolchain.build import BuildFromModule
from automation.toolchain.download import OfficialDownload, install_official, probe_installer
from automation.toolchain.go_compiler import GoCompilers
from automation.toolchain.pins import Pins
from automation.toolchain.ports import Way


def default_ways(*, cache_dir: Path, pins: Pins, environ: Mapping[str, str]) -> Sequence[Way]:
    """Return the ways in the order in which they are tried."""
    compilers = GoCompilers(cache_dir=cache_dir, pins=pins, environ=environ)
    return (
        OfficialDownload(probe=probe_installer, install=install_official),
        BuildFromModule(compilers=compilers, environ=environ),
    )
