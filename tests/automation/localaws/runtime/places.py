"""An embedded AWS in this process, with what a test puts there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.automation.localaws.clouds import Cloud

REGION = "us-east-1"
Place = TypeVar("Place", bound="OnEmbeddedAws")


class OnEmbeddedAws:
    """What a controller of some kind needs; it keeps its words in a table."""

    table: str

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def client(self, service: str) -> Any:
        return Cloud(endpoint=self.endpoint).client(service)

    def look(self) -> dict[str, Any]:
        """Return its last word."""
        key = {"pk": {"S": "control"}, "sk": {"S": "look"}}
        answer = self.client("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return dict(answer.get("Item", {}))

    def remove(self) -> None:
        """moto's stores are this process's: what is left here would be followed by the agent of another test."""
        raise NotImplementedError


@contextmanager
def opened(kind: type[Place]) -> Iterator[Place]:
    """Start the server, and take away all that was put there."""
    apply_patches()
    server = MotoServer()
    server.start()
    made = kind(server.endpoint)
    yield made
    made.remove()
    server.stop()
