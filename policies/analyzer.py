"""The engine's analyzer protocol, over the rules of components/guardrails.py."""

import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from components.guardrails import RULES, Judged, Violation, violations_of, violations_together

PACK, VERSION = "fleet-guardrails", "0.1.0"
MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # as in the SDK: stacks may be large
PARENT_POLL_SECONDS = 0.5
DESCRIPTIONS = {rule.name: rule.description for rule in RULES}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers what the engine asks of a policy pack."""

    def __init__(self) -> None:
        """Know no stack yet."""
        self._environment = ""

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - names of the protocol
        """Say hello."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetAnalyzerInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """List the rules."""
        return analyzer_pb2.AnalyzerInfo(
            name=PACK,
            displayName=PACK,
            version=VERSION,
            policies=[
                analyzer_pb2.PolicyInfo(
                    name=rule.name,
                    displayName=rule.name,
                    description=rule.description,
                    enforcementLevel=analyzer_pb2.MANDATORY,
                )
                for rule in RULES
            ],
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Say which version this is."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Take no settings: a rule that can be switched off is none."""
        return Empty()

    def ConfigureStack(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Learn the stack's name: production has a rule of its own."""
        self._environment = request.stack.rpartition("/")[2]
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Judge one resource."""
        found = violations_of(_judged(request), environment=self._environment)
        return _answer(found, urn=request.urn)

    def AnalyzeStack(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Judge what only the whole stack shows."""
        return _answer(violations_together([_judged(one) for one in request.resources]), urn="")

    def Remediate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Mend nothing: what deploys is what the program says."""
        return analyzer_pb2.RemediateResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - likewise
        """Have nothing under way."""
        return Empty()


def _judged(resource: Any) -> Judged:
    """Plain values: what is not known yet stays the engine's mark for it."""
    return Judged(
        type=resource.type,
        name=resource.name,
        inputs=MessageToDict(resource.properties),
        is_protected=resource.options.protect,
    )


def _answer(found: Iterable[Violation], *, urn: str) -> Any:
    return analyzer_pb2.AnalyzeResponse(
        diagnostics=[
            analyzer_pb2.AnalyzeDiagnostic(
                policyName=one.rule,
                policyPackName=PACK,
                policyPackVersion=VERSION,
                description=DESCRIPTIONS[one.rule],
                message=f"{one.resource}: {one.text}",
                enforcementLevel=analyzer_pb2.MANDATORY,
                urn=urn,
            )
            for one in found
        ]
    )


def serve() -> None:
    """Listen on a free port of loopback, say which, and stay until the parent is gone."""
    options = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:  # an orphan has nobody left to serve
        time.sleep(PARENT_POLL_SECONDS)
