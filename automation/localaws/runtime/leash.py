"""Run as a script before a container's command: ties the process to the agent, then becomes the command.

`python leash.py AGENT_PID PROGRAM ARGUMENT…`

An agent that is killed can't end its children; the kernel can, where it knows how (Linux): the process gets SIGTERM
when the thread that started it ends. Elsewhere the journal finds it at the next start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie and become."""
    agent_pid, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(agent_pid):
            sys.exit(1)  # it died in between
    try:
        os.execvpe(command[0], command, os.environ)  # noqa: S606 - a program, never a shell
    except OSError as fault:
        sys.exit(f"{command[0]}: {fault.strerror}")


if __name__ == "__main__":
    main()
