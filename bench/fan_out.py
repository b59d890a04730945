"""What child jobs gain: the same fix by one worker alone and dealt out over several, with real workers on the embedded AWS.

    python bench/fan_out.py [--workers 4] [--thinks SECONDS] [--runs 3] [--json FILE]

A function that no small change mends; of three models, cheap to strong, only the last knows a mend, and each thinks for so many seconds. One
job asks them in turn in one worker (`children: 0`), the other gives each its child (`children: 3`). A model that thinks costs this machine nothing, so
more workers than cores are fair here; a search that computes gains at most the cores that are free.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from tests.worker.faults.engines import ScriptedOllama, says
from tests.worker.processes.fleet import Fleet
from tests.worker.processes.test_fanout import MENDED, numerals
from worker.domain.job_codec import encode_job

ROOT = Path(__file__).resolve().parents[1]
MODELS = ("small", "medium", "strong")
"""As many as a job asks."""
LONGEST_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One job, from its message to its stored result."""

    children: int
    seconds: float
    status: str
    asked: int
    """Answers of models that were begun."""


class Models:
    """Each thinks as long as the others; the last one knows."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.body)
        text = "I can't tell."
        if request.get("prompt"):  # without one a model is only loaded
            self.asked += 1
            time.sleep(self.seconds)
            text = f"```python\n{MENDED}```\n" if request["model"] == MODELS[-1] else text
        says(text)(handler)


def measured(fleet: Fleet, models: Models, *, name: str, children: int) -> Row:
    """Send one job and wait for its result."""
    job = numerals(name, children=children, budget_seconds=300)
    models.asked, began = 0, time.monotonic()
    fleet.send([encode_job(job)])
    key = f"test-results/{name}.json"
    fleet.wait_until(lambda: key in fleet.result_versions(), seconds=LONGEST_SECONDS)
    seconds = round(time.monotonic() - began, 2)
    return Row(children=children, seconds=seconds, status=fleet.result(name)["status"], asked=models.asked)


def run(endpoint: str, *, workers: int, thinks: float, runs: int) -> list[Row]:
    """Run both kinds of job in turn on one fleet."""
    models = Models(thinks)
    with tempfile.TemporaryDirectory() as folder, ScriptedOllama(models) as ollama:
        fleet = Fleet(endpoint=endpoint, folder=Path(folder), module="worker")
        try:
            for _ in range(workers):
                fleet.start_worker(
                    concurrency=1,
                    engine="ollama",
                    ollama_url=ollama.url,
                    model=",".join(MODELS),
                    job_timeout_seconds=600,
                )
            measured(fleet, models, name="warm", children=0)
            return [
                measured(fleet, models, name=f"fix-{number}-{children}", children=children)
                for number in range(runs)
                for children in (0, len(MODELS))
            ]
        finally:
            fleet.close()


def shown(rows: list[Row]) -> Table:
    """Lay out the rows, with the ratio of the medians."""
    medians = {
        children: statistics.median(row.seconds for row in rows if row.children == children)
        for children in (0, len(MODELS))
    }
    table = Table("job", "median s", "each s", "mended", "answers asked", "times as fast")
    for children, median in medians.items():
        mine = [row for row in rows if row.children == children]
        table.add_row(
            "one worker" if children == 0 else f"{children} children",
            f"{median:.1f}",
            " ".join(f"{row.seconds:.1f}" for row in mine),
            f"{sum(row.status == 'succeeded' for row in mine)}/{len(mine)}",
            " ".join(str(row.asked) for row in mine),
            f"{medians[0] / median:.2f}",
        )
    return table


def main() -> int:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--thinks", type=float, default=8.0, metavar="SECONDS")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    command = [sys.executable, "-m", "tests.worker.processes.cloud"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cloud:
        assert cloud.stdout is not None
        endpoint = cloud.stdout.readline().decode().strip()
        try:
            rows = run(endpoint, workers=chosen.workers, thinks=chosen.thinks, runs=chosen.runs)
        finally:
            cloud.kill()
    Console().print(shown(rows))
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return 0 if all(row.status == "succeeded" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
