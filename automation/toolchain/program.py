"""Runs one Pulumi program in this process, and makes of each way it can end what the engine understands."""

import asyncio
import contextlib
import contextvars
import logging
import runpy
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

from automation.toolchain.traces import Origins, describe_fault, is_source_of

_MONITOR_GONE = grpc.StatusCode.UNAVAILABLE


@dataclass(frozen=True, kw_only=True)
class ProgramRun:
    """What the engine says about the program that it wants run."""

    main: Path
    """The file to run."""
    work_dir: Path
    """The working directory."""
    settings: Settings
    """Project, stack, and the addresses of monitor and engine."""
    config: dict[str, str]
    """The stack's configuration, in plain text."""
    secret_keys: list[str]
    """Which of its keys are secret."""
    parallel: int
    """How many resources the engine handles at once."""


def run_program(run: ProgramRun) -> bool:
    """Run a program to its end and tell whether it went well; what went wrong has been reported by then."""
    return contextvars.copy_context().run(_run_in_context, run)


def main_file(program_directory: str, entry_point: str) -> Path:
    """Return the file that an entry point names: `.` means the folder's __main__.py."""
    path = Path(program_directory, entry_point or ".")
    return path / "__main__.py" if path.is_dir() else path


def _run_in_context(run: ProgramRun) -> bool:
    configure(run.settings)
    set_all_config(run.config, run.secret_keys)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # outputs left unawaited by a failure are no news
    if not run.main.is_file():
        pulumi.log.error(f"There is no program to run: {run.main} does not exist.")
        return False
    loop, origins = asyncio.new_event_loop(), Origins()
    origins.watch(loop)
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(run.parallel, 1) * 4)
    loop.set_default_executor(executor)
    try:
        with _own_modules(run.main.parent), contextlib.chdir(run.work_dir):
            loop.run_until_complete(run_in_stack(lambda: _execute(run.main)))
        return True
    except BaseException as fault:  # noqa: BLE001 - sys.exit, Ctrl-C and all else must end as an answer
        return _report(fault, run.main.parent, origins)
    finally:
        _close(loop)
        executor.shutdown(wait=False, cancel_futures=True)


def _execute(main: Path) -> None:
    sys.argv = [str(main)]
    runpy.run_path(str(main), run_name="__main__")


def _report(fault: BaseException, folder: Path, origins: Origins) -> bool:
    """Tell the user, through the engine, why the program ended; True if that was no failure."""
    if isinstance(fault, grpc.RpcError) and getattr(fault, "code", lambda: None)() == _MONITOR_GONE:
        return False  # the engine is shutting down and has said why
    message = describe_fault(fault, folder=folder, trace=origins.of(fault))
    if not message:
        return True
    with contextlib.suppress(grpc.RpcError):
        pulumi.log.error(message)
    return False


@contextlib.contextmanager
def _own_modules(folder: Path) -> Iterator[None]:
    """Let the program import what lies beside it, and forget it afterwards: the engine may run it again here."""
    before = frozenset(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            origin = getattr(module, "__file__", None)
            if name not in before and origin and is_source_of(folder, Path(origin)):
                del sys.modules[name]


def _close(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    with contextlib.suppress(Exception):
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
