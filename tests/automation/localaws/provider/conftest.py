from collections.abc import Iterator

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from automation.localaws.provider import ProviderServer
from automation.localaws.provider_wire import Props, decode, encode
from tests.toolchain_fixture import pulumi_toolchain  # noqa: F401 - for the tests here


class Engine:
    """What Pulumi's engine does to one resource, over real gRPC."""

    def __init__(self, port: int) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def close(self) -> None:
        self._channel.close()

    def configure(self, **settings: object) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=encode(settings)))

    @staticmethod
    def urn(token: str, name: str = "it") -> str:
        return f"urn:pulumi:test::project::{token}::{name}"

    def check(
        self, token: str, news: Props, olds: Props | None = None
    ) -> tuple[Props, list[tuple[str, str]]]:
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=self.urn(token), news=encode(news), olds=encode(olds or {}), randomSeed=b"seed"
            )
        )
        return decode(answer.inputs)[0], [(fault.property, fault.reason) for fault in answer.failures]

    def create(self, token: str, news: Props) -> tuple[str, Props, Props]:
        inputs, faults = self.check(token, news)
        assert not faults
        answer = self.stub.Create(
            provider_pb2.CreateRequest(urn=self.urn(token), properties=encode(inputs), preview=False)
        )
        return answer.id, decode(answer.properties)[0], inputs

    def diff(self, token: str, state: tuple[str, Props, Props], news: Props) -> provider_pb2.DiffResponse:
        resource_id, outputs, old_inputs = state
        inputs, faults = self.check(token, news, old_inputs)
        assert not faults
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=resource_id,
                urn=self.urn(token),
                olds=encode(outputs),
                old_inputs=encode(old_inputs),
                news=encode(inputs),
            )
        )

    def update(self, token: str, state: tuple[str, Props, Props], news: Props) -> tuple[str, Props, Props]:
        resource_id, outputs, old_inputs = state
        inputs, faults = self.check(token, news, old_inputs)
        assert not faults
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=resource_id,
                urn=self.urn(token),
                olds=encode(outputs),
                old_inputs=encode(old_inputs),
                news=encode(inputs),
            )
        )
        return resource_id, decode(answer.properties)[0], inputs

    def read(
        self, token: str, resource_id: str, outputs: Props | None = None, inputs: Props | None = None
    ) -> tuple[str, Props, Props]:
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                id=resource_id,
                urn=self.urn(token),
                properties=encode(outputs or {}),
                inputs=encode(inputs or {}),
            )
        )
        return answer.id, decode(answer.properties)[0], decode(answer.inputs)[0]

    def delete(self, token: str, state: tuple[str, Props, Props]) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(id=state[0], urn=self.urn(token), properties=encode(state[1]))
        )


@pytest.fixture(scope="session")
def embedded() -> Iterator[tuple[MotoServer, int]]:
    apply_patches()
    server = MotoServer(port=0, routes={})
    server.start()
    provider = ProviderServer(endpoint=server.endpoint, region="us-east-1")
    port = provider.start()
    yield server, port
    provider.stop()
    server.stop()


@pytest.fixture
def engine(embedded: tuple[MotoServer, int]) -> Iterator[Engine]:
    engine = Engine(embedded[1])
    engine.configure(region="us-east-1")
    yield engine
    engine.close()
