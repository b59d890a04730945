"""The embedded AWS's server in a process of its own: prints its endpoint and lives until its input ends."""

import sys

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches

if __name__ == "__main__":
    apply_patches()
    server = MotoServer()
    server.start()
    sys.stdout.write(server.endpoint + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()
