"""Imports by the ids that pulumi-aws documents."""

import json


def test_an_ecs_service_is_imported_by_cluster_and_name(engine):
    cluster = engine.create("aws:ecs/cluster:Cluster", {"name": "importing"})
    task = {"family": "imp", "containerDefinitions": json.dumps([{"name": "w", "image": "i", "memory": 128}])}
    definition = engine.create("aws:ecs/taskDefinition:TaskDefinition", task)
    news = {"name": "s", "cluster": cluster[0], "taskDefinition": definition[1]["arn"], "desiredCount": 1}
    state = engine.create("aws:ecs/service:Service", news)
    found = engine.read("aws:ecs/service:Service", "importing/s")
    assert found[0] == state[0]
    assert found[1]["desiredCount"] == 1
    assert engine.diff("aws:ecs/service:Service", found, news).changes == 1
    assert engine.read("aws:ecs/cluster:Cluster", "importing")[0] == cluster[0]
    assert engine.read("aws:ecs/taskDefinition:TaskDefinition", definition[1]["arn"])[0] == "imp"
    engine.delete("aws:ecs/service:Service", found)
    engine.delete("aws:ecs/cluster:Cluster", cluster)


def test_a_route_is_imported_by_api_and_route(engine):
    api = engine.create("aws:apigatewayv2/api:Api", {"name": "imported", "protocolType": "HTTP"})
    news = {"apiId": api[0], "routeKey": "GET /health"}
    route = engine.create("aws:apigatewayv2/route:Route", news)
    found = engine.read("aws:apigatewayv2/route:Route", f"{api[0]}/{route[0]}")
    assert found[0] == route[0]
    assert engine.diff("aws:apigatewayv2/route:Route", found, news).changes == 1
    assert api[1]["apiEndpoint"].endswith(f"/_aws/execute-api/{api[0]}")
    engine.delete("aws:apigatewayv2/api:Api", api)


def test_nothing_is_imported_where_nothing_is(engine):
    assert engine.read("aws:iam/role:Role", "nobody")[0] == ""
    assert engine.read("aws:s3/bucket:Bucket", "nowhere-at-all")[0] == ""
    assert engine.read("aws:cloudwatch/logGroup:LogGroup", "/nothing")[0] == ""
