"""Runs a suite beside each program of a folder, each in a process of its own: drive.py FOLDER TEST HANG_SECONDS; "done NAME CODE" a line."""

import os
import signal
import sys
from pathlib import Path

import pytest


def main() -> None:
    folder, test, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    for place in sorted(folder.iterdir()):
        child = os.fork()
        if child == 0:
            os.chdir(place)
            sys.path.insert(0, str(place))
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            signal.setitimer(signal.ITIMER_REAL, seconds)  # its default is to end the process
            os._exit(int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--rootdir", ".", test])))
        _, status = os.waitpid(child, 0)
        print("done", place.name, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
