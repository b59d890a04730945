"""Checking a stack's file before the engine starts."""

from pathlib import Path

import pytest

from automation.driver.stack_file import check_config, read_stack_file, set_value
from automation.errors import ExitCode, UsageFault
from components.naming import PROJECT

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod"])
def test_the_stack_files_that_we_ship_are_valid(environment: str) -> None:
    name = f"Pulumi.{environment}.yaml"
    check_config(read_stack_file(ROOT / name), file_name=name)


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(
        f"config:\n  aws:region: mars-north-1\n  {PROJECT}:instances: -3\n  {PROJECT}:compute_type: toaster\n"
        f"  {PROJECT}:colour: red\n"
    )
    with pytest.raises(UsageFault) as told:
        check_config(read_stack_file(path), file_name=path.name)
    assert told.value.exit_code is ExitCode.USAGE
    for word in ("mars-north-1", "instances", "-3", "toaster", "colour"):
        assert word in told.value.why


def test_a_file_that_is_not_there_is_a_usage_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"there is no Pulumi\.mars\.yaml"):
        read_stack_file(tmp_path / "Pulumi.mars.yaml")


def test_a_file_that_is_no_yaml_is_a_usage_fault_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config: [\n")
    with pytest.raises(UsageFault, match="not valid YAML") as told:
        read_stack_file(path)
    assert "line" in told.value.why


def test_a_missing_region_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as told:
        check_config({}, file_name="Pulumi.dev.yaml")
    assert "aws:region is missing" in told.value.why


def test_setting_a_value_keeps_every_other_line_with_its_comment(tmp_path: Path) -> None:
    for environment in ("local", "dev", "staging", "prod"):
        shipped = (ROOT / f"Pulumi.{environment}.yaml").read_text()
        path = tmp_path / f"Pulumi.{environment}.yaml"
        path.write_text(shipped)
        set_value(path, f"{PROJECT}:slo_seconds", "77")
        set_value(path, f"{PROJECT}:slo_seconds", "78")
        added = [line for line in path.read_text().splitlines() if line not in shipped.splitlines()]
        assert added == [f'  {PROJECT}:slo_seconds: "78"']
        assert set(shipped.splitlines()) <= set(path.read_text().splitlines())
        assert check_config(read_stack_file(path), file_name=path.name).slo_seconds == 78
