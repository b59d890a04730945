"""What leaves this machine for a build elsewhere: what Dockerfiles copy, nothing hidden, no key, always the same bytes."""

import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from automation.driver.build_context import context_files, pack
from automation.driver.image_builds import ImageBuild, images_of
from components.config import StackConfig

ROOT = Path(__file__).parents[3]
BUILDS = images_of(StackConfig(), "123456789012.dkr.ecr.us-east-1.amazonaws.com/context-worker")
SECRETS = (
    *(".env", ".git/config", ".ddf/state.json", "Pulumi.dev.yaml", "worker/.env", "worker/.netrc"),
    *(
        "worker/deep/private.pem",
        "worker/id.key",
        "worker/__pycache__/a.pyc",
        "tools/node/.npmrc",
        "notes.txt",
    ),
)
WANTED = (
    *("worker/Dockerfile", "worker/Dockerfile.dockerignore", "worker/a.py", "worker/deep/b.py"),
    *("tools/node/package.json", "tools/node/package-lock.json", "tools/node/pack.cjs"),
    "tools/ollama.Dockerfile",
)


@pytest.fixture
def checkout(tmp_path):
    for name in (*SECRETS, *WANTED):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_only_what_the_dockerfiles_copy_goes_in(checkout):
    assert context_files(checkout, BUILDS) == sorted(WANTED)


def test_nothing_is_followed_that_points_elsewhere(checkout, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.txt").write_text("secret")
    (checkout / "worker" / "linked").symlink_to(elsewhere)
    (checkout / "worker" / "linked.txt").symlink_to(elsewhere / "secret.txt")
    assert context_files(checkout, BUILDS) == sorted(WANTED)


def test_the_same_files_make_the_same_bytes_whenever_and_wherever(checkout):
    names = context_files(checkout, BUILDS)
    before = pack(checkout, names)
    os.utime(checkout / "worker" / "a.py", (1, 2_000_000_000))
    (checkout / "worker" / "deep" / "b.py").chmod(0o600)
    assert pack(checkout, names) == before
    (checkout / "worker" / "a.py").write_text("changed")
    assert pack(checkout, names) != before


def test_what_may_be_run_may_still_be_run(checkout):
    (checkout / "worker" / "a.py").chmod(0o755)
    archive = zipfile.ZipFile(io.BytesIO(pack(checkout, ["worker/a.py", "worker/deep/b.py"])))
    modes = [oct(entry.external_attr >> 16) for entry in archive.infolist()]
    assert modes == ["0o100755", "0o100644"]
    assert archive.read("worker/a.py") == b"worker/a.py"


def test_this_checkout_gives_away_nothing_but_what_is_under_version_control():
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    names = context_files(ROOT, BUILDS)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(names) <= set(listed.stdout.splitlines())
    assert {name.split("/")[0] for name in names} == {"worker", "tools"}
    assert {"worker/__main__.py", "worker/requirements.lock"} <= set(names)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.dockerfile)
def test_the_pack_holds_all_that_a_dockerfile_copies(build: ImageBuild):
    names = context_files(ROOT, [build])
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / build.dockerfile).read_text(), re.MULTILINE):
        *sources, _target = line.split()
        for source in sources:
            assert [name for name in names if name == source or name.startswith(f"{source}/")], source


def test_the_pack_is_what_docker_would_be_shown():
    worker = BUILDS[0]
    lines = (ROOT / f"{worker.dockerfile}.dockerignore").read_text().split()
    assert lines[0] == "*"
    assert sorted(line[1:] for line in lines if line.startswith("!")) == sorted(worker.context)
