"""Pure: how one configuration value is read from text, and what is said when it can't be."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network


@dataclass(frozen=True, kw_only=True)
class ConfigFault:
    """One mistake in a stack's configuration."""

    key: str
    """Key without the project's namespace."""
    value: str
    """What was given."""
    allowed: str
    """What is allowed."""
    fix: str
    """What to do."""

    def __str__(self) -> str:
        """Say all of it in one line."""
        return f"{self.key} is {self.value!r}: {self.allowed}. {self.fix}"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads one value."""

    allowed: str
    """What is allowed, as the end of "KEY must be …"."""
    example: str
    """A value that is right."""
    read: Callable[[str], object]
    """From text; raises ValueError when the text is not allowed."""


def whole_number(low: int, high: int, *, example: int) -> Reader:
    """Read a whole number between two bounds."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return Reader(allowed=f"must be a whole number from {low} to {high}", example=str(example), read=read)


def number_of(numbers: Collection[int], *, example: int) -> Reader:
    """Read one of the numbers that AWS knows."""

    def read(text: str) -> int:
        number = int(text)
        if number not in numbers:
            raise ValueError(text)
        return number

    listed = ", ".join(str(number) for number in numbers)
    return Reader(allowed=f"must be one of {listed}", example=str(example), read=read)


def choice_of(choices: Sequence[str], *, example: str) -> Reader:
    """Read one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return Reader(allowed=f"must be one of {', '.join(choices)}", example=example, read=read)


def member_of(kind: type[StrEnum], *, example: StrEnum) -> Reader:
    """Read a member of an enumeration."""
    listed = ", ".join(member.value for member in kind)
    allowed = f"must be one of {listed}" if len(kind) > 1 else f"must be {listed}, the only one there is"
    return Reader(allowed=allowed, example=example.value, read=kind)


def yes_or_no(*, example: bool) -> Reader:
    """Read a boolean as YAML and Pulumi write it."""

    def read(text: str) -> bool:
        lowered = text.lower()
        if lowered not in {"true", "false"}:
            raise ValueError(text)
        return lowered == "true"

    return Reader(allowed="must be true or false", example=str(example).lower(), read=read)


def text_like(pattern: str, allowed: str, *, example: str) -> Reader:
    """Read text of a given form."""
    form = re.compile(pattern)

    def read(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(text)
        return text

    return Reader(allowed=allowed, example=example, read=read)


SMALLEST_NETWORK_PREFIX = 24
"""Two or four subnets are cut off the network, each a sixteenth of it; AWS wants 16 addresses (/28) or more in each."""
LARGEST_NETWORK_PREFIX = 16


def private_network() -> Reader:
    """Read an address range for the VPC."""

    def read(text: str) -> str:
        network = IPv4Network(text)  # raises ValueError by itself, also when host bits are set
        if (
            not network.is_private
            or not LARGEST_NETWORK_PREFIX <= network.prefixlen <= SMALLEST_NETWORK_PREFIX
        ):
            raise ValueError(text)
        return text

    return Reader(
        allowed=f"must be a private IPv4 network from /{LARGEST_NETWORK_PREFIX} to /{SMALLEST_NETWORK_PREFIX}",
        example="10.20.0.0/20",
        read=read,
    )


IS_SET = "set"


def kept_secret(allowed: str, *, example: str) -> Reader:
    """Read that there is a secret: the value, sealed or not, goes no further, so that no fault and no table can show it."""

    def read(text: str) -> str:
        return IS_SET if text else ""

    return Reader(allowed=allowed, example=example, read=read)
