"""Finds in the cloud what an interrupted creation may have left: by the name or the tags that were asked for.

A finder returns None where the resource is not there; it never guesses: what has no finder is for a person to decide.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from automation.driver.finders_compute import COMPUTE_FINDERS
from automation.driver.pending import Found

ClientOf = Callable[[str], Any]
Inputs = Mapping[str, Any]
Finder = Callable[[ClientOf, Inputs], Iterable[Found]]

_ABSENT_CODES = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404", "InvalidParameterValue.Missing")


def find(client_of: ClientOf, type_token: str, inputs: Inputs, *, known: frozenset[str]) -> Found | None:
    """Return what is there and is no other entry of the state (`known`, of the same type); raises ClientError where AWS refuses to tell."""
    try:
        candidates = tuple(FINDERS[type_token](client_of, inputs))
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if any(word in code for word in _ABSENT_CODES):
            return None
        raise
    return next((one for one in candidates if one.outputs.get("arn", one.resource_id) not in known), None)


def pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterable[Any]:
    """Yield the entries of every page."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])


def _described(service: str, operation: str, id_from: str, **arguments: str) -> Finder:
    """Find what a call describes by name: `arguments` maps its parameters to inputs, `id_from` leads to the id."""

    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        call = getattr(client_of(service), operation)
        answer = call(**{parameter: inputs[name] for parameter, name in arguments.items()})
        identity: Any = answer
        for part in id_from.split("."):
            identity = identity[part]
        yield Found(resource_id=str(identity))

    return finder


def _named(service: str, operation: str, key: str, *, name: str, identity: str) -> Finder:
    """Find by name in a paginated list."""

    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        for entry in pages(client_of(service), operation, key):
            if entry[name] == inputs["name"]:
                yield Found(resource_id=str(entry[identity]))

    return finder


def _tagged(operation: str, key: str, identity: str) -> Finder:
    """Find a part of a network by the tags that say its name and stack."""

    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        tags = inputs.get("tags") or {}
        if not {"Name", "Project", "Environment"} <= tags.keys():
            return
        filters = [
            {"Name": f"tag:{name}", "Values": [tags[name]]} for name in ("Name", "Project", "Environment")
        ]
        for entry in pages(client_of("ec2"), operation, key, Filters=filters):
            if entry.get("State", entry.get("state")) not in {"deleted", "deleting"}:
                yield Found(resource_id=str(entry[identity]))

    return finder


def _bucket(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    client_of("s3").head_bucket(Bucket=inputs["bucket"])
    yield Found(resource_id=str(inputs["bucket"]))


def _repository(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    for one in client_of("ecr").describe_repositories(repositoryNames=[inputs["name"]])["repositories"]:
        yield Found(resource_id=str(one["repositoryName"]))


def _log_group(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    name = str(inputs["name"])
    groups = pages(client_of("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    yield from (Found(resource_id=name) for group in groups if group["logGroupName"] == name)


def _alarm(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    names = [str(inputs.get("name") or inputs["alarmName"])]
    answer = client_of("cloudwatch").describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for alarm in [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]:
        yield Found(resource_id=str(alarm["AlarmName"]), outputs={"arn": alarm["AlarmArn"]})


def _topic(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    for topic in pages(client_of("sns"), "list_topics", "Topics"):
        if topic["TopicArn"].rsplit(":", 1)[-1] == inputs["name"]:
            yield Found(resource_id=str(topic["TopicArn"]), outputs={"arn": topic["TopicArn"]})


def _ecs_cluster(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    for cluster in client_of("ecs").describe_clusters(clusters=[inputs["name"]])["clusters"]:
        if cluster["status"] == "ACTIVE":
            yield Found(resource_id=cluster["clusterArn"], outputs={"arn": cluster["clusterArn"]})


def _ecs_service(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    answer = client_of("ecs").describe_services(cluster=inputs["cluster"], services=[inputs["name"]])
    for service in answer["services"]:
        if service["status"] == "ACTIVE":
            yield Found(resource_id=service["serviceArn"], outputs={"arn": service["serviceArn"]})


def _task_definition(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    """Every active revision, the newest first: the one that the state does not know is the one that was just made."""
    client, family = client_of("ecs"), str(inputs["family"])
    arns = pages(client, "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE")
    mine = [str(arn) for arn in arns if str(arn).rsplit("/", 1)[-1].rsplit(":", 1)[0] == family]
    for arn in sorted(mine, key=lambda one: -int(one.rsplit(":", 1)[-1])):
        yield Found(resource_id=family, outputs={"arn": arn, "revision": int(arn.rsplit(":", 1)[-1])})


def _security_group_rule(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    filters = [{"Name": "group-id", "Values": [inputs["securityGroupId"]]}]
    rules = pages(client_of("ec2"), "describe_security_group_rules", "SecurityGroupRules", Filters=filters)
    wanted = {
        "CidrIpv4": inputs.get("cidrIpv4"),
        "PrefixListId": inputs.get("prefixListId"),
        "FromPort": inputs.get("fromPort"),
        "IpProtocol": str(inputs["ipProtocol"]),
    }
    group = inputs.get("referencedSecurityGroupId")
    for rule in rules:
        seen = {name: rule.get(name) for name in wanted}
        seen["FromPort"] = None if seen["FromPort"] == -1 else seen["FromPort"]
        if seen == wanted and (rule.get("ReferencedGroupInfo") or {}).get("GroupId") == group:
            yield Found(resource_id=rule["SecurityGroupRuleId"])


def _route(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    table, target = str(inputs["routeTableId"]), inputs.get("destinationCidrBlock")
    for one in client_of("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]:
        for route in one["Routes"]:
            if target and route.get("DestinationCidrBlock") == target:
                yield Found(resource_id=f"{table}_{target}", is_import_id=True)


def _route_association(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    filters = [{"Name": "association.subnet-id", "Values": [inputs["subnetId"]]}]
    for table in pages(client_of("ec2"), "describe_route_tables", "RouteTables", Filters=filters):
        for association in table["Associations"]:
            is_mine = association.get("SubnetId") == inputs["subnetId"]
            if is_mine and table["RouteTableId"] == inputs["routeTableId"]:
                yield Found(resource_id=association["RouteTableAssociationId"])


def _of_api(operation: str, *, identity: str, field: str, wanted: str) -> Finder:
    """Find a part of an HTTP API: by its route key, its target, its name."""

    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        for entry in getattr(client_of("apigatewayv2"), operation)(ApiId=inputs["apiId"]).get("Items", []):
            if entry.get(field) == inputs.get(wanted):
                yield Found(resource_id=str(entry[identity]))

    return finder


def _of_gateway(operation: str, identity: str) -> Finder:
    def finder(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
        for entry in getattr(client_of("apigatewayv2"), operation)().get("Items", []):
            if entry["Name"] == inputs["name"]:
                yield Found(resource_id=str(entry[identity]))

    return finder


def _discovery_service(client_of: ClientOf, inputs: Inputs) -> Iterable[Found]:
    namespace = str((inputs.get("dnsConfig") or {}).get("namespaceId") or inputs.get("namespaceId") or "")
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace]}]
    for entry in pages(client_of("servicediscovery"), "list_services", "Services", Filters=filters):
        if entry["Name"] == inputs["name"]:
            yield Found(resource_id=str(entry["Id"]))


FINDERS: Mapping[str, Finder] = {
    **COMPUTE_FINDERS,
    "aws:sqs/queue:Queue": _described("sqs", "get_queue_url", "QueueUrl", QueueName="name"),
    "aws:ecr/repository:Repository": _repository,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:dynamodb/table:Table": _described("dynamodb", "describe_table", "Table.TableName", TableName="name"),
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _alarm,
    "aws:cloudwatch/dashboard:Dashboard": _described(
        "cloudwatch", "get_dashboard", "DashboardName", DashboardName="dashboardName"
    ),
    "aws:cloudwatch/eventRule:EventRule": _described("events", "describe_rule", "Name", Name="name"),
    "aws:sns/topic:Topic": _topic,
    "aws:ecs/cluster:Cluster": _ecs_cluster,
    "aws:ecs/service:Service": _ecs_service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:iam/role:Role": _described("iam", "get_role", "Role.RoleName", RoleName="name"),
    "aws:iam/policy:Policy": _named("iam", "list_policies", "Policies", name="PolicyName", identity="Arn"),
    "aws:ec2/vpc:Vpc": _tagged("describe_vpcs", "Vpcs", "VpcId"),
    "aws:ec2/subnet:Subnet": _tagged("describe_subnets", "Subnets", "SubnetId"),
    "aws:ec2/internetGateway:InternetGateway": _tagged(
        "describe_internet_gateways", "InternetGateways", "InternetGatewayId"
    ),
    "aws:ec2/natGateway:NatGateway": _tagged("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws:ec2/routeTable:RouteTable": _tagged("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws:ec2/securityGroup:SecurityGroup": _tagged("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _tagged("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "aws:ec2/route:Route": _route,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _route_association,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule,
    "aws:apigatewayv2/api:Api": _of_gateway("get_apis", "ApiId"),
    "aws:apigatewayv2/vpcLink:VpcLink": _of_gateway("get_vpc_links", "VpcLinkId"),
    "aws:apigatewayv2/integration:Integration": _of_api(
        "get_integrations", identity="IntegrationId", field="IntegrationUri", wanted="integrationUri"
    ),
    "aws:apigatewayv2/route:Route": _of_api(
        "get_routes", identity="RouteId", field="RouteKey", wanted="routeKey"
    ),
    "aws:apigatewayv2/stage:Stage": _of_api(
        "get_stages", identity="StageName", field="StageName", wanted="name"
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _named(
        "servicediscovery", "list_namespaces", "Namespaces", name="Name", identity="Id"
    ),
    "aws:servicediscovery/service:Service": _discovery_service,
    "aws:ssm/parameter:Parameter": _described("ssm", "get_parameter", "Parameter.Name", Name="name"),
    "aws:secretsmanager/secret:Secret": _described(
        "secretsmanager", "describe_secret", "ARN", SecretId="name"
    ),
}
"""By type; what stands neither here nor in REPEATABLE is looked for by its tags, and a person decides."""

REPEATABLE = frozenset(
    {
        "aws:apigatewayv2/apiMapping:ApiMapping",
        "aws:appautoscaling/policy:Policy",
        "aws:appautoscaling/target:Target",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
    }
)
"""Creating one of these twice is the same as once, and it goes with what it belongs to: AWS puts, it does not add."""
