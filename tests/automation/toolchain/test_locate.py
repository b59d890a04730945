import json
import os
import threading
from pathlib import Path

import pytest

from automation.errors import Diagnostic, ExitCode, UsageFault
from tests.automation.toolchain.conftest import Machine
from tests.automation.toolchain.fakes import FakeWay, write_cli


def test_a_newer_cli_on_path_is_used_as_it_is(machine: Machine, tmp_path: Path) -> None:
    write_cli(tmp_path / "usr" / "pulumi", "3.300.1")
    machine.environ = {"PATH": str(tmp_path / "usr")}
    toolchain = machine.locate()
    assert (toolchain.version, toolchain.source) == ("3.300.1", "path")
    assert machine.ways[0].fetches == 0


@pytest.mark.parametrize("version", ["3.257.9", "4.0.0", "2.999.0"])
def test_a_cli_on_path_that_does_not_fit_is_passed_over_aloud(
    machine: Machine, tmp_path: Path, version: str
) -> None:
    write_cli(tmp_path / "usr" / "pulumi", version)
    machine.environ = {"PATH": str(tmp_path / "usr")}
    assert machine.locate().source == "build"
    assert any("passing over" in line and version in line for line in machine.said)


def test_a_cli_on_path_is_asked_for_its_version_only_once(machine: Machine, tmp_path: Path) -> None:
    write_cli(tmp_path / "usr" / "pulumi", "3.258.0")
    machine.environ = {"PATH": str(tmp_path / "usr")}
    machine.locate()
    machine.locate()
    assert len(machine.probe.asked) == 1


def test_a_cli_on_path_that_changed_is_asked_again(machine: Machine, tmp_path: Path) -> None:
    write_cli(tmp_path / "usr" / "pulumi", "3.258.0")
    machine.environ = {"PATH": str(tmp_path / "usr")}
    machine.locate()
    write_cli(tmp_path / "usr" / "pulumi", "3.258.10")
    assert machine.locate().version == "3.258.10"


def test_a_whole_cli_in_the_cache_needs_no_process_and_no_fetch(machine: Machine) -> None:
    machine.locate()
    machine.probe.asked.clear()
    toolchain = machine.locate()
    assert toolchain.source == "cache"
    assert machine.probe.asked == []
    assert machine.ways[0].fetches == 1


def test_our_own_folder_first_on_path_is_not_taken_for_an_installed_cli(machine: Machine) -> None:
    bin_dir = machine.locate().bin_dir
    machine.environ = {"PATH": f"{bin_dir}:/nowhere"}
    assert machine.locate().source == "cache"


def test_the_cache_on_path_is_taken_for_the_cache(machine: Machine) -> None:
    machine.locate()
    machine.environ = {"PATH": str(machine.cached_cli.parent)}
    assert machine.locate().source == "cache"


def test_ways_are_tried_in_order_until_one_works(machine: Machine) -> None:
    machine.ways = [FakeWay(name="download", fails="no network"), FakeWay(name="build")]
    assert machine.locate().source == "build"
    assert any("no network" in line for line in machine.said)


def test_a_half_built_cli_is_never_mistaken_for_a_whole_one(machine: Machine) -> None:
    write_cli(machine.cached_cli, "3.258.0")  # no manifest beside it
    assert machine.locate().source == "build"


def test_a_truncated_cli_is_fetched_again(machine: Machine) -> None:
    machine.locate()
    machine.cached_cli.unlink()
    machine.cached_cli.write_text("#!")
    machine.cached_cli.chmod(0o755)
    assert machine.locate().source == "build"
    assert machine.ways[0].fetches == 2


def test_a_damaged_manifest_means_a_new_fetch(machine: Machine) -> None:
    machine.locate()
    machine.cached_cli.parents[1].joinpath("manifest.json").write_text("[")
    assert machine.locate().source == "build"


def test_the_manifest_says_what_was_fetched_and_how(machine: Machine) -> None:
    machine.locate()
    manifest = json.loads(machine.cached_cli.parents[1].joinpath("manifest.json").read_text())
    assert (manifest["version"], manifest["source"]) == ("3.258.0", "build")
    assert len(manifest["sha256"]) == 64


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_fetch_leaves_nothing_behind(machine: Machine, stages, interruption) -> None:
    def break_off(into: Path) -> None:
        write_cli(into / "bin" / "pulumi", "3.258.0")
        raise interruption

    machine.ways = [FakeWay(first=break_off)]
    with pytest.raises(interruption):
        machine.locate()
    assert stages() == []
    assert not machine.cached_cli.exists()


def test_what_killed_processes_left_is_swept_up(machine: Machine, stages) -> None:
    write_cli(machine.cache_dir / "pulumi" / ".staging-old" / "bin" / "pulumi", "3.258.0")
    machine.locate()
    assert stages() == []


def test_a_fetched_cli_of_another_version_is_refused(machine: Machine) -> None:
    machine.ways = [FakeWay(brings="3.259.0")]
    with pytest.raises(Diagnostic, match="could be found") as fault:
        machine.locate()
    assert "it brought version 3.259.0, not 3.258.0" in fault.value.why


def test_two_searches_at_once_fetch_once(machine: Machine) -> None:
    gate = threading.Event()
    machine.ways = [FakeWay(first=lambda _into: gate.wait(10) and None)]
    sources: list[str] = []
    threads = [threading.Thread(target=lambda: sources.append(machine.locate().source)) for _ in range(2)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(20)
    assert sorted(sources) == ["build", "cache"]
    assert machine.ways[0].fetches == 1


def test_when_all_fails_one_diagnostic_lists_each_way_and_the_ways_out(machine: Machine) -> None:
    machine.ways = [
        FakeWay(name="download", fails="get.pulumi.com is out of reach"),
        FakeWay(name="build", fails="no Go here"),
    ]
    with pytest.raises(Diagnostic) as fault:
        machine.locate()
    assert fault.value.exit_code == ExitCode.FAILED
    assert [line.split(":")[0] for line in fault.value.why.splitlines()] == [
        "path",
        "cache",
        "download",
        "build",
    ]
    for way_out in ("PATH", "DDF_PULUMI", "get.pulumi.com", "install Go"):
        assert way_out in fault.value.next_step


def test_an_unwritable_cache_is_a_diagnostic_too(machine: Machine) -> None:
    machine.cache_dir.write_text("a file where the folder should be")
    with pytest.raises(Diagnostic) as fault:
        machine.locate()
    assert "can't be written" in fault.value.why


def test_an_override_comes_before_everything(machine: Machine, tmp_path: Path) -> None:
    own = write_cli(tmp_path / "mine", "3.260.0")
    machine.environ = {"DDF_PULUMI": str(own)}
    toolchain = machine.locate()
    assert (toolchain.source, toolchain.version) == ("override", "3.260.0")


@pytest.mark.parametrize("version", [None, "3.100.0"])
def test_an_override_that_can_not_be_used_is_an_error(machine: Machine, tmp_path: Path, version) -> None:
    if version:
        write_cli(tmp_path / "mine", version)
    machine.environ = {"DDF_PULUMI": str(tmp_path / "mine")}
    with pytest.raises(UsageFault, match="can't be used"):
        machine.locate()


def test_one_way_can_be_forced(machine: Machine, tmp_path: Path) -> None:
    write_cli(tmp_path / "usr" / "pulumi", "3.300.1")
    machine.environ = {"PATH": str(tmp_path / "usr"), "DDF_TOOLCHAIN": "build"}
    assert machine.locate().source == "build"


def test_forcing_the_cache_fetches_nothing(machine: Machine) -> None:
    machine.environ = {"DDF_TOOLCHAIN": "cache"}
    with pytest.raises(Diagnostic, match="could be found"):
        machine.locate()
    assert machine.ways[0].fetches == 0


def test_an_unknown_way_is_a_usage_error(machine: Machine) -> None:
    machine.environ = {"DDF_TOOLCHAIN": "magic"}
    with pytest.raises(UsageFault, match="DDF_TOOLCHAIN=magic"):
        machine.locate()


def test_the_environment_puts_this_cli_first_and_names_the_interpreter(machine: Machine) -> None:
    toolchain = machine.locate()
    environment = toolchain.environment({"PATH": "/usr/bin", "KEPT": "yes"})
    assert environment["PATH"].split(os.pathsep) == [str(toolchain.bin_dir), "/usr/bin"]
    assert environment["PULUMI_PYTHON_CMD"] == str(toolchain.python)
    assert environment["KEPT"] == "yes"
