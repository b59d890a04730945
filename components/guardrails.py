"""Pure: what no stack may be, whoever writes the program. One list for the policy pack, for the driver's plans and for the tests.

| rule               | no stack has…                                                                        |
|--------------------|--------------------------------------------------------------------------------------|
| private-buckets    | a bucket that the public might reach                                                 |
| encrypted-at-rest  | a bucket, queue, repository or disk without encryption                               |
| narrow-rights      | a grant of `*`, or a resource that anybody may use                                   |
| logs-expire        | a log group that keeps lines for ever                                                |
| tagged             | a resource that the leftover scan and the bill can't tell                            |
| closed-network     | a way in from everywhere, or a balancer on the internet                              |
| dead-letters       | a queue that drops what nobody can process                                           |
| protected-data     | production whose data may be deleted in passing                                      |

A plan knows only part of what will be: what is not known yet is not judged, and is judged when it is.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.permissions import WITHOUT_RESOURCE

PRODUCTION = "prod"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that only a deployment will tell."""
OWN_TAGS = ("Project", "Environment", "ManagedBy")
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})

BUCKET, QUEUE = "aws:s3/bucket:Bucket", "aws:sqs/queue:Queue"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
COMPANIONS = (
    ("private-buckets", BLOCK, "a block of public access"),
    ("encrypted-at-rest", ENCRYPTION, "a setting of encryption"),
)
"""Rule, type, and what it is: one for each bucket."""
HOLDS_DATA = frozenset({BUCKET, QUEUE, "aws:dynamodb/table:Table"})
TAGLESS = frozenset({"aws:autoscaling/group:Group"})
"""These have a list of tags in a form of their own."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A resource as a rule sees it."""

    type: str
    """Pulumi's type token."""
    name: str
    """Logical name."""
    inputs: Mapping[str, Any]
    """What it is asked to be, in camelCase."""
    is_protected: bool | None = None
    """Pulumi's protection; None where the caller can't know."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that a rule forbids."""

    rule: str
    """Name of the rule."""
    resource: str
    """Logical name of the resource."""
    text: str
    """What is wrong and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that no stack may be."""

    name: str
    """Kebab-case, stable."""
    description: str
    """What it demands."""
    check: Callable[[Judged], Iterable[str]]
    """What is wrong with one resource."""
    is_for_production: bool = False
    """It binds production alone."""


def violations(resources: Sequence[Judged], *, environment: str) -> list[Violation]:
    """Return everything that the rules forbid in a stack."""
    alone = [found for resource in resources for found in violations_of(resource, environment=environment)]
    return [*alone, *violations_together(resources)]


def violations_of(resource: Judged, *, environment: str) -> list[Violation]:
    """Return what the rules forbid of one resource."""
    return [
        Violation(rule=rule.name, resource=resource.name, text=text)
        for rule in RULES
        if not rule.is_for_production or environment == PRODUCTION
        for text in rule.check(resource)
    ]


def violations_together(resources: Sequence[Judged]) -> list[Violation]:
    """Return what only the whole stack shows: a bucket's settings are resources of their own, and may be missing."""
    buckets = [it for it in resources if it.type == BUCKET]
    return [
        Violation(
            rule=rule, resource=buckets[-1].name, text=f"{len(buckets)} buckets, {there} of them with {what}"
        )
        for rule, token, what in COMPANIONS
        if (there := sum(it.type == token for it in resources)) < len(buckets)
    ]


def is_known(value: object) -> bool:
    """Say whether a plan knows a value."""
    return value != UNKNOWN


def _private_buckets(it: Judged) -> Iterator[str]:
    if it.type == BLOCK:
        switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        for switch in switches:
            if it.inputs.get(switch) is not True and is_known(it.inputs.get(switch)):
                yield f"{switch} must be true"
    elif it.type.startswith("aws:s3/bucketAcl"):
        yield "access lists can make a bucket public: use a policy"


def _encrypted(it: Judged) -> Iterator[str]:
    if it.type == QUEUE and not (it.inputs.get("sqsManagedSseEnabled") or it.inputs.get("kmsMasterKeyId")):
        yield "the queue's messages are not encrypted: sqsManagedSseEnabled"
    if it.type == "aws:ecr/repository:Repository" and not it.inputs.get("encryptionConfigurations"):
        yield "the repository says nothing of encryption: encryptionConfigurations"
    if it.type == ENCRYPTION and not it.inputs.get("rules"):
        yield "the bucket has no rule of encryption"
    for disk in _disks(it):
        if str((disk.get("ebs") or {}).get("encrypted", "")).lower() != "true":
            yield f"the disk {disk.get('deviceName')} is not encrypted"


def _disks(it: Judged) -> Sequence[Any]:
    return (it.inputs.get("blockDeviceMappings") or ()) if it.type == TEMPLATE else ()


def _narrow_rights(it: Judged) -> Iterator[str]:
    for key in ("policy", "assumeRolePolicy", "inlinePolicy"):
        document = _document(it.inputs.get(key))
        for statement in _listed(document.get("Statement", ())):
            if statement.get("Effect") == "Allow":
                yield from _too_wide(statement)
    if it.type.startswith("aws:iam/") and it.inputs.get("managedPolicyArns"):
        yield "a managed policy grants more than the fleet does: write the statements"


def _too_wide(statement: Mapping[str, Any]) -> Iterator[str]:
    actions, resources = _listed(statement.get("Action", ())), _listed(statement.get("Resource", ()))
    if "NotAction" in statement or "NotResource" in statement or "NotPrincipal" in statement:
        yield "a grant of everything but something grants what does not exist yet"
    for action in actions:
        if "*" in str(action):
            yield f"the grant of {action} names no action"
    if "*" in resources and not set(actions) <= WITHOUT_RESOURCE:
        yield f"{', '.join(map(str, actions))} is granted on every resource"
    if _is_for_anybody(statement.get("Principal")) and not statement.get("Condition"):
        yield "anybody is granted it"


def _is_for_anybody(principal: object) -> bool:
    named = _listed(principal.get("AWS", ())) if isinstance(principal, Mapping) else _listed(principal)
    return "*" in named


def _logs_expire(it: Judged) -> Iterator[str]:
    if it.type == "aws:cloudwatch/logGroup:LogGroup" and not it.inputs.get("retentionInDays"):
        yield "its lines are kept for ever: retentionInDays"


def _tagged(it: Judged) -> Iterator[str]:
    tags = it.inputs.get("tags")
    if it.type in TAGLESS or not isinstance(tags, Mapping):
        return
    missing = [tag for tag in OWN_TAGS if not tags.get(tag)]
    if missing:
        yield f"it lacks the tags {', '.join(missing)}"


def _closed_network(it: Judged) -> Iterator[str]:
    if EVERYWHERE & set(_sources(it)):
        yield "it lets everybody in"
    if it.type == "aws:lb/loadBalancer:LoadBalancer" and it.inputs.get("internal") is not True:
        yield "the balancer is on the internet: internal"
    metadata = it.inputs.get("metadataOptions") or {}
    if it.type == TEMPLATE and metadata.get("httpTokens") != "required":
        yield "the instance's credentials can be had without a session token: httpTokens"


def _sources(it: Judged) -> Iterator[str]:
    """Return whom a group lets in, by both ways of saying it."""
    if it.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        yield from (str(it.inputs.get(key)) for key in ("cidrIpv4", "cidrIpv6"))
    if it.type == "aws:ec2/securityGroup:SecurityGroup":
        for rule in it.inputs.get("ingress") or ():
            yield from [*(rule.get("cidrBlocks") or ()), *(rule.get("ipv6CidrBlocks") or ())]


def _dead_letters(it: Judged) -> Iterator[str]:
    if it.type == QUEUE and not it.inputs.get("redrivePolicy") and not it.name.endswith("-dlq"):
        yield "what nobody can process is dropped: redrivePolicy"


def _protected_data(it: Judged) -> Iterator[str]:
    if it.type in HOLDS_DATA and it.is_protected is False:
        yield "production's data is not protected: set protect"
    if it.type == "aws:dynamodb/table:Table" and it.inputs.get("deletionProtectionEnabled") is not True:
        yield "the table may be deleted: deletionProtectionEnabled"
    if it.type == BUCKET and it.inputs.get("forceDestroy"):
        yield "the bucket is emptied by a destroy: forceDestroy"


RULES: tuple[Rule, ...] = (
    Rule(name="private-buckets", description="Buckets are closed to the public", check=_private_buckets),
    Rule(name="encrypted-at-rest", description="What is stored is encrypted", check=_encrypted),
    Rule(
        name="narrow-rights",
        description="Grants name actions, resources and principals",
        check=_narrow_rights,
    ),
    Rule(name="logs-expire", description="Log groups forget", check=_logs_expire),
    Rule(name="tagged", description="Resources carry the stack's tags", check=_tagged),
    Rule(name="closed-network", description="Nobody gets in but by the front door", check=_closed_network),
    Rule(name="dead-letters", description="Queues keep what nobody can process", check=_dead_letters),
    Rule(
        name="protected-data",
        description="Production's data is not deleted in passing",
        check=_protected_data,
        is_for_production=True,
    ),
)


def _document(value: object) -> Mapping[str, Any]:
    """A policy is JSON text; one that is not known yet says nothing."""
    if not isinstance(value, str) or not is_known(value):
        return {}
    try:
        document = json.loads(value)
    except ValueError:
        return {}
    return document if isinstance(document, Mapping) else {}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
