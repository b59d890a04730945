"""Pulumi's gRPC service on top of the operations: wire format, previews, secrets, and errors of one line.

The service is implemented directly, not through pulumi.provider.experimental: that layer drops old inputs, forces one event
loop on blocking calls and prints tracebacks. `Check` marks what is secret; the marks travel with the properties from there.
"""

import logging
from collections.abc import Iterable
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from automation.localaws import provider_check, provider_operations
from automation.localaws.handler import ResourceType
from automation.localaws.provider_cloud import Clients, Cloud, describe
from automation.localaws.provider_diff import compare
from automation.localaws.provider_functions import FUNCTIONS
from automation.localaws.provider_settings import (
    Settings,
    SettingsByConnection,
    expand,
    settings_faults,
    settings_from,
)
from automation.localaws.provider_wire import Props, decode, encode, has_unknown
from automation.localaws.resources.table import TYPES

VERSION = "7.51.1"
log = logging.getLogger(__name__)


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The embedded AWS as a resource provider."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._clients = clients
        self._settings = SettingsByConnection(Settings(region=region))

    def Handshake(self, request: Any, context: Any) -> provider_pb2.ProviderHandshakeResponse:  # noqa: ARG002, N802 - gRPC's signature
        """Agree on features with the engine."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: ARG002, N802 - gRPC's signature
        """Accept an engine."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: ARG002, N802 - gRPC's signature
        """Calls here are short: they end by themselves."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: ARG002, N802 - gRPC's signature
        """Name the version of the SDK that we follow."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802 - gRPC's name
        """Refuse an account that is not ours."""
        props, _secrets = self._decode(request.news, context)
        return _checked(request.news, settings_faults(expand(props), Cloud.account))

    def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802 - gRPC's signature
        """Settings never replace anything: resources tell of their region themselves."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802 - gRPC's name
        """Remember this connection's region and default tags."""
        props = expand(decode(request.args)[0])
        fallback = self._settings.get("").region
        self._settings.put(context.peer(), settings_from(props, fallback))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:  # noqa: N802 - gRPC's name
        """Call a function."""
        function = FUNCTIONS.get(request.tok)
        if function is None:
            _abort(context, f"{request.tok} is not in the embedded AWS", grpc.StatusCode.UNIMPLEMENTED)
        args, _secrets = self._decode(request.args, context)
        settings = self._settings.get(context.peer())
        try:
            answer = function(Cloud(self._clients, args.get("region") or settings.region), args)
        except Exception as fault:  # noqa: BLE001 - every fault is told to the engine in one line
            _abort(context, f"{request.tok.rpartition(':')[2]}: {describe(fault)}")
        secret = ["value"] if answer.get("type") == "SecureString" else []
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer, secret))  # a keyword in Python
        return response

    def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802 - gRPC's name
        """Check inputs and fill in names and tags."""
        kind = _kind(request, context)
        news, secrets = self._decode(request.news, context)
        olds, _old_secrets = decode(request.olds)
        props, faults = provider_check.check(
            kind,
            news,
            olds,
            seed=request.randomSeed,
            logical_name=request.urn.rpartition("::")[2],
            default_tags=self._settings.get(context.peer()).default_tags,
        )
        return _checked(encode(props, _hidden(kind, secrets)), faults)

    def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802 - gRPC's name
        """Say what differs, and whether that needs a new resource."""
        kind = _kind(request, context)
        olds, old_inputs, news = (
            decode(request.olds)[0],
            decode(request.old_inputs)[0],
            decode(request.news)[0],
        )
        found = compare(kind, _inputs_or(old_inputs, olds, news), news)
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if found.changed else none,
            replaces=sorted(found.replaces),
            diffs=sorted(found.changed),
            deleteBeforeReplace=found.deletes_first,
            hasDetailedDiff=bool(found.paths),
            detailedDiff={
                path: provider_pb2.PropertyDiff(kind=difference, inputDiff=True)
                for path, difference in found.paths.items()
            },
        )

    def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802 - gRPC's name
        """Create, or say what creating would give."""
        kind = _kind(request, context)
        inputs, secrets = decode(request.properties)
        cloud = self._cloud(context, inputs)
        hidden = _hidden(kind, secrets)
        if request.preview or has_unknown(inputs):
            outputs = provider_operations.preview_create(kind, inputs, cloud.region)
            return provider_pb2.CreateResponse(properties=encode(outputs, hidden))
        try:
            made = provider_operations.create(kind, cloud, inputs)
        except Exception as fault:  # noqa: BLE001 - every fault is told to the engine in one line
            _abort(context, _explain("creating", kind, request, fault))
        if made.fault is not None:
            reason = _explain("completing", kind, request, made.fault)
            _abort_half_made(context, made, encode(inputs, hidden), encode(made.outputs, hidden), reason)
        return provider_pb2.CreateResponse(id=made.id, properties=encode(made.outputs, hidden))

    def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:  # noqa: N802 - gRPC's name
        """Read for refresh, import or `get`."""
        kind = _kind(request, context)
        known, secrets = decode(request.properties)
        old_inputs, old_secrets = decode(request.inputs)
        cloud = self._cloud(context, known)
        tags = self._settings.get(context.peer()).default_tags
        try:
            state = provider_operations.read(kind, cloud, request.id, (known, old_inputs), tags)
        except Exception as fault:  # noqa: BLE001 - every fault is told to the engine in one line
            _abort(context, _explain("reading", kind, request, fault))
        if state is None:
            return provider_pb2.ReadResponse()
        hidden = _hidden(kind, secrets | old_secrets)
        resource_id, outputs, inputs = state
        return provider_pb2.ReadResponse(
            id=resource_id, properties=encode(outputs, hidden), inputs=encode(inputs, hidden)
        )

    def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802 - gRPC's name
        """Change in place, or say what that would give."""
        kind = _kind(request, context)
        olds, _secrets = decode(request.olds)
        old_inputs, _old_secrets = decode(request.old_inputs)
        news, secrets = decode(request.news)
        hidden = _hidden(kind, secrets)
        if request.preview or has_unknown(news):
            return provider_pb2.UpdateResponse(
                properties=encode(provider_operations.preview_update(olds, news), hidden)
            )
        cloud = self._cloud(context, olds)
        try:
            outputs = provider_operations.update(
                kind, cloud, request.id, (olds, _inputs_or(old_inputs, olds, news), news)
            )
        except Exception as fault:  # noqa: BLE001 - every fault is told to the engine in one line
            _abort(context, _explain("updating", kind, request, fault))
        return provider_pb2.UpdateResponse(properties=encode(outputs, hidden))

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802 - gRPC's name
        """Remove."""
        kind = _kind(request, context)
        props, _secrets = decode(request.properties)
        try:
            provider_operations.delete(kind, self._cloud(context, props), request.id, props)
        except Exception as fault:  # noqa: BLE001 - every fault is told to the engine in one line
            _abort(context, _explain("deleting", kind, request, fault))
        return empty_pb2.Empty()

    def _cloud(self, context: Any, props: Props) -> Cloud:
        region = props.get("region")
        settings = self._settings.get(context.peer())
        return Cloud(self._clients, region if isinstance(region, str) else settings.region)

    @staticmethod
    def _decode(struct: Any, context: Any) -> tuple[Props, frozenset[str]]:
        try:
            return decode(struct)
        except (TypeError, ValueError, OverflowError) as fault:
            _abort(context, describe(fault))


def _kind(request: Any, context: Any) -> ResourceType:
    token = request.type or request.urn.split("::")[2].rpartition("$")[2]
    kind = TYPES.get(token)
    if kind is None:
        _abort(context, f"{token} is not in the embedded AWS", grpc.StatusCode.UNIMPLEMENTED)
    return kind


def _inputs_or(old_inputs: Props, olds: Props, news: Props) -> Props:
    """An engine that sends no old inputs gets a diff against the outputs that the program sets."""
    return old_inputs or {name: value for name, value in olds.items() if name in news}


def _hidden(kind: ResourceType, secrets: Iterable[str]) -> frozenset[str]:
    hidden = frozenset(secrets) | kind.secrets
    return hidden | {"tagsAll"} if "tags" in hidden else hidden


def _checked(inputs: Any, faults: Iterable[tuple[str, str]]) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in faults]
    return provider_pb2.CheckResponse(inputs=inputs, failures=failures)


def _explain(doing: str, kind: ResourceType, request: Any, fault: Exception) -> str:
    log.info("%s %s failed", doing, request.urn, exc_info=fault)
    return f"{doing} {kind.label} '{request.urn.rpartition('::')[2]}': {describe(fault)}"


def _abort(context: Any, message: str, code: Any = grpc.StatusCode.UNKNOWN) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort returns never")


def _abort_half_made(
    context: Any, made: provider_operations.Made, inputs: Any, outputs: Any, reason: str
) -> NoReturn:
    """Tell the engine that the resource exists but is unfinished."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=made.id, properties=outputs, inputs=inputs, reasons=[reason]
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[packed])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    _abort(context, reason)
