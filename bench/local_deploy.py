"""Up, no-op up and destroy of stack local on the embedded AWS: resources, seconds, and where the time goes.

A cloud and a state folder of its own: what you have deployed is left alone. `python bench/local_deploy.py`

With `--variants` every kind of stack lives a whole life instead, one after the other (a quarter of an hour and more); words after
it pick those whose name holds one of them: `python bench/local_deploy.py --variants lambda "gpu-spot, public"`
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Stopwatch:
    def __init__(self) -> None:
        self.rows: list[tuple[str, float]] = []

    def run(self, name: str, command: list[str], env: dict[str, str]) -> str:
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        self.rows.append((name, time.perf_counter() - began))
        return done.stdout


def local_environment(base: dict[str, str]) -> dict[str, str]:
    shown = subprocess.run(
        [sys.executable, "-m", "automation", "local", "env"],
        cwd=ROOT,
        env=base,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    printed = subprocess.run(
        ["bash", "-c", f"{shown}\nenv -0"], env=base, capture_output=True, text=True, check=True
    ).stdout
    return dict(line.split("=", 1) for line in printed.split("\0") if "=" in line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--variants", nargs="*", metavar="WORD", help="every kind of stack, or those that match"
    )
    asked = parser.parse_args().variants
    if asked is not None:
        command = [sys.executable, "-m", "bench.variants", *asked]
        sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
    with tempfile.TemporaryDirectory() as folder:
        base = {**os.environ, "DDF_LOCAL_DIR": folder}
        watch = Stopwatch()
        ddf = [sys.executable, "-m", "automation"]
        watch.run("start the embedded AWS", [*ddf, "local", "up"], base)
        env = local_environment(base)
        try:
            watch.run("pulumi stack init", ["pulumi", "stack", "init", "local"], env)
            watch.run("pulumi preview (all new)", ["pulumi", "preview", "-s", "local"], env)
            watch.run("pulumi up (all new)", ["pulumi", "up", "-y", "-f", "-s", "local"], env)
            count = len(
                watch.run("pulumi stack --show-urns", ["pulumi", "stack", "-s", "local", "-u"], env).split(
                    "URN:"
                )
            )
            watch.run("pulumi up (no change)", ["pulumi", "up", "-y", "-f", "-s", "local"], env)
            watch.run("pulumi refresh (no change)", ["pulumi", "refresh", "-y", "-f", "-s", "local"], env)
            watch.run("pulumi destroy", ["pulumi", "destroy", "-y", "-f", "-s", "local"], env)
        finally:
            watch.run("stop the embedded AWS", [*ddf, "local", "down"], base)
    print(f"{count - 1} resources (components included)")
    print(f"{'step':52} {'seconds':>8}")
    for name, seconds in watch.rows:
        print(f"{name:52} {seconds:8.1f}")


if __name__ == "__main__":
    main()
