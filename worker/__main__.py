"""`python -m worker`: settings from the environment, then work until SIGTERM; invocations where Lambda started it.

Exit codes: 0 drained, 1 a fault of the worker's own, 2 broken settings, 3 a host that can't hold untrusted code as it is asked to.
"""

import asyncio
import os
import sys
import traceback

from worker.domain.errors import SandboxUnavailable, SettingsInvalid, WorkerError
from worker.domain.settings import WorkerSettings
from worker.runtime.collector import set_apart_what_is_loaded
from worker.wiring.function import is_function, run_function
from worker.wiring.service import build_service

EXIT_CRASHED = 1
EXIT_SETTINGS = 2
EXIT_UNFIT = 3


def main() -> int:
    """Run the worker; return the exit code."""
    try:
        asyncio.run(run_function(os.environ) if is_function(os.environ) else _run())
    except SettingsInvalid as error:
        sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
        return EXIT_SETTINGS
    except SandboxUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_UNFIT
    except WorkerError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CRASHED
    except Exception:  # noqa: BLE001 - the last boundary: tell, and let whoever runs us start another
        traceback.print_exc()
        return EXIT_CRASHED
    return 0


async def _run() -> None:
    async with build_service(WorkerSettings.from_env(os.environ)) as service:
        set_apart_what_is_loaded()
        await service.run()


if __name__ == "__main__":
    sys.exit(main())
