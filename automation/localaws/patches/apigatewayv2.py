"""API Gateway v2: UpdateStage and deployments, which stock moto lacks, and the tags of stages, which it loses."""

import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2 import urls
from moto.apigatewayv2.models import Api, ApiGatewayV2Backend
from moto.apigatewayv2.responses import ApiGatewayV2Response

from automation.localaws.patches.replacement import extend, replace, stock

STAGE_FIELDS = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
}
STAGE_ARN = re.compile(r"/apis/([^/]+)/stages/(.+)$")

Answer = tuple[int, dict[str, str], str]


def apply() -> None:
    """Add the actions, and the paths under which they are asked for."""
    extend(Api, deployments=property(_deployments))
    extend(
        ApiGatewayV2Response,
        update_stage=_update_stage,
        create_deployment=_create_deployment,
        get_deployment=_get_deployment,
        get_deployments=_get_deployments,
        delete_deployment=_delete_deployment,
    )
    backend = ApiGatewayV2Backend
    replace(backend, "tag_resource", _tag_resource(stock(backend, "tag_resource")))
    replace(backend, "untag_resource", _untag_resource(stock(backend, "untag_resource")))
    replace(backend, "get_tags", _get_tags(stock(backend, "get_tags")))
    base = "{0}/v2/apis/(?P<api_id>[^/]+)/deployments"
    urls.url_paths.setdefault(f"{base}$", ApiGatewayV2Response.dispatch)
    urls.url_paths.setdefault(f"{base}/(?P<deployment_id>[^/]+)$", ApiGatewayV2Response.dispatch)


def _stage_of(backend: Any, arn: str) -> Any:
    found = STAGE_ARN.search(unquote(arn))
    return backend.get_api(found[1]).get_stage(found[2]) if found else None


def _tag_resource(original: Any) -> Any:
    def tag_resource(self: Any, resource_arn: str, tags: dict[str, str]) -> None:
        stage = _stage_of(self, resource_arn)
        if stage is None:
            original(self, resource_arn, tags)
        else:
            stage.tags = {**(stage.tags or {}), **tags}

    return tag_resource


def _untag_resource(original: Any) -> Any:
    def untag_resource(self: Any, resource_arn: str, tag_keys: list[str]) -> None:
        stage = _stage_of(self, resource_arn)
        if stage is None:
            original(self, resource_arn, tag_keys)
        else:
            stage.tags = {key: value for key, value in (stage.tags or {}).items() if key not in tag_keys}

    return untag_resource


def _get_tags(original: Any) -> Any:
    def get_tags(self: Any, resource_id: str) -> dict[str, str]:
        stage = _stage_of(self, resource_id)
        tags: dict[str, str] = original(self, resource_id) if stage is None else dict(stage.tags or {})
        return tags

    return get_tags


def _deployments(api: Any) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = api.__dict__.setdefault("made_deployments", {})
    return known


def _api(response: Any) -> Any:
    return response.apigatewayv2_backend.get_api(response.path.split("/")[3])


def _update_stage(self: Any) -> Answer:
    stage = _api(self).get_stage(unquote(self.path.split("/")[-1]))
    for wire_name, value in json.loads(self.body or "{}").items():
        if wire_name in STAGE_FIELDS:
            setattr(stage, STAGE_FIELDS[wire_name], value)
    stage.updated = datetime.now(UTC)
    return 200, {}, json.dumps(stage.to_json())


def _create_deployment(self: Any) -> Answer:
    asked = json.loads(self.body or "{}")
    deployment = {
        "deploymentId": secrets.token_hex(3),
        "deploymentStatus": "DEPLOYED",
        "description": asked.get("description") or "",
        "createdDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "autoDeployed": False,
    }
    _api(self).deployments[deployment["deploymentId"]] = deployment
    return 201, {}, json.dumps(deployment)


def _get_deployment(self: Any) -> Answer:
    deployment = _api(self).deployments.get(self.path.split("/")[-1])
    if deployment is None:
        message = "Unable to find the deployment specified"
        return (
            404,
            {"status": "404", "x-amzn-errortype": "NotFoundException"},
            json.dumps({"message": message}),
        )
    return 200, {}, json.dumps(deployment)


def _get_deployments(self: Any) -> Answer:
    return 200, {}, json.dumps({"items": list(_api(self).deployments.values())})


def _delete_deployment(self: Any) -> Answer:
    _api(self).deployments.pop(self.path.split("/")[-1], None)
    return 204, {"status": "204"}, ""
