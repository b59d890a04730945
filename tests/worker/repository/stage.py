"""A failed build on a forge, and all that mends it, as processes: git on bare repositories, the mock GitHub, the embedded AWS, a worker.

A delivery goes over HTTP to a front door, behind which ingress is a function with a role of its own. Nobody here stands in for the code under test.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.state_file import STATE_FILE
from components.ingress_permissions import IngressResources
from tests.github.remotes import LocalRemotes
from tests.worker.ingress.door import Door
from tests.worker.processes.fleet import CREDENTIALS, ROOT, Fleet
from tests.worker.repository.shop import FAULTS, SOUND
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job import Lane
from worker.domain.publication import Repository

SHOP = Repository(owner="acme", name="shop")
SECRET = "webhook-secret-of-the-stage"
APP_KEY, WEBHOOK_SECRET = "/stage/github-app-key", "/stage/github-webhook-secret"
START_SECONDS = 120.0
USER = {"login": "ann", "type": "User"}


@contextmanager
def a_cloud(folder: Path) -> Iterator[str]:
    """Start the embedded AWS with all that it has: stores, functions, front doors; return its address."""
    command = [sys.executable, "-m", "automation.localaws", "--state-dir", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (folder / STATE_FILE).exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield json.loads((folder / STATE_FILE).read_text())["endpoint"]
        finally:
            process.terminate()
            process.wait()


@dataclass
class Stage:
    """All of it, below one folder."""

    folder: Path
    cloud: str
    languages: tuple[str, ...] = tuple(FAULTS)
    repository: Repository = SHOP
    more_files: Mapping[str, str] = field(default_factory=dict)
    """What comes with the faults."""
    fleet: Fleet = field(init=False)

    def __post_init__(self) -> None:
        self.remotes = LocalRemotes(self.folder / "git")
        self.remotes.create(SHOP)
        self.sound = self.remotes.commit(SHOP, "main", SOUND, message="A shop that works")
        faults = {path: text for name in self.languages for path, text in FAULTS[name].items()}
        self.broken = self.remotes.commit(SHOP, "main", {**faults, **self.more_files}, message="Tidy up")
        private, public = _key_pair()
        (self.folder / "app.pub").write_text(public)
        self.github = self._start_github()
        logs = self.folder / "workers"
        logs.mkdir()
        self.fleet = Fleet(endpoint=self.cloud, folder=logs, module="worker")
        ssm = boto3.client("ssm", endpoint_url=self.cloud, **CREDENTIALS)
        for name, value in ((APP_KEY, private), (WEBHOOK_SECRET, SECRET)):
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
        self.door = self._front_door()

    def start_worker(self, **changes: object) -> subprocess.Popen[bytes]:
        settings: dict[str, object] = {
            "github_app_id": "1",
            "github_secret_parameter": APP_KEY,
            "github_api_url": self.address,
            "github_web_url": self.remotes.folder.as_uri(),
            "visibility_timeout_seconds": 30,
            "job_timeout_seconds": 600,
        }
        return self.fleet.start_worker(**{**settings, **changes})

    def deliver(
        self, event: str, payload: dict[str, Any], *, delivery: str, secret: str = SECRET
    ) -> dict[str, Any]:
        """Sign a delivery and send it to the front door; return the answer."""
        status, answer = self.door.deliver(event, payload, delivery=delivery, secret=secret)
        return {"status": status, **answer}

    def failed_run(self) -> dict[str, Any]:
        """What GitHub tells when the workflow of the broken commit failed."""
        place = {
            "full_name": SHOP.full_name,
            "clone_url": f"https://github.com/{SHOP.full_name}.git",
            "default_branch": "main",
            "id": 1,
        }
        run = {
            "id": 31,
            "conclusion": "failure",
            "head_branch": "main",
            "head_sha": self.broken,
            "head_repository": place,
            "actor": USER,
            "triggering_actor": USER,
            "pull_requests": [],
        }
        return {
            "action": "completed",
            "workflow_run": run,
            "repository": place,
            "sender": USER,
            "installation": {"id": 7},
        }

    def wait_for(self, job_id: str, *, seconds: float) -> dict[str, Any]:
        key = f"test-results/{job_id}.json"
        self.fleet.wait_until(lambda: key in self.fleet.result_versions(), seconds=seconds)
        return self.fleet.result(job_id)

    def held(self) -> dict[str, Any]:
        """What the mock GitHub was told."""
        assert self.github.stdin is not None
        assert self.github.stdout is not None
        self.github.stdin.write(b"held\n")
        self.github.stdin.flush()
        told: dict[str, Any] = json.loads(self.github.stdout.readline())
        return {**told["projects"][SHOP.full_name], "violations": told["violations"], "calls": told["calls"]}

    def check_out(self, branch: str) -> Path:
        """Clone a branch, as a person does."""
        place = self.folder / f"clone-of-{branch.replace('/', '-')}"
        subprocess.run(
            ["git", "clone", "--quiet", "--branch", branch, self.remotes.path(SHOP).as_uri(), str(place)],
            check=True,
            capture_output=True,
        )
        return place

    def close(self) -> None:
        self.fleet.close()
        self.github.kill()
        self.github.communicate()  # which closes its pipes, too

    def _front_door(self) -> Door:
        name, urls, place = self.fleet.name, self.fleet.urls, f"us-east-1:{ACCOUNT_ID}"
        return Door(
            endpoint=self.cloud,
            name=name,
            settings=IngressSettings(
                queue_url_high=urls["high"],
                queue_url_normal=urls["normal"],
                queue_url_low=urls["low"],
                results_bucket=name,
                ledger_table=name,
                webhook_secret_parameter=WEBHOOK_SECRET,
                github_repositories=f"{SHOP.owner}/*",
                github_app="fleet-app",
            ),
            resources=IngressResources(
                lane_arns=[f"arn:aws:sqs:{place}:{name}-{lane.value}" for lane in Lane],
                bucket_arn=f"arn:aws:s3:::{name}",
                table_arn=f"arn:aws:dynamodb:{place}:table/{name}",
                log_group_arn=f"arn:aws:logs:{place}:log-group:{name}",
                parameter_arn=f"arn:aws:ssm:{place}:parameter{WEBHOOK_SECRET}",
            ),
        )

    def _start_github(self) -> subprocess.Popen[bytes]:
        command = [
            *(sys.executable, "-m", "tests.github.process"),
            *(str(self.remotes.folder), str(self.folder / "app.pub"), SHOP.full_name),
        ]
        with (self.folder / "github.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        assert process.stdout is not None
        self.address = process.stdout.readline().decode().strip()
        assert self.address.startswith("http"), (self.folder / "github.log").read_text()
        return process


def tests_of(place: Path, language: str) -> list[list[str]]:
    """Return the commands that run a language's tests in a clone, as its developers do."""
    if language == "python":
        return [[sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(place)]]
    if language == "javascript":
        return [["node", "--test", "web/"]]
    tsc = str(Path(sys.prefix, "lib", "ddf-node", "node_modules", "typescript", "bin", "tsc"))
    common = ["node", tsc, "--target", "es2022", "--module", "nodenext", "--ignoreConfig"]
    return [
        [*common, "--strict", "--noEmit", "app/receipt.ts"],
        [
            *common,
            "--noCheck",
            "--rewriteRelativeImportExtensions",
            "--outDir",
            "built",
            "app/receipt.ts",
            "app/receipt.test.ts",
        ],
        ["node", "--test", "built/"],
    ]


def run_tests(place: Path, language: str) -> subprocess.CompletedProcess[str]:
    """Run them; return the one that fails, or the last."""
    env = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in tests_of(place, language):
        done = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            break
    return done


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
