"""moto's base model keeps every instance ever made, for its dashboard: each item, object and task, for ever."""

from typing import Any

from moto.core.common_models import BaseModel

from automation.localaws.patches.replacement import replace


def apply() -> None:
    """Let what is deleted be freed."""
    replace(BaseModel, "__new__", staticmethod(_untracked))


def _untracked(cls: type, *_args: Any, **_kwargs: Any) -> Any:
    return object.__new__(cls)
