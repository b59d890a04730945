"""Holds requests and answers against the description."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator


@dataclass(frozen=True)
class Operation:
    """What a request asks for."""

    method: str
    template: str
    spec: Mapping[str, Any]
    variables: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


class Validator:
    """Knows the description."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._whole = description
        self._paths = [
            (_pattern(template), template) for template in sorted(description["paths"], key=_generality)
        ]
        self._validators: dict[tuple[str, str], Any] = {}
        self._own_faults: dict[tuple[str, str], set[str]] = {}

    def operation(self, method: str, raw_path: str) -> Operation | None:
        for pattern, template in self._paths:
            match = pattern.fullmatch(raw_path)
            spec = self._whole["paths"][template].get(method.lower())
            if match and spec:
                variables = {key: unquote(value) for key, value in match.groupdict().items()}
                return Operation(method=method, template=template, spec=spec, variables=variables)
        return None

    def request_faults(
        self, operation: Operation, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        faults = [
            f"the header {name} is missing"
            for name in ("user-agent", "authorization")
            if not headers.get(name)
        ]
        if "github" not in headers.get("accept", ""):
            faults.append(f"accept is {headers.get('accept')!r}")
        faults += self._parameter_faults(operation, query)
        wanted = operation.spec.get("requestBody")
        if not body:
            return [*faults, "a body is needed"] if wanted and wanted.get("required") else faults
        if wanted is None:
            return [*faults, "a body where none is known"]
        schema = wanted["content"]["application/json"]["schema"]
        data = json.loads(body)
        faults += self._faults((operation.name, "request"), schema, data, OAS30WriteValidator)
        known = self._properties(schema)
        return faults + [f"{key!r} is no field of it" for key in data if known and key not in known]

    def answer_faults(self, operation: Operation, status: int, data: Any) -> list[str]:
        spec = operation.spec["responses"].get(str(status))
        if spec is None:
            return []  # an intermediary speaks: a fault that no description knows
        content = self.resolved(spec).get("content", {})
        if "application/json" not in content:
            return [] if data is None else ["a body where none is known"]
        schema, key = content["application/json"]["schema"], (operation.name, str(status))
        known = self._example_faults(key, schema, self.example(operation, status))
        found = self._errors(key, schema, data, OAS30ReadValidator)
        return [_told(error) for error in found if _kind(error) not in known]

    def _example_faults(self, key: tuple[str, str], schema: Mapping[str, Any], example: Any) -> set[str]:
        """Some of the description's own examples break its own schemas, such as teams without a type; that is its affair."""
        if key not in self._own_faults:
            found = [] if example is None else self._errors(key, schema, example, OAS30ReadValidator)
            self._own_faults[key] = {_kind(error) for error in found}
        return self._own_faults[key]

    def example(self, operation: Operation, status: int) -> Any:
        """Return the description's own answer, the first one."""
        spec = self.resolved(operation.spec["responses"][str(status)])
        content = spec.get("content", {}).get("application/json", {})
        examples = content.get("examples")
        if examples:
            return json.loads(json.dumps(self.resolved(next(iter(examples.values())))["value"]))
        return None

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self._whole
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _parameter_faults(self, operation: Operation, query: Mapping[str, str]) -> list[str]:
        faults = []
        known = {
            (each["in"], each["name"]): each
            for each in map(self.resolved, operation.spec.get("parameters", []))
        }
        for place, values in (("path", operation.variables), ("query", query)):
            for name, value in values.items():
                spec = known.get((place, name))
                if spec is None:
                    faults.append(f"{name!r} is no {place} parameter")
                    continue
                typed = _typed(value, self.resolved(spec["schema"]).get("type"))
                faults += self._faults(
                    (operation.name, f"{place} {name}"), spec["schema"], typed, OAS30WriteValidator
                )
        return faults

    def _faults(self, key: tuple[str, str], schema: Mapping[str, Any], data: Any, kind: Any) -> list[str]:
        return [_told(error) for error in self._errors(key, schema, data, kind)]

    def _errors(self, key: tuple[str, str], schema: Mapping[str, Any], data: Any, kind: Any) -> list[Any]:
        if key not in self._validators:
            self._validators[key] = kind({"allOf": [schema], "components": self._whole["components"]})
        return [error for error in self._validators[key].iter_errors(data) if not _is_nothing(error)]

    def _properties(self, schema: Mapping[str, Any]) -> set[str]:
        schema = self.resolved(schema)
        names = set(schema.get("properties", {}))
        for word in ("oneOf", "anyOf", "allOf"):
            for each in schema.get(word, []):
                names |= self._properties(each)
        return names


def _typed(value: str, kind: str | None) -> object:
    """Read a part of an address as what the description says of it."""
    if kind == "integer" and value.isdigit():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _is_nothing(error: Any) -> bool:
    """GitHub's enumerations that may be null name no null among their values; its answers and examples hold it all the same."""
    return bool(error.validator == "enum" and error.instance is None and error.schema.get("nullable"))


def _told(error: Any) -> str:
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message:.300}"


def _kind(error: Any) -> str:
    """Know an error again: where, whichever item of a list it is, and what is broken."""
    place = "/".join("*" if isinstance(part, int) else part for part in error.absolute_path)
    return f"{place}: {error.message if error.validator == 'required' else error.validator}"


def _generality(template: str) -> int:
    return template.count("{")
