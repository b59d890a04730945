"""Which class of fault a Python error speaks for."""

from worker.domain.diagnosis import FaultClass

_EXTERNAL = frozenset(
    {
        "ConnectionError",
        "ConnectionRefusedError",
        "gaierror",
        "TimeoutError",
        "PermissionError",
        "FileNotFoundError",
    }
)


def class_of_error(kind: str, message: str) -> FaultClass:
    """Name the class of an error."""
    if kind == "endless" or kind in ("OutOfSteps", "RecursionError"):
        return FaultClass.TIMEOUT
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return FaultClass.SYNTAX
    if kind in ("ImportError", "ModuleNotFoundError", "NameError", "UnboundLocalError"):
        return FaultClass.IMPORT
    if kind == "AssertionError" or message.startswith("Failed: DID NOT RAISE"):
        return FaultClass.ASSERTION
    return FaultClass.ENVIRONMENT if kind in _EXTERNAL else FaultClass.EXCEPTION
