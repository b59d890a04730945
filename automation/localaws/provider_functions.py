"""Functions that a program may call: facts about the account and the region, policy documents, parameters."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props


def caller_identity(cloud: Cloud, _args: Props) -> Props:
    """Answer aws.getCallerIdentity."""
    answer = cloud.sts.get_caller_identity()
    return {
        "id": answer["Account"],
        "accountId": answer["Account"],
        "arn": answer["Arn"],
        "userId": answer["UserId"],
    }


def region(cloud: Cloud, args: Props) -> Props:
    """Answer aws.getRegion."""
    name = args.get("name") or args.get("region") or cloud.region
    return {
        "id": name,
        "name": name,
        "region": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": name,
    }


def partition(_cloud: Cloud, _args: Props) -> Props:
    """Answer aws.getPartition."""
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def availability_zones(cloud: Cloud, args: Props) -> Props:
    """Answer aws.getAvailabilityZones."""
    zones = cloud.ec2.describe_availability_zones()["AvailabilityZones"]
    excluded = {*(args.get("excludeNames") or []), *(args.get("excludeZoneIds") or [])}
    zones = [
        zone
        for zone in zones
        if excluded.isdisjoint({zone["ZoneName"], zone["ZoneId"]})
        and zone["State"] == (args.get("state") or "available")
    ]
    return {
        **args,
        "id": cloud.region,
        "region": cloud.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [cloud.region],
    }


def policy_document(_cloud: Cloud, args: Props) -> Props:
    """Answer aws.iam.getPolicyDocument; pure."""
    document: Props = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    statements: list[Props] = []
    for source in args.get("sourcePolicyDocuments") or []:
        statements.extend(_listed(json.loads(source).get("Statement")))
    statements.extend(_statement(statement) for statement in args.get("statements") or [])
    for override in args.get("overridePolicyDocuments") or []:
        extra = _listed(json.loads(override).get("Statement"))
        replaced = {statement.get("Sid") for statement in extra} - {None}
        statements = [statement for statement in statements if statement.get("Sid") not in replaced] + extra
    document["Statement"] = statements
    text = json.dumps(document, indent=2)
    return {
        **args,
        "id": hashlib.sha256(text.encode()).hexdigest()[:10],
        "json": text,
        "minifiedJson": json.dumps(document),
    }


def _statement(statement: Props) -> Props:
    answer: Props = {"Sid": statement["sid"]} if statement.get("sid") else {}
    answer["Effect"] = statement.get("effect") or "Allow"
    for source, target in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if statement.get(source):
            answer[target] = _single(statement[source])
    for source, target in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if statement.get(source):
            answer[target] = _principals(statement[source])
    for condition in statement.get("conditions") or []:
        tests = answer.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests[condition["variable"]] = _single(condition["values"])
    return answer


def _principals(principals: list[Props]) -> Any:
    if any(item["type"] == "*" for item in principals):
        return "*"
    return {item["type"]: _single(item["identifiers"]) for item in principals}


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _listed(value: Any) -> list[Props]:
    return value if isinstance(value, list) else [value] if value else []


def ssm_parameter(cloud: Cloud, args: Props) -> Props:
    """Answer aws.ssm.getParameter."""
    parameter = cloud.ssm.get_parameter(
        Name=args["name"], WithDecryption=args.get("withDecryption", True) is not False
    )["Parameter"]
    insecure = parameter["Value"] if parameter["Type"] != "SecureString" else None
    return {
        **args,
        "id": parameter["Name"],
        "arn": parameter["ARN"],
        "type": parameter["Type"],
        "value": parameter["Value"],
        "insecureValue": insecure,
        "version": parameter["Version"],
        "region": cloud.region,
    }


def prefix_list(cloud: Cloud, args: Props) -> Props:
    """Answer aws.ec2.getPrefixList and getManagedPrefixList: names and ids of AWS's own address lists."""
    wanted_name, wanted_id = args.get("name"), args.get("prefixListId") or args.get("id")
    for page in cloud.ec2.get_paginator("describe_managed_prefix_lists").paginate():
        for found in page["PrefixLists"]:
            if wanted_name in {None, found["PrefixListName"]} and wanted_id in {None, found["PrefixListId"]}:
                return _prefix_list(cloud, found)
    raise CloudFault(f"InvalidPrefixListID.NotFound: no prefix list {wanted_name or wanted_id}")


def _prefix_list(cloud: Cloud, found: Mapping[str, Any]) -> Props:
    entries = cloud.ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"]).get("Entries", [])
    return {
        "id": found["PrefixListId"],
        "prefixListId": found["PrefixListId"],
        "name": found["PrefixListName"],
        "arn": found.get("PrefixListArn"),
        "addressFamily": found.get("AddressFamily"),
        "ownerId": found.get("OwnerId"),
        "cidrBlocks": [entry["Cidr"] for entry in entries],
        "entries": [
            {"cidr": entry["Cidr"], "description": entry.get("Description", "")} for entry in entries
        ],
        "maxEntries": found.get("MaxEntries") or len(entries),
        "region": cloud.region,
        "tags": {},
        "version": found.get("Version") or 1,
    }


FUNCTIONS: Mapping[str, Callable[[Cloud, Props], Props]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": policy_document,
    "aws:ssm/getParameter:getParameter": ssm_parameter,
    "aws:ec2/getPrefixList:getPrefixList": prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": prefix_list,
}
