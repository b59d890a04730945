"""moto's base model keeps every instance ever made, for its dashboard: each item, object and task, for ever.

And moto lets any web page read what it answers.
"""

from typing import Any

from moto.core.common_models import BaseModel
from moto.moto_server import werkzeug_app

from automation.localaws.patches.replacement import replace


def apply() -> None:
    """Let what is deleted be freed, and invite no browser."""
    replace(BaseModel, "__new__", staticmethod(_untracked))
    replace(werkzeug_app, "DISABLE_GLOBAL_CORS", replacement=True)


def _untracked(cls: type, *_args: Any, **_kwargs: Any) -> Any:
    return object.__new__(cls)
