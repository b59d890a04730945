"""`python -m automation`."""

import sys

from automation.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
