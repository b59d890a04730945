"""Puts a program's faults into words: tracebacks begin in the program, not in what runs it."""

import asyncio
import traceback
from collections.abc import Coroutine, Generator
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
import pulumi

_RUNNER_DIR = Path(__file__).resolve().parent


class Origins:
    """Remembers where exceptions first came up in the tasks of one event loop.

    An exception raised inside `apply` is awaited more than once, and asyncio forgets its frames after the first time.
    """

    def __init__(self) -> None:
        self._traces: dict[int, tuple[BaseException, TracebackType | None]] = {}

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make every task of `loop` remember what it raised."""
        loop.set_task_factory(self._task)

    def of(self, fault: BaseException) -> TracebackType | None:
        """Return the oldest traceback of `fault`."""
        _, trace = self._traces.get(id(fault), (fault, fault.__traceback__))
        return trace

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        watched = self._watched(coro) if asyncio.iscoroutine(coro) else coro
        return asyncio.Task(watched, loop=loop, **options)

    async def _watched(self, coro: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await coro
        except Exception as fault:
            self._traces.setdefault(id(fault), (fault, fault.__traceback__))
            raise


def describe_fault(fault: BaseException, *, folder: Path, trace: TracebackType | None) -> str:
    """Say why a program in `folder` ended; nothing if by sys.exit(0)."""
    if isinstance(fault, SystemExit):
        return "" if fault.code in {None, 0} else f"The program ended by sys.exit({fault.code!r})."
    if isinstance(fault, pulumi.RunError):
        return str(fault)
    if isinstance(fault, grpc.RpcError):
        return f"RPC error: {getattr(fault, 'details', lambda: fault)()}"
    start = _first_frame_of(trace, folder)
    if start is None and isinstance(fault, SyntaxError):  # of the main file: nothing of it has run
        lines = traceback.format_exception_only(fault)
    else:
        lines = traceback.format_exception(type(fault), fault, start or trace)
    return "The program failed with an unhandled exception:\n" + "".join(lines)


def is_source_of(folder: Path, file: Path) -> bool:
    """Tell whether `file` belongs to the program in `folder`, and not to packages installed below it, or to us."""
    if "site-packages" in file.parts or file.is_relative_to(_RUNNER_DIR):
        return False
    return file.is_relative_to(folder)


def _first_frame_of(trace: TracebackType | None, folder: Path) -> TracebackType | None:
    frame = trace
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if not name.startswith("<") and is_source_of(folder, Path(name).absolute()):
            return frame
        frame = frame.tb_next
    return None
