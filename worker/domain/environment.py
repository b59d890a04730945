"""How settings stand in the environment: each field of a settings class is the variable DDF_{NAME}."""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX = "DDF_"
"""Every variable starts so; the rest is the field name in capitals."""

Number = Callable[[str, Field[Any]], float]
"""Reads the text of a field that is no text; raises ValueError with what is wrong with it."""


def variable_of(field: str) -> str:
    """Name the variable of a field."""
    return PREFIX + field.upper()


def read_variables(
    kind: "type[DataclassInstance]", env: Mapping[str, str], number: Number
) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a class's fields, and every fault; what is empty is as good as missing."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field in fields(kind):
        name = variable_of(field.name)
        text = env.get(name, "")
        if not text:
            if field.default is MISSING:
                faults.append(f"{name} is missing")
        elif field.type is str:
            values[field.name] = text
        else:
            try:
                values[field.name] = number(text, field)
            except ValueError as fault:
                faults.append(f"{name} is {fault}")
    return values, faults


def read_amount(text: str, field: Field[Any]) -> float:
    """Read a number that is not less than nothing: the `Number` of settings that count and weigh."""
    is_whole = field.type is int
    try:
        number = int(text) if is_whole else float(text)
    except ValueError:
        raise ValueError(f"{text!r}, not a {'whole ' if is_whole else ''}number") from None
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(f"{text}, less than 0 or no number")
    return number


def written_variables(settings: "DataclassInstance") -> dict[str, str]:
    """Write the variables that are read back the same; what is None or empty has none."""
    values = {variable_of(field.name): getattr(settings, field.name) for field in fields(settings)}
    return {name: str(value) for name, value in values.items() if value is not None and value != ""}
