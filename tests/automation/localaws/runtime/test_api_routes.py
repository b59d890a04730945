"""Which route a request takes."""

import pytest

from automation.localaws.runtime.api_routes import Route, RouteTable, read_routes


def a_route(key):
    return Route(
        key=key,
        authorization="NONE",
        integration_type="HTTP_PROXY",
        integration_uri="arn",
        timeout_seconds=30,
    )


TABLE = RouteTable(
    routes=tuple(
        a_route(key)
        for key in (
            "$default",
            "ANY /api/{rest+}",
            "POST /api/generate",
            "ANY /api/generate",
            "GET /jobs/{id}",
            "GET /jobs/latest",
            "GET /a.b",
        )
    ),
    stages=frozenset({"$default", "beta"}),
)


@pytest.mark.parametrize(
    ("request_line", "key"),
    [
        ("POST /api/generate", "POST /api/generate"),
        ("GET /api/generate", "ANY /api/generate"),
        ("GET /api/tags", "ANY /api/{rest+}"),
        ("GET /api/a/b/c", "ANY /api/{rest+}"),
        ("GET /api/", "$default"),
        ("GET /jobs/7", "GET /jobs/{id}"),
        ("GET /jobs/7/8", "$default"),
        ("GET /jobs/latest", "GET /jobs/latest"),
        ("POST /jobs/7", "$default"),
        ("GET /axb", "$default"),
    ],
)
def test_the_most_specific_route_wins(request_line, key):
    assert TABLE.find(*request_line.split(" ")).key == key


def test_no_route_is_found_where_none_matches():
    assert RouteTable(routes=(a_route("GET /health"),), stages=frozenset()).find("GET", "/") is None


@pytest.mark.parametrize(
    ("stages", "path", "stage"),
    [
        ({"$default"}, "/health", "$default"),
        ({"beta"}, "/beta/health", "beta"),
        ({"beta"}, "/health", None),
        ({"$default", "beta"}, "/beta", "beta"),
        (set(), "/health", None),
    ],
)
def test_a_path_belongs_to_the_stage_it_starts_with_or_to_the_default(stages, path, stage):
    assert RouteTable(routes=(), stages=frozenset(stages)).stage_of(path) == stage


def test_a_route_without_an_integration_is_left_out():
    integrations = [{"IntegrationId": "i1", "IntegrationType": "HTTP_PROXY", "TimeoutInMillis": 5000}]
    routes = [
        {"RouteKey": "GET /a", "Target": "integrations/i1", "AuthorizationType": "AWS_IAM"},
        {"RouteKey": "GET /b", "Target": "integrations/gone"},
        {"RouteKey": "GET /c"},
    ]
    (route,) = read_routes(routes, integrations)
    assert (route.key, route.authorization, route.timeout_seconds) == ("GET /a", "AWS_IAM", 5)
