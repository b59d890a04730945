"""Runs the program as the engine would, in a thread of its own, and keeps what it asked for."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pulumi
from pulumi.runtime import get_root_resource, mocks, rpc, set_all_config
from pulumi.runtime.stack import run_pulumi_func
from ruamel.yaml import YAML

from components.naming import PROJECT

ROOT = Path(__file__).parents[2]
STACKS = ("local", "dev", "staging", "prod")
ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource that the program asked for."""

    token: str
    name: str
    inputs: Mapping[str, Any]
    parent: str
    is_protected: bool
    ignored: tuple[str, ...]
    depends_on: tuple[str, ...]


@dataclass
class Declaration:
    """Everything that one run asked for."""

    resources: list[Declared] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, token: str) -> list[Declared]:
        return [resource for resource in self.resources if resource.token == token]

    def only(self, token: str) -> Declared:
        (found,) = self.of_type(token)
        return found

    def named(self, name: str) -> Declared:
        (found,) = (resource for resource in self.resources if resource.name == name)
        return found


ARNS = {
    "aws:cloudwatch/logGroup:LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}",
    "aws:dynamodb/table:Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "aws:ecr/repository:Repository": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{{}}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{}",
}
"""As AWS forms them, where a policy names them: the linter knows the difference."""


def arn_of(token: str, physical: str) -> str:
    usual = f"arn:aws:{token.split(':')[1].split('/', maxsplit=1)[0]}:{REGION}:{ACCOUNT}:{{}}"
    return ARNS.get(token, usual).format(physical)


class EmbeddedMocks(pulumi.runtime.Mocks):
    """Fills in what AWS would."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        physical = args.inputs.get("name") or args.inputs.get("bucket") or args.name
        computed = {
            "arn": arn_of(args.typ, physical),
            "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{physical}",
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{physical}",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{args.name}",
            "invokeArn": f"arn:aws:apigateway:{REGION}:lambda:path/functions/{physical}/invocations",
            "qualifiedArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical}:1",
            "apiEndpoint": f"https://{args.name}.execute-api.{REGION}.amazonaws.com",
        }
        if args.typ == "aws:lambda/eventSourceMapping:EventSourceMapping":
            computed["uuid"] = str(uuid5(NAMESPACE_URL, args.name))
            computed["arn"] = arn_of(args.typ, f"event-source-mapping:{computed['uuid']}")
        return f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "names": ["us-east-1b", "us-east-1c"],
                "id": REGION,
            },
        }
        return answers[args.token]


class RecordingMonitor(mocks.MockMonitor):
    """Keeps the options as well, which the mocks are not shown."""

    def __init__(self, declaration: Declaration) -> None:
        super().__init__(EmbeddedMocks())
        self.declaration = declaration

    def RegisterResource(self, request):  # noqa: N802 - the engine's name
        if request.type != "pulumi:pulumi:Stack":
            self.declaration.resources.append(
                Declared(
                    token=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=request.parent.rpartition("::")[2],
                    is_protected=request.protect,
                    ignored=tuple(request.ignoreChanges),
                    depends_on=tuple(urn.rpartition("::")[2] for urn in request.dependencies),
                )
            )
        with own_event_loop():
            return super().RegisterResource(request)

    def Invoke(self, request):  # noqa: N802 - the engine's name
        with own_event_loop():
            return super().Invoke(request)


@contextmanager
def own_event_loop() -> Iterator[None]:
    """The mocks leave a loop open in every thread that calls them; this one is closed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def stack_values(stack: str) -> dict[str, str]:
    """The stack's file, as the engine hands it over: keys with namespace, values as text."""
    config = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: _as_text(value) for key, value in config.items()}


def declare(stack: str, values: Mapping[str, str] | None = None) -> Declaration:
    """Run the program for a stack, with its own file unless told otherwise."""
    with ThreadPoolExecutor(max_workers=1) as thread:  # the SDK keeps its settings in the context of a thread
        return thread.submit(_declare_here, stack, stack_values(stack) if values is None else values).result()


def _declare_here(stack: str, values: Mapping[str, str]) -> Declaration:
    from components.program import declare as program

    declaration = Declaration()

    async def run() -> None:
        mocks.set_mocks(EmbeddedMocks(), PROJECT, stack, preview=False, monitor=RecordingMonitor(declaration))
        set_all_config(dict(values))
        await run_pulumi_func(program)
        for name, value in get_root_resource().outputs.items():
            declaration.outputs[name] = await pulumi.Output.from_input(value).future()

    asyncio.run(run())
    return declaration


def document(text: str) -> dict[str, Any]:
    """A policy, as the engine is given it."""
    return json.loads(text)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
