import re
from pathlib import Path

import pytest

from automation.toolchain.pins import REPOSITORY_ROOT, is_compatible, parse_version, read_pins


def pinned_in(file: str) -> set[str]:
    text = (REPOSITORY_ROOT / file).read_text(encoding="utf-8")
    return set(re.findall(r"(?:^|\")pulumi==([0-9.]+)", text, re.MULTILINE))


@pytest.mark.parametrize("file", ["pyproject.toml", "requirements.lock"])
def test_the_sdk_is_pinned_to_the_version_of_the_cli(file: str) -> None:
    assert pinned_in(file) == {read_pins().pulumi}


def test_the_sdk_module_of_go_is_pinned_to_the_same_version() -> None:
    text = (REPOSITORY_ROOT / "tools" / "pulumi" / "go.mod").read_text(encoding="utf-8")
    assert f"github.com/pulumi/pulumi/sdk/v3 v{read_pins().pulumi}" in text


def test_the_go_to_fetch_is_no_older_than_the_go_that_is_needed() -> None:
    pins = read_pins()
    assert parse_version(pins.go_preferred) >= parse_version(pins.go_minimum)


def test_without_a_toolchain_line_the_oldest_go_is_fetched(tmp_path: Path) -> None:
    module = tmp_path / "go.mod"
    module.write_text("go 1.25.0\n\nrequire (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.9.9\n)\n")
    assert read_pins(module).go_preferred == "1.25.0"


def test_a_module_without_the_cli_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "go.mod"
    module.write_text("go 1.25.0\n")
    with pytest.raises(ValueError, match="states no version of github"):
        read_pins(module)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("v3.258.0", (3, 258, 0)), ("go1.26", (1, 26, 0)), ("3.259.0-alpha.1+dirty", (3, 259, 0))],
)
def test_versions_are_read_in_all_their_spellings(text: str, numbers: tuple[int, int, int]) -> None:
    assert parse_version(text) == numbers


@pytest.mark.parametrize(
    ("found", "fits"), [("3.258.0", True), ("3.1000.0", True), ("3.257.99", False), ("4.258.0", False)]
)
def test_a_cli_fits_from_the_pin_up_to_the_next_major(found: str, fits: bool) -> None:
    assert is_compatible(found, pinned="3.258.0") is fits
