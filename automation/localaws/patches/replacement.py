"""How a patch is put in: by name, and only where moto has something of that name to replace."""

from types import ModuleType
from typing import Any

ORIGINAL = "_stock_moto"


def replace(owner: type | ModuleType, name: str, replacement: Any) -> None:
    """Put `replacement` in the place of `owner.name`; a name that moto no longer has is a fault, not a no-op."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto's {owner.__name__} has no {name}: its pinned version has changed")
    setattr(owner, name, replacement)


def extend(owner: type, **members: Any) -> None:
    """Give `owner` members that moto lacks: whole actions, mostly."""
    for name, member in members.items():
        setattr(owner, name, member)


def stock(owner: type, name: str) -> Any:
    """Return what moto itself has under `name`, however often patches have been applied."""
    originals: dict[str, Any] = owner.__dict__.get(ORIGINAL, {})
    if name not in originals:
        originals = {**originals, name: getattr(owner, name)}
        setattr(owner, ORIGINAL, originals)
    return originals[name]
