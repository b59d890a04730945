"""Runs a suite once on the correct program and measures it: check.py TEST SUBJECT REPORT SECONDS, in the folder of both files.

REPORT is written after each test, so that it also tells which test took the process down. It holds the test that runs (null at the end),
the tests that failed, the numbers of tests and of expected failures, the branches by coverage.py, and the processor time.
"""

import json
import signal
import sys
import time
from pathlib import Path

import coverage
import pytest


class Account:
    """A pytest plugin that writes down how each test ends."""

    def __init__(self, report: Path) -> None:
        self._report = report
        self.running: str | None = None
        self.failing: list[str] = []
        self.tests = 0
        self.xfail = 0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running = nodeid
        self.write()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failing.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.tests += 1
            self.xfail += hasattr(report, "wasxfail")
        if report.failed and report.nodeid not in self.failing:
            self.failing.append(report.nodeid)

    def write(self, **more: object) -> None:
        known = {
            "running": self.running,
            "failing": self.failing,
            "tests": self.tests,
            "xfail": self.xfail,
            **more,
        }
        self._report.write_text(json.dumps(known), encoding="utf-8")


def main() -> None:
    test, subject, report, seconds = (
        sys.argv[1],
        Path(sys.argv[2]).resolve(),
        Path(sys.argv[3]),
        float(sys.argv[4]),
    )
    sys.path.insert(0, str(Path.cwd()))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * 10)
    account = Account(report)
    began = time.process_time()
    measured = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[str(subject)])
    measured.start()
    pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", ".", test], plugins=[account])
    measured.stop()
    account.running = None
    account.write(cpu_seconds=time.process_time() - began, branches=_branches(measured, report))


def _branches(measured: coverage.Coverage, report: Path) -> tuple[int, int]:
    """Return those taken and all of them; nothing where the program was never loaded."""
    totals = report.with_suffix(".coverage")
    try:
        measured.json_report(outfile=str(totals))
    except coverage.exceptions.NoDataError:
        return 0, 0
    found = json.loads(totals.read_text(encoding="utf-8"))["totals"]
    return found["covered_branches"], found["num_branches"]


if __name__ == "__main__":
    main()
