"""Runs pytest on the assembled file under coverage and reports how much of the subject ran: report.json: totals of coverage.py."""

import json
import os
import sys

from . import forks


def main():
    import coverage
    import pytest

    plan = forks.read_plan()
    os.chdir(plan["folder"])
    measured = coverage.Coverage(branch=True, include=[os.path.abspath(plan["subject"])], data_file=None, config_file=False)
    measured.start()
    code = pytest.main(["-q", "-p", "no:cacheprovider", plan["tests"]])
    measured.stop()
    measured.json_report(outfile="coverage.json")
    with open("coverage.json", encoding="utf-8") as file:
        totals = json.load(file)["totals"]
    with open(plan["report"], "w", encoding="utf-8") as file:
        json.dump({"exit_code": int(code), "totals": totals}, file)
    sys.stdout.flush()
    os._exit(int(code))


if __name__ == "__main__":
    main()
