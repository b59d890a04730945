"""Cloud Map: private namespaces and services."""

import time
from collections.abc import Mapping

from automation.localaws.handler import Change, ResourceType
from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, pascal
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

WAIT_SECONDS = 10.0


def _finished(cloud: Cloud, operation_id: str) -> Mapping[str, str]:
    """Wait for an operation; return its targets."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        operation = cloud.servicediscovery.get_operation(OperationId=operation_id)["Operation"]
        if operation["Status"] == "SUCCESS":
            targets: Mapping[str, str] = operation["Targets"]
            return targets
        if operation["Status"] == "FAIL":
            raise CloudFault(f"{operation.get('ErrorCode')}: {operation.get('ErrorMessage')}")
        time.sleep(0.05)
    raise CloudFault("OperationTimeout: Cloud Map did not finish")


def _create_namespace(cloud: Cloud, props: Props) -> str:
    answer = cloud.servicediscovery.create_private_dns_namespace(
        Name=props["name"],
        Vpc=props["vpc"],
        Description=props.get("description") or "",
        Tags=pairs(tags_of(props)),
    )
    return _finished(cloud, answer["OperationId"])["NAMESPACE"]


def _read_namespace(cloud: Cloud, namespace_id: str, props: Props) -> Props:
    namespace = cloud.servicediscovery.get_namespace(Id=namespace_id.partition(":")[0])["Namespace"]
    tags = cloud.servicediscovery.list_tags_for_resource(ResourceARN=namespace["Arn"])["Tags"]
    properties = namespace.get("Properties", {}).get("DnsProperties", {})
    return {
        "id": namespace["Id"],
        "name": namespace["Name"],
        "arn": namespace["Arn"],
        "description": namespace.get("Description") or "",
        "vpc": props.get("vpc") or namespace_id.partition(":")[2],
        "hostedZone": properties.get("HostedZoneId", ""),
        "tagsAll": unpaired(tags),
    }


def _update_namespace(cloud: Cloud, change: Change) -> None:
    cloud.servicediscovery.update_private_dns_namespace(
        Id=change.id, Namespace={"Description": change.new.get("description") or ""}
    )


def _delete_namespace(cloud: Cloud, namespace_id: str, _props: Props) -> None:
    cloud.servicediscovery.delete_namespace(Id=namespace_id)


def _create_service(cloud: Cloud, props: Props) -> str:
    settings: Props = {}
    for name in ("dnsConfig", "healthCheckConfig", "healthCheckCustomConfig"):
        if props.get(name) is not None:
            settings[name[0].upper() + name[1:]] = pascal(props[name])
    for record in settings.get("DnsConfig", {}).get("DnsRecords", []):
        record["TTL"] = record.pop("Ttl")
    if props.get("namespaceId"):
        settings["NamespaceId"] = props["namespaceId"]
    if props.get("type"):
        settings["Type"] = props["type"]
    answer = cloud.servicediscovery.create_service(
        Name=props["name"], Description=props.get("description") or "", Tags=pairs(tags_of(props)), **settings
    )
    return str(answer["Service"]["Id"])


def _read_service(cloud: Cloud, service_id: str, _props: Props) -> Props:
    service = cloud.servicediscovery.get_service(Id=service_id)["Service"]
    tags = cloud.servicediscovery.list_tags_for_resource(ResourceARN=service["Arn"])["Tags"]
    dns = camel(service.get("DnsConfig"))
    for record in (dns or {}).get("dnsRecords", []):
        record["ttl"] = record.pop("tTL", None)
    return {
        "name": service["Name"],
        "arn": service["Arn"],
        "namespaceId": service.get("NamespaceId"),
        "description": service.get("Description") or "",
        "dnsConfig": dns,
        "healthCheckCustomConfig": camel(service.get("HealthCheckCustomConfig")),
        "tagsAll": unpaired(tags),
    }


def _update_service(cloud: Cloud, change: Change) -> None:
    settings: Props = {"Description": change.new.get("description") or ""}
    if change.new.get("dnsConfig"):
        records = [
            {"Type": record["type"], "TTL": record["ttl"]} for record in change.new["dnsConfig"]["dnsRecords"]
        ]
        settings["DnsConfig"] = {"DnsRecords": records}
    cloud.servicediscovery.update_service(Id=change.id, Service=settings)


def _delete_service(cloud: Cloud, service_id: str, props: Props) -> None:
    if props.get("forceDestroy"):
        for instance in cloud.servicediscovery.list_instances(ServiceId=service_id).get("Instances", []):
            cloud.servicediscovery.deregister_instance(ServiceId=service_id, InstanceId=instance["Id"])
    cloud.servicediscovery.delete_service(Id=service_id)


RETAG = by_arn("servicediscovery", argument="ResourceARN", style="Key")
TYPES = (
    ResourceType(
        urn_type="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        create=_create_namespace,
        read=_read_namespace,
        update=_update_namespace,
        delete=_delete_namespace,
        retag=RETAG,
        replace=frozenset({"name", "vpc"}),
        name="name",
        defaults={"description": ""},
    ),
    ResourceType(
        urn_type="aws:servicediscovery/service:Service",
        create=_create_service,
        read=_read_service,
        update=_update_service,
        delete=_delete_service,
        retag=RETAG,
        replace=frozenset({"name", "namespaceId", "healthCheckCustomConfig", "type"}),
        name="name",
        name_length=127,
        identity=frozenset({"name", "namespaceId"}),
        defaults={"description": "", "forceDestroy": False},
    ),
)
