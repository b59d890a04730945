"""The tagging API finds what the fleet makes: a scan for leftovers is only worth what it sees."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.resource_tagging import TaggedResource, make_tag_matcher, match_resource_type
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from automation.localaws.patches.replacement import replace, stock

Filters = list[dict[str, Any]] | None
GONE_STATES = frozenset({"deleted", "terminated"})


def apply() -> None:
    """Add the types that moto's tagging API passes over, and leave out the dead."""
    backend = ResourceGroupsTaggingAPIBackend
    original = stock(backend, "_get_resources_generator")
    replace(backend, "_get_resources_generator", _get_resources(original))


def _get_resources(original: Any) -> Any:
    def get_resources(
        self: Any,
        tag_filters: Filters = None,
        resource_type_filters: list[str] | None = None,
        resource_arn_list: list[str] | None = None,
    ) -> Iterator[TaggedResource]:
        matches = make_tag_matcher(tag_filters)
        dead = _dead_arns(self.account_id, self.region_name)
        for resource in original(self, tag_filters, resource_type_filters, resource_arn_list):
            if resource.arn not in dead:
                yield resource
        for resource in _further(self.account_id, self.region_name):
            if (
                resource.tags
                and match_resource_type(resource.resource_type, resource_type_filters)
                and matches(resource.tags)
                and (not resource_arn_list or resource.arn in resource_arn_list)
            ):
                yield resource

    return get_resources


def _further(account_id: str, region: str) -> Iterator[TaggedResource]:
    readers = {
        "apigatewayv2": _of_api_gateway,
        "codebuild": _of_codebuild,
        "ec2": _of_ec2,
        "ecr": _of_ecr,
        "events": _of_events,
        "servicediscovery": _of_service_discovery,
    }
    for service, read in readers.items():
        backend = _backend_in_use(service, account_id, region)
        if backend is not None:
            yield from read(backend)


def _backend_in_use(service: str, account_id: str, region: str) -> Any:
    kind: Any = BackendDict
    for backends in list(kind._instances):
        if backends.service_name == service and account_id in backends:
            return backends[account_id].get(region)
    return None


def _dead_arns(account_id: str, region: str) -> set[str]:
    backend = _backend_in_use("ec2", account_id, region)
    if backend is None:
        return set()
    prefix = f"arn:aws:ec2:{region}:{account_id}"
    gateways = {
        f"{prefix}:natgateway/{item.id}"
        for item in backend.nat_gateways.values()
        if item.state in GONE_STATES
    }
    instances = {
        f"{prefix}:instance/{item.id}"
        for reservation in backend.reservations.values()
        for item in reservation.instances
        if item.state in GONE_STATES
    }
    return gateways | instances


def _of_api_gateway(backend: Any) -> Iterator[TaggedResource]:
    prefix = f"arn:aws:apigateway:{backend.region_name}::"
    for api in backend.apis.values():
        tags = backend.get_tags(api.arn)
        yield TaggedResource(arn=f"{prefix}/apis/{api.api_id}", tags=tags, resource_type="apigateway:apis")
        for stage in api.stages.values():
            arn = f"{prefix}/apis/{api.api_id}/stages/{stage.name}"
            yield TaggedResource(arn=arn, tags=dict(stage.tags or {}), resource_type="apigateway:stages")
    for link in backend.vpc_links.values():
        tags = backend.get_tags(link.arn)
        yield TaggedResource(
            arn=f"{prefix}/vpclinks/{link.id}", tags=tags, resource_type="apigateway:vpclinks"
        )


def _of_codebuild(backend: Any) -> Iterator[TaggedResource]:
    for project in backend.codebuild_projects.values():
        tags = {tag["key"]: tag["value"] for tag in project.tags or ()}
        yield TaggedResource(arn=project.arn, tags=tags, resource_type="codebuild:project")


def _of_ec2(backend: Any) -> Iterator[TaggedResource]:
    kinds: dict[str, Iterable[str]] = {
        "elastic-ip": [address.allocation_id for address in backend.addresses if address.allocation_id],
        "vpc-endpoint": backend.vpc_end_points,
        "launch-template": backend.launch_templates,
    }
    for kind, names in kinds.items():
        for name in names:
            arn = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:{kind}/{name}"
            yield TaggedResource(arn=arn, tags=dict(backend.tags.get(name, {})), resource_type=f"ec2:{kind}")


def _of_ecr(backend: Any) -> Iterator[TaggedResource]:
    for repository in backend.repositories.values():
        tags = backend.tagger.get_tag_dict_for_resource(repository.arn)
        yield TaggedResource(arn=repository.arn, tags=tags, resource_type="ecr:repository")


def _of_events(backend: Any) -> Iterator[TaggedResource]:
    for bus in backend.event_buses.values():
        for rule in bus.rules.values():
            tags = backend.tagger.get_tag_dict_for_resource(rule.arn)
            yield TaggedResource(arn=rule.arn, tags=tags, resource_type="events:rule")


def _of_service_discovery(backend: Any) -> Iterator[TaggedResource]:
    for kind, items in (("namespace", backend.namespaces), ("service", backend.services)):
        for item in items.values():
            tags = backend.tagger.get_tag_dict_for_resource(item.arn)
            yield TaggedResource(arn=item.arn, tags=tags, resource_type=f"servicediscovery:{kind}")
