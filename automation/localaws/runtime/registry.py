"""Cloud Map: an instance for each running task of a service with registries, at the address where it truly answers."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.clients import Clients

if TYPE_CHECKING:
    from types_boto3_servicediscovery import ServiceDiscoveryClient

log = logging.getLogger(__name__)


class Registry:
    """Keeps the instances of Cloud Map services in step; remembers what it registered."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._registered: dict[tuple[str, str], int] = {}

    @property
    def _map(self) -> "ServiceDiscoveryClient":
        client: ServiceDiscoveryClient = self._clients.get("servicediscovery")
        return client

    def sync(self, wanted: Mapping[tuple[str, str], int]) -> None:
        """Register and deregister until (registry ARN, task id) -> port is what Cloud Map holds."""
        for key in [key for key in self._registered if key not in wanted]:
            self._deregister(*key)
        for key, port in wanted.items():
            if key not in self._registered:
                self._register(*key, port)

    def _register(self, registry: str, task_id: str, port: int) -> None:
        self._registered[registry, task_id] = port
        try:
            self._map.register_instance(
                ServiceId=_service_id(registry),
                InstanceId=task_id,
                Attributes={"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": str(port)},
            )
        except (BotoCoreError, ClientError) as fault:
            log.warning("task %s is not in Cloud Map: %s", task_id, fault)

    def _deregister(self, registry: str, task_id: str) -> None:
        del self._registered[registry, task_id]
        try:
            self._map.deregister_instance(ServiceId=_service_id(registry), InstanceId=task_id)
        except (BotoCoreError, ClientError) as fault:
            log.info("task %s was not in Cloud Map: %s", task_id, fault)


def _service_id(registry_arn: str) -> str:
    return registry_arn.rsplit("/", 1)[-1]
