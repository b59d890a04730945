"""API Gateway HTTP APIs: the front door."""

import re

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, picked_pascal
from automation.localaws.resources.tags import by_arn, tags_of

ROUTE_KEY = re.compile(r"\$default|(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) /\S*")
API_FIELDS: tuple[str, ...] = (
    "name",
    "protocolType",
    "description",
    "version",
    "routeSelectionExpression",
    "corsConfiguration",
)
API_FIELDS += ("disableExecuteApiEndpoint", "apiKeySelectionExpression")
API_DEFAULTS = {
    "description": "",
    "version": "",
    "disableExecuteApiEndpoint": False,
    "routeSelectionExpression": "$request.method $request.path",
    "apiKeySelectionExpression": "$request.header.x-api-key",
}
INTEGRATION_FIELDS: tuple[str, ...] = (
    "integrationType",
    "integrationMethod",
    "integrationUri",
    "connectionType",
    "connectionId",
)
INTEGRATION_FIELDS += (
    "payloadFormatVersion",
    "description",
    "requestParameters",
    "credentialsArn",
    "tlsConfig",
)
INTEGRATION_FIELDS += ("integrationSubtype", "passthroughBehavior")
ROUTE_FIELDS = (
    "routeKey",
    "target",
    "authorizationType",
    "authorizerId",
    "authorizationScopes",
    "operationName",
)
STAGE_FIELDS: tuple[str, ...] = (
    "autoDeploy",
    "description",
    "defaultRouteSettings",
    "accessLogSettings",
    "stageVariables",
)
RETAG = by_arn("apigatewayv2", argument="ResourceArn", style="map")


def _arn(cloud: Cloud, path: str) -> str:
    return f"arn:aws:apigateway:{cloud.region}::/{path}"


def _split(resource_id: str, props: Props) -> tuple[str, str]:
    """Return (API, part): the id alone where the state knows the API, `api/part` on import."""
    if props.get("apiId"):
        return props["apiId"], resource_id
    api, _, part = resource_id.partition("/")
    return api, part


def _create_api(cloud: Cloud, props: Props) -> str:
    answer = cloud.apigatewayv2.create_api(Tags=tags_of(props), **picked_pascal(props, API_FIELDS))
    return str(answer["ApiId"])


def _read_api(cloud: Cloud, api_id: str, _props: Props) -> Props:
    api = cloud.apigatewayv2.get_api(ApiId=api_id)
    found: Props = {name: camel(api.get(name[0].upper() + name[1:])) for name in API_FIELDS}
    return {
        **found,
        "arn": _arn(cloud, f"apis/{api_id}"),
        "executionArn": cloud.arn("execute-api", api_id),
        "apiEndpoint": f"{cloud.endpoint}/_aws/execute-api/{api_id}",
        "tagsAll": api.get("Tags") or {},
    }


def _update_api(cloud: Cloud, change: Change) -> None:
    new = {**API_DEFAULTS, **change.new}
    settings = picked_pascal(new, [name for name in API_FIELDS if name != "protocolType"])
    cloud.apigatewayv2.update_api(ApiId=change.id, **settings)


def _delete_api(cloud: Cloud, api_id: str, _props: Props) -> None:
    cloud.apigatewayv2.delete_api(ApiId=api_id)


def _integration_settings(props: Props) -> Props:
    settings = picked_pascal(props, INTEGRATION_FIELDS)
    if props.get("timeoutMilliseconds"):
        settings["TimeoutInMillis"] = props["timeoutMilliseconds"]
    return settings


def _create_integration(cloud: Cloud, props: Props) -> str:
    answer = cloud.apigatewayv2.create_integration(ApiId=props["apiId"], **_integration_settings(props))
    return str(answer["IntegrationId"])


def _read_integration(cloud: Cloud, integration_id: str, props: Props) -> Props:
    api_id, part = _split(integration_id, props)
    answer = cloud.apigatewayv2.get_integration(ApiId=api_id, IntegrationId=part)
    found: Props = {name: answer.get(name[0].upper() + name[1:]) for name in INTEGRATION_FIELDS}
    return {"id": part, "apiId": api_id, **found, "timeoutMilliseconds": answer.get("TimeoutInMillis", 30000)}


def _update_integration(cloud: Cloud, change: Change) -> None:
    cloud.apigatewayv2.update_integration(
        ApiId=change.new["apiId"], IntegrationId=change.id, **_integration_settings(change.new)
    )


def _delete_integration(cloud: Cloud, integration_id: str, props: Props) -> None:
    api_id, part = _split(integration_id, props)
    cloud.apigatewayv2.delete_integration(ApiId=api_id, IntegrationId=part)


def _check_integration(props: Props) -> Faults:
    yield from one_of(props, "integrationType", ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"))
    yield from one_of(props, "connectionType", ("INTERNET", "VPC_LINK"))
    yield from one_of(props, "payloadFormatVersion", ("1.0", "2.0"))
    yield from within(props, "timeoutMilliseconds", 50, 30000)
    if props.get("connectionType") == "VPC_LINK" and "connectionId" not in props:
        yield "connectionId", "'connectionType' VPC_LINK needs 'connectionId'"


def _create_route(cloud: Cloud, props: Props) -> str:
    api_id = props["apiId"]
    taken = cloud.apigatewayv2.get_routes(ApiId=api_id)["Items"]
    if any(route["RouteKey"] == props["routeKey"] for route in taken):
        raise CloudFault(f"ConflictException: the API has a route {props['routeKey']} already")
    return str(cloud.apigatewayv2.create_route(ApiId=api_id, **picked_pascal(props, ROUTE_FIELDS))["RouteId"])


def _read_route(cloud: Cloud, route_id: str, props: Props) -> Props:
    api_id, part = _split(route_id, props)
    answer = cloud.apigatewayv2.get_route(ApiId=api_id, RouteId=part)
    found: Props = {name: answer.get(name[0].upper() + name[1:]) for name in ROUTE_FIELDS}
    return {
        "id": part,
        "apiId": api_id,
        **found,
        "authorizationType": answer.get("AuthorizationType") or "NONE",
    }


def _update_route(cloud: Cloud, change: Change) -> None:
    settings = picked_pascal({"authorizationType": "NONE", **change.new}, ROUTE_FIELDS)
    cloud.apigatewayv2.update_route(ApiId=change.new["apiId"], RouteId=change.id, **settings)


def _delete_route(cloud: Cloud, route_id: str, props: Props) -> None:
    api_id, part = _split(route_id, props)
    cloud.apigatewayv2.delete_route(ApiId=api_id, RouteId=part)


def _check_route(props: Props) -> Faults:
    key = known(props, "routeKey")
    if isinstance(key, str) and not ROUTE_KEY.fullmatch(key):
        yield "routeKey", f"'routeKey' must be $default or METHOD /path, not {key}"
    yield from one_of(props, "authorizationType", ("NONE", "AWS_IAM", "CUSTOM", "JWT"))


def _create_stage(cloud: Cloud, props: Props) -> str:
    settings = picked_pascal(props, STAGE_FIELDS)
    cloud.apigatewayv2.create_stage(
        ApiId=props["apiId"], StageName=props["name"], Tags=tags_of(props), **settings
    )
    return str(props["name"])


def _read_stage(cloud: Cloud, stage_id: str, props: Props) -> Props:
    api_id, name = _split(stage_id, props)
    answer = cloud.apigatewayv2.get_stage(ApiId=api_id, StageName=name)
    found: Props = {field: camel(answer.get(field[0].upper() + field[1:])) for field in STAGE_FIELDS}
    path = "" if name == "$default" else name
    return {
        "id": name,
        "apiId": api_id,
        "name": name,
        **found,
        "autoDeploy": bool(found["autoDeploy"]),
        "description": found["description"] or "",
        "arn": _arn(cloud, f"apis/{api_id}/stages/{name}"),
        "executionArn": cloud.arn("execute-api", f"{api_id}/{name}"),
        "invokeUrl": f"{cloud.endpoint}/_aws/execute-api/{api_id}/{path}",
        "tagsAll": answer.get("Tags") or {},
    }


def _update_stage(cloud: Cloud, change: Change) -> None:
    """Made anew: the embedded AWS can't change a stage, and nobody else refers to one."""
    _delete_stage(cloud, change.id, change.new)
    _create_stage(cloud, change.new)


def _retag_stage(cloud: Cloud, stage_id: str, props: Props, tags: object, _gone: object) -> None:
    _delete_stage(cloud, stage_id, props)
    _create_stage(cloud, {**props, "tagsAll": tags})


def _delete_stage(cloud: Cloud, stage_id: str, props: Props) -> None:
    api_id, name = _split(stage_id, props)
    cloud.apigatewayv2.delete_stage(ApiId=api_id, StageName=name)


def _check_api(props: Props) -> Faults:
    yield from one_of(props, "protocolType", ("HTTP", "WEBSOCKET"))


TYPES = (
    ResourceType(
        urn_type="aws:apigatewayv2/api:Api",
        create=_create_api,
        read=_read_api,
        update=_update_api,
        delete=_delete_api,
        retag=RETAG,
        check=_check_api,
        replace=frozenset({"protocolType"}),
        name="name",
        name_length=128,
        defaults=API_DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:apigatewayv2/integration:Integration",
        create=_create_integration,
        read=_read_integration,
        update=_update_integration,
        delete=_delete_integration,
        check=_check_integration,
        replace=frozenset({"apiId", "integrationType"}),
        defaults={"connectionType": "INTERNET", "timeoutMilliseconds": 30000, "payloadFormatVersion": "1.0"},
    ),
    ResourceType(
        urn_type="aws:apigatewayv2/route:Route",
        create=_create_route,
        read=_read_route,
        update=_update_route,
        delete=_delete_route,
        check=_check_route,
        replace=frozenset({"apiId"}),
        defaults={"authorizationType": "NONE", "apiKeyRequired": False},
    ),
    ResourceType(
        urn_type="aws:apigatewayv2/stage:Stage",
        create=_create_stage,
        read=_read_stage,
        update=_update_stage,
        delete=_delete_stage,
        retag=_retag_stage,
        replace=frozenset({"apiId", "name"}),
        name="name",
        name_length=128,
        identity=frozenset({"apiId", "name"}),
        defaults={"autoDeploy": False, "description": ""},
    ),
)
