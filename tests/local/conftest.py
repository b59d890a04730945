"""A copy of the product with an embedded AWS of its own: tests may break it, and never touch what a developer has up."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_COMMAND_SECONDS = 480


@dataclass(frozen=True)
class LocalProduct:
    """Runs commands as a user would."""

    root: Path
    env: dict[str, str]

    def run(
        self, *arguments: str, expect: int | None = 0, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "automation", *arguments],
            cwd=self.root,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_COMMAND_SECONDS,
        )
        if expect is not None:
            assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, expect: int | None = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "automation", *arguments],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def local_environment(self) -> dict[str, str]:
        found: dict[str, str] = self.json("local", "env")
        return found

    def client(self, service: str) -> Any:
        found = self.local_environment()
        return boto3.client(
            service,
            endpoint_url=found["AWS_ENDPOINT_URL"],
            region_name=found["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def pulumi(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        env = {**self.env, **self.local_environment()}
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_COMMAND_SECONDS,
        )
        if expect is not None:
            assert done.returncode == expect, (
                f"pulumi {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProduct]:
    copy = tmp_path_factory.mktemp("product") / "repository"
    ignored = shutil.ignore_patterns(".git", ".venv", ".ddf", "*_cache", "tests", "node_modules")
    shutil.copytree(ROOT, copy, ignore=ignored)
    kept = ("PATH", "HOME", "LANG", "DDF_CACHE_DIR", "DDF_PULUMI", "DDF_TOOLCHAIN")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    local = LocalProduct(root=copy, env={**env, "COLUMNS": "160", "NO_COLOR": "1"})
    yield local
    local.run("local", "down", expect=None)
