"""Pure: what IAM says of one request, from policy documents.

moto's own evaluation passes the resource `*` to most services, so that it refuses every narrow policy, and takes a condition that does not hold
for a denial. This one knows resources and conditions. What it does not know refuses: a grant counts only where all of it is understood.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any


class Verdict(Enum):
    """How IAM ends."""

    ALLOWED = "allowed"
    NOBODY_ALLOWS = "no identity-based policy allows it"
    DENIED = "a policy denies it"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One action on one resource."""

    action: str
    """service:Action."""
    resource: str = "*"
    """ARN; a star for actions that know no resource."""
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Condition keys, in small letters, and their values."""


def judge(documents: Iterable[Mapping[str, Any]], asked: Asked) -> Verdict:
    """Return the verdict of a role's policies: a denial beats a grant, and no grant is a denial."""
    verdict = Verdict.NOBODY_ALLOWS
    for document in documents:
        for statement in _listed(document["Statement"]):
            if not _concerns(statement, asked):
                continue
            if statement["Effect"] == "Deny":
                return Verdict.DENIED
            verdict = Verdict.ALLOWED
    return verdict


def trusts(document: Mapping[str, Any], service: str) -> bool:
    """Say whether a trust policy lets a service take the role."""
    return any(
        statement["Effect"] == "Allow"
        and "sts:AssumeRole" in _listed(statement["Action"])
        and service in _listed(_principal(statement).get("Service", ()))
        for statement in _listed(document["Statement"])
    )


def _principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = statement.get("Principal")
    return principal if isinstance(principal, Mapping) else {}


def _concerns(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        _names(statement, "Action", asked.action, is_case_blind=True)
        and _names(statement, "Resource", asked.resource)
        and all(
            _holds(operator, key, _listed(wanted), asked.context)
            for operator, keys in (statement.get("Condition") or {}).items()
            for key, wanted in keys.items()
        )
    )


def _names(statement: Mapping[str, Any], element: str, value: str, *, is_case_blind: bool = False) -> bool:
    """Match an element or its opposite; ARNs are told apart by the case of letters, actions are not."""
    if f"Not{element}" in statement:
        return not _any_matches(_listed(statement[f"Not{element}"]), value, is_case_blind=is_case_blind)
    return _any_matches(_listed(statement.get(element, ())), value, is_case_blind=is_case_blind)


def _any_matches(patterns: Iterable[str], value: str, *, is_case_blind: bool = False) -> bool:
    return any(_pattern(pattern, is_case_blind).fullmatch(value) for pattern in patterns)


@cache
def _pattern(glob: str, is_case_blind: bool) -> re.Pattern[str]:  # noqa: FBT001 - a key of the cache
    text = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in glob)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if is_case_blind else 0))


EXACT = frozenset({"StringEquals", "Bool"})
GLOBS = frozenset({"StringLike", "ArnLike", "ArnEquals"})
ALL_VALUES, ANY_VALUE = "ForAllValues:", "ForAnyValue:"


def _holds(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, Sequence[str]]) -> bool:
    """Say whether a condition holds; a key that the request lacks holds for `ForAllValues` alone, as on AWS."""
    name = operator.removeprefix(ALL_VALUES).removeprefix(ANY_VALUE)
    if name not in EXACT | GLOBS:
        raise NotImplementedError(f"the condition operator {operator}")
    values = context.get(key.lower(), ())
    found = [_any_matches(wanted, value) if name in GLOBS else value in wanted for value in values]
    return all(found) if operator.startswith(ALL_VALUES) else any(found)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
