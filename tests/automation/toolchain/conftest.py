from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automation.toolchain.locate import Ports, locate
from automation.toolchain.ports import Toolchain, Way
from tests.automation.toolchain.fakes import FakeProbe, FakeWay
from tests.toolchain_fixture import pulumi_toolchain

__all__ = ["pulumi_toolchain"]


@dataclass
class Machine:
    """A machine with its own cache, PATH and ways to fetch a CLI."""

    home: Path
    probe: FakeProbe = field(default_factory=FakeProbe)
    ways: Sequence[Way] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @property
    def cache_dir(self) -> Path:
        return self.home / "cache"

    @property
    def cached_cli(self) -> Path:
        return self.cache_dir / "pulumi" / "v3.258.0" / "bin" / "pulumi"

    def locate(self) -> Toolchain:
        return locate(
            progress=self.said.append,
            cache_dir=self.cache_dir,
            bin_dir=self.home / "bin",
            environ={"PATH": "/nowhere", **self.environ},
            ports=Ports(probe=self.probe, ways=self.ways),
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(home=tmp_path, ways=[FakeWay()])


@pytest.fixture
def stages(machine: Machine) -> Callable[[], list[str]]:
    return lambda: [path.name for path in (machine.cache_dir / "pulumi").glob(".staging-*")]
