"""Units that are not called, each with the reason: what they do is what the sandbox forbids."""

import ast
from collections.abc import Iterator, Mapping

_NETWORK = "it uses the network"
_PROCESSES = "it starts processes"
_ENDS = "it ends the process"
_MODULES = {
    **dict.fromkeys(
        ("socket", "socketserver", "ssl", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "nntplib"),
        _NETWORK,
    ),
    **dict.fromkeys(
        ("urllib.request", "http.client", "http.server", "xmlrpc.client", "xmlrpc.server"), _NETWORK
    ),
    **dict.fromkeys(
        ("requests", "httpx", "aiohttp", "urllib3", "boto3", "websockets", "paramiko", "grpc"), _NETWORK
    ),
    **dict.fromkeys(("subprocess", "multiprocessing", "pty"), _PROCESSES),
    "asyncio.create_subprocess_exec": _PROCESSES,
    "asyncio.create_subprocess_shell": _PROCESSES,
    "asyncio.open_connection": _NETWORK,
    "asyncio.start_server": _NETWORK,
    "webbrowser": _PROCESSES,
    "os._exit": _ENDS,
    "os.abort": _ENDS,
}
_OF_OS = ("system", "popen", "fork", "forkpty", "kill", "killpg", "posix_spawn", "posix_spawnp", "startfile")
_FAMILIES_OF_OS = ("os.exec", "os.spawn")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def skipped_in(tree: ast.Module) -> tuple[tuple[str, str], ...]:
    """Name functions and methods that call something forbidden, themselves or by others of the module.

    A class whose objects can't be made is skipped with all that it has.
    """
    units = dict(_units(tree))
    names = dict(_imported(tree))
    found = {name: reason for name, node in units.items() if (reason := _direct_reason(node, names))}
    while more := dict(_by_others(units, found)):
        found |= more
    return tuple((name, found[name]) for name in units if name in found)


def _units(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, Function)
            )


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what each imported name stands for, dotted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.split(".")[0],
                    alias.name if alias.asname else alias.name.split(".")[0],
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _called(node: ast.AST) -> Iterator[str]:
    """Yield the dotted names of what is called."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = _dotted(each.func)
            if name:
                yield name


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _direct_reason(node: Function, names: Mapping[str, str]) -> str | None:
    for called in _called(node):
        first, _, rest = called.partition(".")
        if first not in names:
            continue
        reason = _forbidden(names[first] + (f".{rest}" if rest else ""))
        if reason:
            return reason
    return None


def _forbidden(name: str) -> str | None:
    """Say why, for `subprocess.run` or `urllib.request.urlopen`; None for what is allowed."""
    if name.startswith(_FAMILIES_OF_OS) or name in {f"os.{each}" for each in _OF_OS}:
        return _PROCESSES
    parts = name.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_MODULES[prefix] for prefix in prefixes if prefix in _MODULES), None)


def _by_others(units: Mapping[str, Function], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield units that call a forbidden one, or belong to a class that can't be made."""
    for name, node in units.items():
        if name in found:
            continue
        owner = name.partition(".")[0] if "." in name else ""
        made = f"{owner}.__init__"
        if owner and made in found:
            yield name, found[made]
            continue
        for called in _called(node):
            unit = called.replace("self.", f"{owner}.", 1) if owner else called
            reason = found.get(unit) or found.get(f"{unit}.__init__")
            if reason:
                yield name, reason
                break
