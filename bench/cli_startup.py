"""How long `--help` and `--version` take, beside peers: click alone, and the aws-like case of importing boto3 and Pulumi eagerly.

Prints medians of 15 interleaved runs and the ratio to a bare interpreter. `python bench/cli_startup.py`
"""

import statistics
import subprocess
import sys
import time

RUNS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import click": ["-c", "import click"],
    "python -m automation --help": ["-m", "automation", "--help"],
    "python -m automation --version": ["-m", "automation", "--version"],
    "eager imports (pulumi, pulumi_aws, boto3, rich)": [
        "-c",
        "import click, rich.console, boto3, pulumi.automation, pulumi_aws",
    ],
}


def seconds_of(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds_of(arguments))
    bare = statistics.median(taken["python -c pass"])
    print(f"{'command':52} {'median ms':>10} {'ratio to bare':>14}")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:52} {median * 1000:10.0f} {median / bare:14.1f}")


if __name__ == "__main__":
    main()
