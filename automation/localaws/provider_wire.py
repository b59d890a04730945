"""Between protobuf structs and plain values: unknowns are a sentinel, secrets are unwrapped and remembered by property."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

Props = dict[str, Any]
"""Properties of a resource under their wire names."""

SIGNATURE = rpc._special_sig_key  # noqa: SLF001 - the wire format's constants have no public name
SECRET = rpc._special_secret_sig  # noqa: SLF001 - likewise
OUTPUT = rpc._special_output_value_sig  # noqa: SLF001 - likewise


class Unknown:
    """A value that only the cloud will know; equal to nothing but itself."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def decode(struct: struct_pb2.Struct) -> tuple[Props, frozenset[str]]:
    """Return the properties, and the names of those that hold a secret somewhere."""
    secrets: set[str] = set()
    props: Props = {}
    for name, value in struct.fields.items():
        found: list[bool] = []
        decoded = _decode(value, found)
        if decoded is not None:
            props[name] = decoded
        if found:
            secrets.add(name)
    return props, frozenset(secrets)


def _decode(value: struct_pb2.Value, secrets: list[bool]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if math.isfinite(number) and number == int(number) else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item, secrets) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(value.struct_value, secrets)
    return None


def _decode_struct(struct: struct_pb2.Struct, secrets: list[bool]) -> Any:
    signature = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if signature == SECRET:
        secrets.append(True)
        return _decode(struct.fields["value"], secrets)
    if signature == OUTPUT:
        if "secret" in struct.fields and struct.fields["secret"].bool_value:
            secrets.append(True)
        return _decode(struct.fields["value"], secrets) if "value" in struct.fields else UNKNOWN
    decoded = {name: _decode(item, secrets) for name, item in struct.fields.items()}
    return {name: item for name, item in decoded.items() if item is not None}


def encode(props: Mapping[str, Any], secrets: Iterable[str] = ()) -> struct_pb2.Struct:
    """Return the struct, with the named properties marked secret."""
    hidden = frozenset(secrets)
    struct = struct_pb2.Struct()
    for name, value in props.items():
        if value is None:
            continue
        encoded = _encode(value)
        if name in hidden:
            marked = {SIGNATURE: struct_pb2.Value(string_value=SECRET), "value": encoded}
            encoded = struct_pb2.Value(struct_value=struct_pb2.Struct(fields=marked))
        struct.fields[name].CopyFrom(encoded)
    return struct


def _encode(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        fields = {str(name): _encode(item) for name, item in value.items() if item is not None}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, Iterable):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
    raise TypeError(f"{type(value).__name__} has no wire form")


def has_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere within."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, list) and any(has_unknown(item) for item in value)
