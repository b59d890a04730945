"""Plugins that are Python programs, such as a policy pack: run in the interpreter of this host, what they print handed on as it comes."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BufferedReader
from typing import IO, Any

import grpc
from pulumi.runtime.proto import language_pb2

from automation.toolchain.program import main_file

CHUNK_BYTES = 4096
_ENDED = ("", b"")


def run_plugin(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
    """Start the plugin, yield what it prints, then its exit code; it is ended when the engine hangs up."""
    directory = request.info.program_directory or request.program
    process = subprocess.Popen(
        [sys.executable, "-u", str(main_file(directory, request.info.entry_point)), *request.args],
        cwd=request.pwd or directory,
        env=dict(entry.split("=", 1) for entry in request.env if "=" in entry) or None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    context.add_callback(process.kill)  # the engine's way to say that it needs it no more
    said: queue.Queue[tuple[str, bytes]] = queue.Queue()
    for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
        threading.Thread(target=_pass_on, args=(name, pipe, said), daemon=True).start()
    open_pipes = 2
    while open_pipes:
        name, chunk = said.get()
        if not chunk:
            open_pipes -= 1
        elif name == "stdout":
            yield language_pb2.RunPluginResponse(stdout=chunk)
        else:
            yield language_pb2.RunPluginResponse(stderr=chunk)
    yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _pass_on(name: str, pipe: IO[bytes] | None, said: "queue.Queue[tuple[str, bytes]]") -> None:
    """Don't wait for a whole chunk: the first line is the port that the engine waits for."""
    while isinstance(pipe, BufferedReader) and (chunk := pipe.read1(CHUNK_BYTES)):
        said.put((name, chunk))
    said.put(_ENDED)
