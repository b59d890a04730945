"""Between Pulumi's camelCase and AWS's PascalCase."""

from collections.abc import Iterable
from typing import Any

from automation.localaws.provider_wire import Props


def pascal(value: Any) -> Any:
    """Capitalise every key, nested too."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: pascal(item) for name, item in value.items() if item is not None}
    return [pascal(item) for item in value] if isinstance(value, list) else value


def camel(value: Any) -> Any:
    """Uncapitalise every key, nested too."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def picked(props: Props, names: Iterable[str]) -> Props:
    """Return the named properties that have a value, keys as they are."""
    return {name: props[name] for name in names if props.get(name) is not None}


def picked_pascal(props: Props, names: Iterable[str]) -> Props:
    """Return the named properties that have a value, in AWS's spelling."""
    shaped: Props = pascal(picked(props, names))
    return shaped
