"""What the Pulumi AWS SDK says about a type: its inputs with their kinds and which are required, and its outputs."""

import functools
import importlib
import inspect
import threading
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pulumi._types import (
    input_type_py_to_pulumi_names,
    input_type_types,
    is_input_type,
    resource_types,
)

from automation.localaws.provider_wire import Props, Unknown

IMPORTING = threading.Lock()
SCALARS: Mapping[type, str] = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}


@dataclass(frozen=True, kw_only=True)
class TypeSchema:
    """Inputs and outputs of one resource type."""

    inputs: type
    """The SDK's class of arguments."""
    outputs: frozenset[str]
    """Wire names of all properties that a program can read."""


@functools.cache
def schema_of(token: str) -> TypeSchema:
    """Look a token up in the SDK; LookupError where the SDK has no such type."""
    module, name = _module_of(token)
    resource = getattr(module, name, None)
    inputs = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args", None)
    if resource is None or inputs is None:
        raise LookupError(f"the SDK has no {token}")
    return TypeSchema(inputs=inputs, outputs=frozenset(resource_types(resource)))


def _module_of(token: str) -> tuple[ModuleType, str]:
    """Import the SDK's package, never a module within: the SDK loads lazily, and that isn't safe from several threads."""
    _package, path, name = token.split(":")
    package = path.partition("/")[0]
    package = {"lambda": "lambda_"}.get(package, package)
    try:
        with IMPORTING:
            module = importlib.import_module(f"pulumi_aws.{package}")
            getattr(module, name, None)  # the first look loads it
            return module, name
    except ModuleNotFoundError as fault:
        raise LookupError(f"the SDK has no {token}") from fault


@functools.cache
def input_kinds(inputs: type) -> Mapping[str, Any]:
    """Wire name -> kind."""
    return dict(input_type_types(inputs))


@functools.cache
def required_inputs(inputs: type) -> frozenset[str]:
    """Wire names without a default."""
    wire_names = input_type_py_to_pulumi_names(inputs)
    parameters = inspect.signature(inputs).parameters
    return frozenset(
        wire_names[name]
        for name, parameter in parameters.items()
        if name in wire_names and parameter.default is inspect.Parameter.empty
    )


def faults_of(inputs: type, props: Props, path: str = "") -> list[tuple[str, str]]:
    """Return (property, reason) for each unknown, missing or ill-typed one; numbers given as text are converted in place."""
    kinds = input_kinds(inputs)
    faults = [
        (f"{path}{name}", f"missing required property '{name}'")
        for name in sorted(required_inputs(inputs) - props.keys())
    ]
    for name, value in list(props.items()):
        if name.startswith("__"):
            continue
        if name not in kinds:
            faults.append((f"{path}{name}", f"unknown property '{name}'"))
        else:
            props[name] = _conform(kinds[name], value, f"{path}{name}", faults)
    return faults


def _conform(kind: Any, value: Any, path: str, faults: list[tuple[str, str]]) -> Any:
    kind = _plain_kind(kind)
    if isinstance(value, Unknown) or kind is Any:
        return value
    if kind in SCALARS:
        return _conform_scalar(kind, value, path, faults)
    if is_input_type(kind):
        if isinstance(value, dict):
            faults.extend(faults_of(kind, value, f"{path}."))
        else:
            faults.append((path, f"'{path}' must be an object"))
        return value
    return _conform_collection(kind, value, path, faults)


def _plain_kind(kind: Any) -> Any:
    """Strip Optional, Output and Awaitable; a choice of several real kinds becomes Any."""
    if typing.get_origin(kind) is not typing.Union:
        return kind
    real = [
        option
        for option in typing.get_args(kind)
        if option is not type(None) and "Awaitable" not in str(option) and "Output" not in str(option)
    ]
    return _plain_kind(real[0]) if len(real) == 1 else Any


def _conform_scalar(kind: type, value: Any, path: str, faults: list[tuple[str, str]]) -> Any:
    if isinstance(value, list | dict):
        faults.append((path, f"'{path}' must be {SCALARS[kind]}"))
        return value
    if kind is str:
        return value if isinstance(value, str) else _text(value)
    if kind is bool:
        converted = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
        wrong = not isinstance(converted, bool)
    else:
        converted = _number(value)
        wrong = isinstance(converted, bool | str) or (kind is int and not isinstance(converted, int))
    if wrong:
        faults.append((path, f"'{path}' must be {SCALARS[kind]}"))
    return converted


def _text(value: bool | float) -> str:  # noqa: FBT001 - a value, not a switch
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def _conform_collection(kind: Any, value: Any, path: str, faults: list[tuple[str, str]]) -> Any:
    origin, kinds = typing.get_origin(kind), typing.get_args(kind)
    if origin is None or not kinds:
        return value
    is_map = issubclass(origin, Mapping)
    if is_map and isinstance(value, dict):
        return {name: _conform(kinds[1], item, f"{path}.{name}", faults) for name, item in value.items()}
    if not is_map and isinstance(value, list):
        return [_conform(kinds[0], item, f"{path}[{index}]", faults) for index, item in enumerate(value)]
    faults.append((path, f"'{path}' must be {'a map' if is_map else 'a list'}"))
    return value
