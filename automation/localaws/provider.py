"""The provider's server: engines attach to it by PULUMI_DEBUG_PROVIDERS=aws:PORT."""

from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from automation.localaws.provider_cloud import Clients
from automation.localaws.provider_servicer import Servicer

THREADS = 32
"""Operations at once: an engine runs as many as the program's graph allows."""
MESSAGE_BYTES = 64 * 1024 * 1024
STOP_SECONDS = 2.0


class ProviderServer:
    """Serves the embedded AWS at `endpoint` to Pulumi engines on this computer."""

    def __init__(self, *, endpoint: str, region: str) -> None:
        """Refuse an endpoint that is not on loopback."""
        self._servicer = Servicer(Clients(endpoint), region)
        self._server: grpc.Server | None = None

    def start(self) -> int:
        """Start and return the port."""
        server = grpc.server(
            futures.ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="provider"),
            options=[
                ("grpc.max_receive_message_length", MESSAGE_BYTES),
                ("grpc.max_send_message_length", MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
            ],
        )
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self._servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._server = server
        return int(port)

    def stop(self) -> None:
        """Let calls under way end, then stop."""
        if self._server is not None:
            self._server.stop(STOP_SECONDS).wait(STOP_SECONDS)
            self._server = None
