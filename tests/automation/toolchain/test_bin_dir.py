import stat
from pathlib import Path

from automation.toolchain.bin_dir import HOST_NAME, BinDir, has_official_host, host_script
from tests.automation.toolchain.fakes import write_cli


def equip(tmp_path: Path, cli: Path, path: str = "/nowhere") -> Path:
    return BinDir(path=tmp_path / "bin", environ={"PATH": path}).equip(cli, lambda _line: None)


def test_without_an_official_host_ours_lies_beside_a_real_file(tmp_path: Path) -> None:
    own = equip(tmp_path, write_cli(tmp_path / "cli" / "pulumi", "3.258.0"))
    host = tmp_path / "bin" / HOST_NAME
    assert not own.is_symlink()
    assert host.stat().st_mode & stat.S_IXUSR
    assert "automation.toolchain.language_host" in host.read_text()


def test_beside_an_official_host_the_cli_is_only_linked(tmp_path: Path) -> None:
    cli = write_cli(tmp_path / "cli" / "pulumi", "3.258.0")
    write_cli(tmp_path / "cli" / HOST_NAME, "3.258.0")
    own = equip(tmp_path, cli)
    assert own.readlink() == cli
    assert not (tmp_path / "bin" / HOST_NAME).exists()


def test_an_official_host_on_path_is_as_good(tmp_path: Path) -> None:
    cli = write_cli(tmp_path / "cli" / "pulumi", "3.258.0")
    write_cli(tmp_path / "elsewhere" / HOST_NAME, "3.258.0")
    assert equip(tmp_path, cli, path=str(tmp_path / "elsewhere")).is_symlink()


def test_our_own_host_is_not_taken_for_the_official_one(tmp_path: Path) -> None:
    cli = write_cli(tmp_path / "cli" / "pulumi", "3.258.0")
    equip(tmp_path, cli)
    path = str(tmp_path / "bin")
    assert not has_official_host(cli, environ={"PATH": path}, but_in=tmp_path / "other")


def test_the_folder_follows_when_the_cli_changes(tmp_path: Path) -> None:
    equip(tmp_path, write_cli(tmp_path / "one" / "pulumi", "3.258.0"))
    own = equip(tmp_path, write_cli(tmp_path / "two" / "pulumi", "3.258.11"))
    assert "3.258.11" in own.read_text()


def test_the_folder_follows_when_an_official_host_appears_and_goes(tmp_path: Path) -> None:
    cli = write_cli(tmp_path / "cli" / "pulumi", "3.258.0")
    official = write_cli(tmp_path / "cli" / HOST_NAME, "3.258.0")
    assert equip(tmp_path, cli).is_symlink()
    official.unlink()
    assert not equip(tmp_path, cli).is_symlink()
    write_cli(official, "3.258.0")
    assert equip(tmp_path, cli).is_symlink()


def test_equipping_twice_changes_nothing(tmp_path: Path) -> None:
    cli = write_cli(tmp_path / "cli" / "pulumi", "3.258.0")
    before = equip(tmp_path, cli).stat().st_ino
    assert equip(tmp_path, cli).stat().st_ino == before
    assert {path.name for path in (tmp_path / "bin").iterdir()} == {"pulumi", HOST_NAME}


def test_the_script_survives_spaces_in_paths() -> None:
    script = host_script(python=Path("/opt/my python/bin/python"), root=Path("/home/a b/repo"))
    assert "exec '/opt/my python/bin/python' -m" in script
    assert "PYTHONPATH='/home/a b/repo'" in script
