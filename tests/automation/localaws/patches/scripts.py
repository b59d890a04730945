"""A script of its own process: patches stay for the life of one."""

import subprocess
import sys


def printed_by(script: str) -> str:
    """Return what a script of Python prints; one that fails fails the test."""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ran.stdout.strip()
