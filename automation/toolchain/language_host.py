"""A language host for Python programs: `python -m automation.toolchain.language_host [flags] ENGINE_ADDRESS`.

The CLI starts it, reads the port from the first line on stdout, and calls LanguageRuntime on it. Whatever the program
prints goes through the same pipes to the user. It runs programs with the interpreter that it runs in itself.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import Settings
from pulumi.runtime.proto import LanguageRuntimeServicer, language_pb2, language_pb2_grpc, plugin_pb2

from automation.toolchain.plugin_process import run_plugin
from automation.toolchain.program import ProgramRun, main_file, run_program
from automation.toolchain.required_packages import installed_packages, required_plugins

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # as in the SDK: states may be large
_PARENT_POLL_SECONDS = 0.5
_THREADS = 8
_GARBAGE_LOOK_EVERY = 200_000
"""New objects between two looks for garbage. The thousands of classes of a provider's SDK stay: to look through them every 700 objects,
as Python does by itself, took a seventh of a program's time."""


class PythonLanguageHost(LanguageRuntimeServicer):
    """Answers what the engine asks of a language."""

    def __init__(self, engine_address: str) -> None:
        """Serve the engine that listens at `engine_address`."""
        self._engine_address = engine_address

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - names of the protocol
        """Take the engine's address from an engine that attaches to a host already running."""
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Say which version this host is: it comes with the SDK's."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Say which interpreter runs programs."""
        version = ".".join(str(number) for number in sys.version_info[:3])
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """List the provider plugins that the CLI must have before the program runs."""
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
                )
                for plugin in required_plugins()
            ]
        )

    def GetRequiredPlugins(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """List the same for engines older than packages."""
        return language_pb2.GetRequiredPluginsResponse(
            plugins=[
                plugin_pb2.PluginDependency(
                    name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
                )
                for plugin in required_plugins()
            ]
        )

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """List the installed packages, for `pulumi about`."""
        packages = installed_packages(transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version) for name, version in packages.items()
            ]
        )

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802, ARG002 - likewise
        """Install nothing: programs run in the environment that this host was started in."""
        said = f"Nothing to install: programs run with {sys.executable} and its packages.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=said.encode())

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Run the program; `bail` tells the engine that the user has seen why it failed."""
        succeeded = run_program(_program_run(request, self._engine_address))
        return language_pb2.RunResponse(bail=not succeeded)

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802 - likewise
        """Run a plugin that is a Python program: policy packs are."""
        return run_plugin(request, context)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Let the program go on: operations under way must be recorded, and then the engine ends this process."""
        return Empty()


def serve(engine_address: str) -> None:
    """Listen on a free port of loopback, say which, and stay until the parent is gone."""
    options = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)]
    for number in (signal.SIGINT, signal.SIGTERM):  # how the engine says goodbye: no traceback, no waiting
        signal.signal(number, lambda *_: os._exit(0))
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=options)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(PythonLanguageHost(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:  # an orphan has nobody left to serve
        time.sleep(_PARENT_POLL_SECONDS)
    os._exit(1)


def main() -> None:
    """Read the engine's address from the command line: it is the last argument that is no flag."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                line_buffering=True
            )  # a user should see what a program prints when it prints it
    gc.set_threshold(_GARBAGE_LOOK_EVERY)
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    serve(addresses[-1] if addresses else "")


def _program_run(request: Any, engine_address: str) -> ProgramRun:
    directory = request.info.program_directory or request.pwd
    return ProgramRun(
        main=main_file(directory, request.info.entry_point),
        work_dir=request.pwd or directory,
        settings=Settings(
            project=request.project,
            stack=request.stack,
            monitor=request.monitor_address,
            engine=engine_address,
            parallel=request.parallel,
            dry_run=request.dryRun,
            organization=request.organization or "organization",
            root_directory=request.info.root_directory or directory,
        ),
        config=dict(request.config),
        secret_keys=list(request.configSecretKeys),
        parallel=request.parallel,
    )


if __name__ == "__main__":
    main()
