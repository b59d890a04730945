"""`python -m automation.localaws --state-dir DIR [--port N]`: run the embedded AWS in the foreground."""

import argparse
import sys
from pathlib import Path

from automation.localaws.process import run


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m automation.localaws", description="The embedded AWS.")
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="where localaws.json, the lock and the logs go"
    )
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 picks a free one")
    options = parser.parse_args()
    return run(state_dir=options.state_dir.resolve(), port=options.port)


if __name__ == "__main__":
    sys.exit(main())
