"""Reads a stack's outputs with one start of the CLI and nothing of the SDK: what most commands need, and all that they need of Pulumi."""

import json
import os
import subprocess
from typing import Any

from automation.driver.target import StackTarget


def read_exports(target: StackTarget) -> dict[str, Any] | None:
    """Return the outputs, secrets masked; None where the CLI refuses. Why it does, `operations.exports_of` tells."""
    done = subprocess.run(
        [target.pulumi, "--non-interactive", *output_arguments(target.environment)],
        cwd=target.root,
        env={**os.environ, **target.env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        return None
    exports: dict[str, Any] = json.loads(done.stdout)
    return exports


def output_arguments(environment: str) -> list[str]:
    """Return the command that prints a stack's outputs with its secrets masked."""
    return ["stack", "output", "--json", "--stack", environment]
