"""The real Pulumi CLI for tests that need one: `from tests.toolchain_fixture import pulumi_toolchain  # noqa: F401`."""

import pytest

from automation.toolchain.locate import locate
from automation.toolchain.ports import Toolchain


@pytest.fixture(scope="session")
def pulumi_toolchain(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """Find the CLI once a session; `python -m automation.toolchain` beforehand fetches it where there is none."""
    lines: list[str] = []
    toolchain = locate(progress=lines.append, bin_dir=tmp_path_factory.mktemp("pulumi") / "bin")
    assert toolchain.pulumi.is_file(), lines
    return toolchain
