"""Lambda's functions remember where their log goes, and when they were changed last. Stock moto forgets the one and never moves the other."""

from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from automation.localaws.patches.replacement import replace, stock


def apply() -> None:
    """Replace what moto says of a function's configuration."""
    replace(LambdaFunction, "__init__", _init(stock(LambdaFunction, "__init__")))
    replace(LambdaFunction, "get_configuration", _get(stock(LambdaFunction, "get_configuration")))
    replace(LambdaFunction, "update_configuration", _update(stock(LambdaFunction, "update_configuration")))
    replace(LambdaFunction, "update_function_code", _update(stock(LambdaFunction, "update_function_code")))


def _init(original: Any) -> Any:
    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.logging_config = spec.get("LoggingConfig") or {}
        original(self, account_id, spec, *args, **kwargs)

    return init


def _get(original: Any) -> Any:
    def get_configuration(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        held: dict[str, Any] = original(self, *args, **kwargs)
        group = f"/aws/lambda/{self.function_name}"
        return {**held, "LoggingConfig": {"LogFormat": "Text", "LogGroup": group, **self.logging_config}}

    return get_configuration


def _update(original: Any) -> Any:
    def update(self: Any, spec: dict[str, Any]) -> Any:
        if not spec.get("DryRun"):
            self.logging_config = spec.get("LoggingConfig") or self.logging_config
            self.last_modified = iso_8601_datetime_with_nanoseconds()
        return original(self, spec)

    return update
