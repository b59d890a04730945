"""Routes of HTTP APIs: which integration a request goes to, by the rules of API Gateway; tables read from its API."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.localaws.runtime.clients import Clients

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_apigatewayv2.type_defs import IntegrationTypeDef

FRESH_SECONDS = 2.0
"""A table is read again after this; a deploy changes routes while requests come."""
DEFAULT_ROUTE = "$default"
DEFAULT_STAGE = "$default"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route and its integration."""

    key: str
    """`GET /path/{name}`, `ANY /path/{rest+}` or `$default`."""
    authorization: str
    """NONE, AWS_IAM, …"""
    integration_type: str
    """HTTP_PROXY, AWS_PROXY, …"""
    integration_uri: str
    """For a VPC link: ARN of a Cloud Map service, or of the target group behind a balancer's listener; else a function's."""
    timeout_seconds: float
    """Longest wait for the integration."""

    @property
    def method(self) -> str:
        """Method, ANY, or nothing for the default route."""
        return self.key.split(" ", 1)[0] if " " in self.key else ""

    @property
    def path(self) -> str:
        """Path with its variables, or nothing for the default route."""
        return self.key.split(" ", 1)[1] if " " in self.key else ""


@dataclass(frozen=True, kw_only=True)
class RouteTable:
    """An HTTP API."""

    routes: tuple[Route, ...]
    """In no order."""
    stages: frozenset[str]
    """Names; `$default` has no path of its own."""

    def find(self, method: str, path: str) -> Route | None:
        """Return the route for a request: exact paths before variables before greedy ones before the default."""
        matching = [route for route in self.routes if _matches(route, method, path)]
        return min(matching, key=_rank, default=None)

    def stage_of(self, path: str) -> str | None:
        """Return the stage that a path belongs to, None where it belongs to none."""
        first = path.strip("/").split("/", 1)[0]
        if first and first in self.stages:
            return first
        return DEFAULT_STAGE if DEFAULT_STAGE in self.stages else None


def _matches(route: Route, method: str, path: str) -> bool:
    if route.key == DEFAULT_ROUTE:
        return True
    return route.method in {"ANY", method} and _pattern(route.path).fullmatch(path) is not None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join(_part_pattern(part) for part in parts))


def _part_pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".+" if part.endswith("+}") else "[^/]+"


def _rank(route: Route) -> tuple[int, int, int]:
    if route.key == DEFAULT_ROUTE:
        return (3, 0, 0)
    kind = 2 if "+}" in route.path else 1 if "{" in route.path else 0
    return (kind, -len(route.path), int(route.method == "ANY"))


class RouteTables:
    """Tables by API id, read when needed and kept for a moment."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._lock = threading.Lock()
        self._tables: dict[str, tuple[float, RouteTable]] = {}

    def table(self, api_id: str) -> RouteTable:
        """Return an API's table; raises botocore's ClientError where there is no such API."""
        now = time.monotonic()
        with self._lock:
            read_at, table = self._tables.get(api_id, (-FRESH_SECONDS, None))
        if table is not None and now - read_at < FRESH_SECONDS:
            return table
        fresh = self._read(api_id)
        with self._lock:
            self._tables[api_id] = (now, fresh)
        return fresh

    def _read(self, api_id: str) -> RouteTable:
        client: ApiGatewayV2Client = self._clients.get("apigatewayv2")
        integrations = [self._followed(entry) for entry in client.get_integrations(ApiId=api_id)["Items"]]
        return RouteTable(
            routes=read_routes(client.get_routes(ApiId=api_id)["Items"], integrations),
            stages=frozenset(stage["StageName"] for stage in client.get_stages(ApiId=api_id)["Items"]),
        )

    def _followed(self, integration: "IntegrationTypeDef") -> Mapping[str, Any]:
        """Follow a balancer's listener to the targets that it forwards to."""
        uri = integration.get("IntegrationUri", "")
        if ":listener/" not in uri:
            return integration
        elbv2 = self._clients.get("elbv2")
        [listener] = elbv2.describe_listeners(ListenerArns=[uri])["Listeners"]
        return {**integration, "IntegrationUri": forwarded_to(listener["DefaultActions"])}


def forwarded_to(actions: Sequence[Mapping[str, Any]]) -> str:
    """Return the target group that a listener's default actions forward to; nothing where they don't."""
    for action in actions:
        if action.get("Type") == "forward":
            groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or [action]
            return str(groups[0].get("TargetGroupArn", ""))
    return ""


def read_routes(
    routes: Sequence[Mapping[str, Any]], integrations: Sequence[Mapping[str, Any]]
) -> tuple[Route, ...]:
    """Join routes with their integrations; a route without one answers nothing and is left out."""
    by_target = {f"integrations/{entry['IntegrationId']}": entry for entry in integrations}
    return tuple(
        Route(
            key=entry["RouteKey"],
            authorization=entry.get("AuthorizationType") or "NONE",
            integration_type=by_target[entry["Target"]]["IntegrationType"],
            integration_uri=by_target[entry["Target"]].get("IntegrationUri", ""),
            timeout_seconds=float(by_target[entry["Target"]].get("TimeoutInMillis") or 30_000) / 1000,
        )
        for entry in routes
        if entry.get("Target") in by_target
    )
