"""Runs a suite beside each program of a folder, each in a process of its own: drive.py FOLDER TEST SECONDS; "done NAME CODE" a line.

SECONDS are of processor time; a run that waits is ended after ten times as many on the clock.
"""

import os
import resource
import signal
import sys
from pathlib import Path

import pytest

MEMORY_BYTES = 2_000_000_000


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
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            signal.setitimer(signal.ITIMER_PROF, seconds)  # the default of both is to end the process
            signal.setitimer(signal.ITIMER_REAL, seconds * 10)
            os._exit(
                int(pytest.main(["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "--rootdir", ".", test]))
            )
        _, status = os.waitpid(child, 0)
        print("done", place.name, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
