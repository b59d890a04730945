"""Whether a Python test states anything about the code: its assertions, and where what they speak of comes from."""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Sequence

from worker.domain.candidate import RejectionReason
from worker.languages.python_emptiness import always_holds, says_nothing
from worker.languages.worth import ACCIDENT, CLOCK, Claim, Flow, reason_against

Function = ast.FunctionDef | ast.AsyncFunctionDef

_KNOWN = frozenset(dir(builtins)) | {"pytest", "unittest", CLOCK, ACCIDENT}
_FIXTURES = frozenset({"capsys", "capfd", "caplog", "recwarn", "tmp_path", "tmpdir"})
"""What the subject may write to."""
_MEMORY_MODULES = frozenset({"tracemalloc", "resource", "gc", "psutil"})
_MEMORY_CALLS = frozenset({"getsizeof", "getrefcount", "__sizeof__"})
_CLOCKS = frozenset(
    {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}
    | {"now", "utcnow", "today"}
)
_CLOCK_MODULES = frozenset({"time", "datetime", "date", "timeit"})
_ADDRESS = " at 0x"


def reason_in(function: Function, imports: Sequence[str]) -> RejectionReason | None:
    """Say why a test states nothing about the code, or pins what is no behaviour of it; None where nothing speaks against it."""
    bindings = {line.partition(" = ")[0] for line in imports if " = " in line}
    others = {name for line in imports if " = " not in line for name in _imported(ast.parse(line))}
    inner = {name for name in _imported(function) if name not in _imported(function, is_foreign=False)}
    own = _stored(function) | _imported(function) | others
    roots = (_names(function) - own - _KNOWN) | (bindings & _names(function)) | inner
    if roots:
        roots |= _FIXTURES & {
            argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)
        }
    return reason_against(_claims(function), list(_flows(function)), roots)


def _imported(tree: ast.AST, *, is_foreign: bool = True) -> set[str]:
    """Names that imports bind; without the foreign ones only those of the standard library and of pytest."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            origin = (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            if is_foreign or origin.partition(".")[0] in {*sys.stdlib_module_names, "pytest"}:
                found.add(alias.asname or alias.name.partition(".")[0])
    return found


def _names(*nodes: ast.AST | None) -> set[str]:
    """Names that stand in these, and what else matters of them."""
    found: set[str] = set()
    for node in (each for one in nodes if one is not None for each in ast.walk(one)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Call):
            found |= _asked(node.func)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ADDRESS in node.value:
            found.add(ACCIDENT)
    return found


def _asked(called: ast.expr) -> set[str]:
    """Tell a call that asks for the time or the memory."""
    if isinstance(called, ast.Name):
        return {ACCIDENT} if called.id in _MEMORY_CALLS else set()
    if not isinstance(called, ast.Attribute):
        return set()
    owner = called.value.attr if isinstance(called.value, ast.Attribute) else getattr(called.value, "id", "")
    if called.attr in _MEMORY_CALLS or owner in _MEMORY_MODULES:
        return {ACCIDENT}
    return {CLOCK} if called.attr in _CLOCKS and owner in _CLOCK_MODULES else set()


def _stored(function: Function) -> set[str]:
    """Names that the test makes itself."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, Function | ast.ClassDef) or (isinstance(node, ast.ExceptHandler) and node.name):
            found.add(str(node.name))
    return found


def _flows(function: Function) -> Iterator[Flow]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, Function | ast.ClassDef) and node is not function:
            yield _flow({node.name}, _names(*node.body))
        elif isinstance(node, ast.Try):
            caught = {handler.name for handler in node.handlers if handler.name}
            yield _flow(caught, _names(*node.body))
        else:
            yield from _of_binding(node)


def _of_binding(node: ast.AST) -> Iterator[Flow]:
    """Follow what is bound by an assignment, a loop, a `with`."""
    if isinstance(node, ast.Assign):
        yield _flow(_names(*node.targets), _names(node.value))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        yield _flow(_names(node.target), _names(node.value))
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield _flow(_names(node.target), _names(node.iter))
    elif isinstance(node, ast.With | ast.AsyncWith):
        targets = _names(*(item.optional_vars for item in node.items))
        yield _flow(targets, _names(*(item.context_expr for item in node.items), *node.body))


def _of_call(call: ast.Call) -> Iterator[Flow]:
    """What is handed to a function may be changed by it, and an object by what its method is given."""
    given = _names(*call.args, *call.keywords)
    yield _flow(given, _names(call.func))
    if isinstance(call.func, ast.Attribute):
        yield _flow(_names(call.func.value), given)


def _flow(to: Iterable[str], come_from: Iterable[str]) -> Flow:
    return Flow(to=frozenset(to), come_from=frozenset(come_from))


def _claims(function: Function) -> list[Claim]:
    claims: list[Claim] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            claims.append(
                Claim(names=frozenset(_names(node.test)), is_empty=always_holds(node.test, function))
            )
        elif isinstance(node, ast.With | ast.AsyncWith) and any(
            _is_claim(item.context_expr) for item in node.items
        ):
            claims.append(Claim(names=frozenset(_names(*node.body))))
        elif isinstance(node, ast.Call) and _is_claim(node):
            base = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            names = _names(base, *node.args, *node.keywords)
            claims.append(Claim(names=frozenset(names), is_empty=says_nothing(node, function)))
    return claims


def _is_claim(node: ast.expr) -> bool:
    """Tell `pytest.raises(…)`, `self.assertEqual(…)`, `mock.assert_called()`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ("raises", "warns") or node.func.attr.startswith("assert")
