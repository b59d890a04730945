"""moto's base model keeps every instance ever made, for its dashboard: each item, object and task, for ever.

And moto lets any web page read what it answers, and looks through the patterns of two hundred services at every request.
"""

from functools import lru_cache
from typing import Any

from moto.core.common_models import BaseModel
from moto.moto_server import werkzeug_app

from automation.localaws.patches.replacement import replace, stock

_HOSTS = 256


def apply() -> None:
    """Let what is deleted be freed, invite no browser, and look a host's service up once."""
    remembered = lru_cache(maxsize=_HOSTS)  # the patterns never change, and clients name few hosts
    dispatcher = werkzeug_app.DomainDispatcherApplication
    replace(BaseModel, "__new__", staticmethod(_untracked))
    replace(werkzeug_app, "DISABLE_GLOBAL_CORS", replacement=True)
    replace(dispatcher, "get_backend_for_host", remembered(stock(dispatcher, "get_backend_for_host")))


def _untracked(cls: type, *_args: Any, **_kwargs: Any) -> Any:
    return object.__new__(cls)
