"""Pure: which actions on which resources a request asks for. Sources: the service authorization reference of each service.

A call that stands nowhere here is asked for with the resource `*`, which no narrow policy grants.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from automation.localaws.access.policy import Asked

LEADING_KEYS = "dynamodb:leadingkeys"
INVOCATION = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")
MAPPING = re.compile(r"/2015-03-31/event-source-mappings/?([\w-]*)")
MAPPING_ACTIONS = {"GET": "GetEventSourceMapping", "PUT": "UpdateEventSourceMapping"}
HashKey = Callable[[str], str]
"""Table to the name of its partition key."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What of an HTTP request says what is asked for."""

    service: str
    """From the signature's scope: sqs, s3, dynamodb…"""
    region: str
    """From there as well."""
    account: str
    """Whose resources are meant."""
    method: str
    """HTTP method."""
    path: str
    """Path, not yet unquoted."""
    query: str
    """Query string."""
    target: str
    """X-Amz-Target; empty without."""
    parameters: Mapping[str, Any]
    """Body of a JSON or query call."""

    def arn(self, rest: str) -> str:
        """Return the ARN of a regional resource of the service."""
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{rest}"

    @property
    def operation(self) -> str:
        """Name of the call; empty where the path says it."""
        return self.target.rpartition(".")[2] or str(self.parameters.get("Action", ""))


def asked_for(request: Request, *, hash_key: HashKey) -> list[Asked]:
    """Return all that must be granted for a request to go through."""
    if request.service == "s3":
        return [_of_s3(request)]
    if request.service == "dynamodb":
        return list(_of_dynamodb(request, hash_key))
    if request.service == "lambda" and (called := _of_lambda(request)):
        return [called]
    reader = RESOURCES.get(request.service)
    action = f"{request.service}:{_without_batch(request)}"
    resources = list(reader(request)) if reader else []
    return [Asked(action=action, resource=resource) for resource in resources or ["*"]]


def _without_batch(request: Request) -> str:
    """The batch calls of SQS ask for the right to the single ones."""
    return request.operation.removesuffix("Batch") if request.service == "sqs" else request.operation


def _of_lambda(request: Request) -> Asked | None:
    """Its calls are told by method and path."""
    if found := INVOCATION.fullmatch(request.path):
        return Asked(action="lambda:InvokeFunction", resource=request.arn(f"function:{found[1]}"))
    found = MAPPING.fullmatch(request.path)
    if found and not found[1] and request.method == "GET":
        return Asked(action="lambda:ListEventSourceMappings")
    if found and found[1] and request.method in MAPPING_ACTIONS:
        action = f"lambda:{MAPPING_ACTIONS[request.method]}"
        return Asked(action=action, resource=request.arn(f"event-source-mapping:{found[1]}"))
    return None


def _of_queue(request: Request) -> Iterable[str]:
    url = str(request.parameters.get("QueueUrl", ""))
    return [request.arn(url.rpartition("/")[2])] if url else []


def _of_topic(request: Request) -> Iterable[str]:
    topic = request.parameters.get("TopicArn")
    return [str(topic)] if topic else []


def _of_logs(request: Request) -> Iterable[str]:
    group, stream = (request.parameters.get(name) for name in ("logGroupName", "logStreamName"))
    return [request.arn(f"log-group:{group}:log-stream:{stream}")] if group and stream else []


def _of_images(request: Request) -> Iterable[str]:
    repository = request.parameters.get("repositoryName")
    return [request.arn(f"repository/{repository}")] if repository else []


def _of_ecs(request: Request) -> Iterator[str]:
    """Services and tasks carry their cluster's name; what names neither is about the cluster."""
    asked, cluster = request.parameters, str(request.parameters.get("cluster", "default")).rpartition("/")[2]
    named = [("service", it) for it in [*asked.get("services", ()), *_one(asked, "service")]]
    named += [("task", it) for it in [*asked.get("tasks", ()), *_one(asked, "task")]]
    for kind, name in named:
        yield request.arn(f"{kind}/{cluster}/{str(name).rpartition('/')[2]}")
    if not named and "cluster" in asked:
        yield request.arn(f"cluster/{cluster}")


def _one(parameters: Mapping[str, Any], name: str) -> list[Any]:
    return [parameters[name]] if name in parameters else []


def _of_parameter(request: Request) -> Iterable[str]:
    names = [*_one(request.parameters, "Name"), *request.parameters.get("Names", ())]
    return [
        name if str(name).startswith("arn:") else request.arn(f"parameter/{str(name).lstrip('/')}")
        for name in names
    ]


def _of_alarms(request: Request) -> Iterable[str]:
    return [request.arn(f"alarm:{name}") for name in request.parameters.get("AlarmNames", ())]


def _of_secret(request: Request) -> Iterable[str]:
    return [str(it) for it in _one(request.parameters, "SecretId")]


RESOURCES: Mapping[str, Callable[[Request], Iterable[str]]] = {
    "sqs": _of_queue,
    "sns": _of_topic,
    "logs": _of_logs,
    "ecr": _of_images,
    "ecs": _of_ecs,
    "ssm": _of_parameter,
    "secretsmanager": _of_secret,
    "cloudwatch": _of_alarms,
}

OBJECT_ACTIONS = {
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
}


def _of_s3(request: Request) -> Asked:
    """Path style, which is what reaches the embedded AWS. A part of a multipart upload is a PutObject."""
    bucket, _, key = unquote(request.path.lstrip("/")).partition("/")
    if key and set(parse_qs(request.query, keep_blank_values=True)) & {"acl", "tagging"}:
        return Asked(
            action=f"s3:{request.method.title()}ObjectSetting", resource=f"arn:aws:s3:::{bucket}/{key}"
        )
    if key:
        action = OBJECT_ACTIONS.get(request.method, "s3:DeleteObject")
        if "versionId" in parse_qs(request.query):
            action += "Version"  # of GetObject and DeleteObject; a put names none
        return Asked(action=action, resource=f"arn:aws:s3:::{bucket}/{key}")
    settings = dict(parse_qsl(request.query, keep_blank_values=True))
    is_listing = request.method in {"GET", "HEAD"} and (
        not settings or "list-type" in settings or "prefix" in settings
    )
    return Asked(
        action="s3:ListBucket" if is_listing else "s3:ConfigureBucket", resource=f"arn:aws:s3:::{bucket}"
    )


TRANSACTED = {
    "Update": "UpdateItem",
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
"""A transaction asks for the right to each of its parts."""
FIRST_EQUALITY = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)")


def _of_dynamodb(request: Request, hash_key: HashKey) -> Iterator[Asked]:
    operation, body = request.operation, request.parameters
    if operation.startswith("Transact"):
        for part in body.get("TransactItems", ()):
            for kind, one in part.items():
                yield _item(request, TRANSACTED[kind], one, hash_key)
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in body.get("RequestItems", {}):
            yield Asked(action=f"dynamodb:{operation}", resource=_table(request, table))
    else:
        yield _item(request, operation, body, hash_key)


def _item(request: Request, operation: str, body: Mapping[str, Any], hash_key: HashKey) -> Asked:
    table = str(body.get("TableName", ""))
    index = body.get("IndexName")
    resource = _table(request, table) + (f"/index/{index}" if index else "")
    keys = _leading_keys(body, hash_key(_short(table)))
    return Asked(
        action=f"dynamodb:{operation}", resource=resource, context={LEADING_KEYS: keys} if keys else {}
    )


def _leading_keys(body: Mapping[str, Any], name: str) -> list[str]:
    """Return the partition that an item call or a query is about."""
    item = body.get("Key") or body.get("Item") or {}
    if name in item:
        return [str(value) for value in item[name].values()]
    first = FIRST_EQUALITY.match(str(body.get("KeyConditionExpression", "")))
    value = (body.get("ExpressionAttributeValues") or {}).get(first[2]) if first else None
    return [str(it) for it in value.values()] if value else []


def _table(request: Request, name: str) -> str:
    return request.arn(f"table/{_short(name)}")


def _short(name: str) -> str:
    """A table may be named by its ARN."""
    return name.rpartition("table/")[2] if name.startswith("arn:") else name
