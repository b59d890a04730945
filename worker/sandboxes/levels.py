"""Which level this host can hold: namespaces on top of a process of its own, or the process alone."""

from pathlib import Path

from worker.domain.errors import SandboxUnavailable
from worker.sandboxes.bubblewrap import find_bubblewrap
from worker.sandboxes.process import ProcessSandbox


async def open_sandbox(minimum: str, *, base: Path | None = None) -> ProcessSandbox:
    """Open and try out a sandbox of at least this level; raises SandboxUnavailable where the host holds less.

    `auto` takes the strongest that works here; `process` starts no namespaces even where it could, which is quicker;
    `bubblewrap` refuses a host without them.
    """
    refusal = "it is not asked for"
    if minimum != "process":
        program = find_bubblewrap()
        try:
            return await _tried_out(_namespaced(program, base))
        except SandboxUnavailable as error:
            refusal = str(error)
    if minimum == "bubblewrap":
        raise SandboxUnavailable(
            f"this host is below the minimum sandbox level bubblewrap: {refusal}; run the worker where bwrap works, or lower DDF_SANDBOX"
        )
    return await _tried_out(ProcessSandbox(base=base))


def _namespaced(program: str | None, base: Path | None) -> ProcessSandbox:
    if program is None:
        raise SandboxUnavailable("bwrap is not on PATH")
    return ProcessSandbox(base=base, bubblewrap=program)


async def _tried_out(sandbox: ProcessSandbox) -> ProcessSandbox:
    try:
        await sandbox.verify()
    except BaseException:
        sandbox.close()
        raise
    return sandbox
