"""`python -m automation`."""

import gc
import sys

from automation.cli.app import main

if __name__ == "__main__":
    gc.set_threshold(50_000)  # what a command loads stays until it ends: no garbage to look for
    sys.exit(main())
