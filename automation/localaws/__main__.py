"""`python -m automation.localaws --state-dir DIR [--port N]`: run the embedded AWS in the foreground."""

import argparse
import gc
import os
import sys
from pathlib import Path

LOADED_BETWEEN_LOOKS = 50_000
"""New objects between two looks for garbage: the models of the services are millions that stay, and a start has not come to its end
sooner for having been through them again and again. What is loaded is set apart afterwards, see `warm`."""


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m automation.localaws", description="The embedded AWS.")
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="where localaws.json, the lock and the logs go"
    )
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 picks a free one")
    options = parser.parse_args()
    _forget_the_users_aws()
    gc.set_threshold(LOADED_BETWEEN_LOOKS)
    from automation.localaws.process import run  # noqa: PLC0415 - moto reads the environment at its import

    return run(state_dir=options.state_dir.resolve(), port=options.port)


def _forget_the_users_aws() -> None:
    """Drop profiles, endpoints, credentials and proxies: they are for the real AWS, and a broken one must not matter."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in {"http_proxy", "all_proxy"}:
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


if __name__ == "__main__":
    sys.exit(main())
