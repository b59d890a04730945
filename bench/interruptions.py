"""Kills a deploy at each of its steps, and looks whether `recover` brings back a clean stack of which nothing is orphaned.

For each step: deploy, SIGKILL once the state holds so many resources, recover, go on with plain `pulumi up`, destroy, look for what is
left. Three ways to die take turns: the driver alone (its engine goes on without it), the engine alone, both at the same time.
A copy of the product with a cloud of its own and no workers: what you have deployed is left alone.

`python bench/interruptions.py` takes every eighth step (some minutes); `--every 1` all of them (an hour and more).
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "deployer-ddf-mod-llm-models"
WAYS = ("driver", "engine", "both")
LOCKED = 4
LONGEST_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Row:
    step: int
    way: str
    reached: int
    pending: int
    settled: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.step:>5} {self.way:7} {self.reached:>8} {self.pending:>8}  {self.settled:28} {self.verdict}"


class Product:
    """A copy that is told what to do as a user would."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        ignored = shutil.ignore_patterns(".git", ".venv", ".ddf", "*_cache", "tests", "node_modules")
        shutil.copytree(ROOT, self.root, ignore=ignored)
        config = self.root / "Pulumi.local.yaml"
        config.write_text(config.read_text().replace('instances: "2"', 'instances: "0"'))
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))
        }
        self.env |= {"NO_COLOR": "1", "COLUMNS": "160"}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
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

    def ask(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "automation", *arguments, "--json"],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {"error": done.stderr[-300:]}

    def plain_up(self) -> str:
        """Go on with plain `pulumi up`; return what went wrong."""
        _, led = self.ask("local", "env")
        command = ["pulumi", "up", "--stack", "local", "--yes", "--skip-preview", "--non-interactive"]
        done = subprocess.run(
            command, cwd=self.root, env={**self.env, **led}, capture_output=True, text=True, check=False
        )
        return (done.stdout + done.stderr)[-300:] if done.returncode else ""

    def state(self) -> dict[str, Any]:
        path = self.root / f".ddf/local/pulumi-state/.pulumi/stacks/{PROJECT}/local.json"
        try:
            return json.loads(path.read_text())["checkpoint"]["latest"] or {}
        except (OSError, ValueError, KeyError):  # not there yet, or just being written
            return {}


def kill(driver: psutil.Process, way: str) -> list[psutil.Process]:
    """Kill what is to die; return the engines, of which one may go on alone."""
    engines = [one for one in driver.children(recursive=True) if is_engine(one)]
    doomed = {"driver": [driver], "engine": engines, "both": [driver, *engines]}[way]
    for process in doomed:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    return engines


def is_engine(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.name() == "pulumi"
    return False


def interrupt(product: Product, step: int, way: str) -> int | None:
    """Deploy and die at a step; return how many resources were recorded, None where it ended before."""
    with product.begin("deploy", "--yes", "--no-rollback") as running:
        driver = psutil.Process(running.pid)
        while len(product.state().get("resources", [])) < step:
            if running.poll() is not None:
                return None
            time.sleep(0.002)
        engines = kill(driver, way)
        running.communicate(timeout=LONGEST_SECONDS)
        psutil.wait_procs(engines, timeout=LONGEST_SECONDS)
    return len(product.state().get("resources", []))


def look(product: Product, step: int, way: str) -> Row | None:
    """Interrupt, recover, go on, destroy; None where there is no such step."""
    reached = interrupt(product, step, way)
    if reached is None:
        product.ask("destroy", "--yes")
        return None
    pending = len(product.state().get("pending_operations") or [])
    faults: list[str] = []
    code, told = product.ask("recover")
    if code or told.get("pending"):
        faults.append(f"recover: {code} {told.get('error') or told.get('pending')}")
    if wrong := product.plain_up():
        faults.append(f"up: {wrong}")
    code, gone = product.ask("destroy", "--yes")
    if code or gone.get("leftovers") or gone.get("unscanned"):
        faults.append(f"destroy: {code} {gone.get('error') or gone.get('leftovers')}")
    settled = Counter(one["settlement"] for one in told.get("settled", ()))
    return Row(
        step=step,
        way=way,
        reached=reached,
        pending=pending,
        settled=", ".join(f"{count} {name}" for name, count in sorted(settled.items())) or "-",
        verdict="; ".join(faults) or "clean",
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=8, metavar="N", help="take every Nth step")
    parser.add_argument("--first", type=int, default=2, metavar="STEP", help="begin here")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder))
        print(f"{'step':>5} {'killed':7} {'recorded':>8} {'pending':>8}  {'settled':28} verdict", flush=True)
        try:
            step = options.first
            while (row := look(product, step, WAYS[len(rows) % len(WAYS)])) is not None:
                rows.append(row)
                print(row, flush=True)
                step += options.every
        finally:
            product.ask("local", "down")
    bad = [row for row in rows if row.verdict != "clean"]
    print(f"{len(rows)} interruptions, {len(rows) - len(bad)} of them clean afterwards")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
