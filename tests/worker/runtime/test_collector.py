"""What is loaded at the start is no work for the garbage collector later."""

import subprocess
import sys

SCRIPT = """
import gc
from worker.runtime.collector import set_apart_what_is_loaded
before = gc.get_freeze_count()
set_apart_what_is_loaded()
print(before, gc.get_freeze_count() > 1000)
"""


def test_what_is_loaded_is_left_out_of_later_collections() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "True"]
