"""Runs the assembled file under coverage and reports how much of the subject ran: coverage.py's lines and branches.

Plain pytest has the last word on the tests and runs them elsewhere. Here it is loaded only for tests that want more of it than `stand_in` has.
"""

import json
import os
import sys

from . import forks, stand_in, testing


def main():
    import coverage

    plan = forks.read_plan()
    run = _run_by_itself if all(map(stand_in.serves, plan["candidates"])) else _pytest()
    os.chdir(plan["folder"])
    measured = coverage.Coverage(branch=True, include=[os.path.abspath(plan["subject"])], data_file=None, config_file=False)
    measured.start()
    code = run(plan["tests"])
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


def _pytest():
    import pytest

    return lambda path: pytest.main(["-q", "-p", "no:cacheprovider", path])


def _run_by_itself(path):
    """0 where all pass."""
    forks.silence()
    stand_in.put_in_place()
    sys.path.insert(0, os.getcwd())
    space = {"__name__": "generated_tests", "__file__": os.path.abspath(path)}
    try:
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec", dont_inherit=True), space)
        for name, value in list(space.items()):
            if name.startswith("test_"):
                testing.call_test(value)
    except BaseException:
        return 1
    return 0


if __name__ == "__main__":
    main()
