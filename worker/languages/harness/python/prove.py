"""Runs pytest on the assembled file under coverage and reports how much of the subject ran: coverage.py's lines and branches."""

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
        files = json.load(file)["files"]
    seen = next(iter(files.values()), {})
    names = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
    with open(plan["report"], "w", encoding="utf-8") as file:
        json.dump({"exit_code": int(code), **{name: seen.get(name, []) for name in names}}, file)
    sys.stdout.flush()
    os._exit(int(code))


if __name__ == "__main__":
    main()
