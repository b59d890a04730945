"""The stack as a whole: outputs, tokens, tags, names, protection."""

import re

import pulumi
import pulumi_aws
import pytest

from components.naming import PROJECT
from components.outputs import StackOutputs
from tests.components.declared import ACCOUNT, declare, stack_values

TOKENS = {
    "network": "ddf:fleet:Network",
    "observability": "ddf:fleet:Observability",
    "queue": "ddf:fleet:JobQueue",
    "artifacts": "ddf:fleet:Artifacts",
    "ledger": "ddf:fleet:Ledger",
    "image": "ddf:fleet:Image",
    "ingress": "ddf:fleet:Ingress",
    "alarms": "ddf:fleet:Alarms",
    "budget": "ddf:fleet:Budget",
    "watchdogs": "ddf:fleet:Watchdogs",
    "dashboard": "ddf:fleet:Dashboard",
    "autoscaling": "ddf:fleet:Autoscaling",
    "rescue": "ddf:fleet:Rescue",
    "fleet": "ddf:fleet:FargateFleet",
    "fleet-roles": "ddf:fleet:TaskRoles",
}
"""For ever: another name or token is another resource, and the old one is deleted with its data."""

LIMITS = {
    "aws:sqs/queue:Queue": ("name", r"[A-Za-z0-9_-]{1,80}"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "aws:dynamodb/table:Table": ("name", r"[A-Za-z0-9_.-]{3,255}"),
    "aws:ecr/repository:Repository": ("name", r"[a-z0-9][a-z0-9._/-]{1,255}"),
    "aws:ecs/cluster:Cluster": ("name", r"[A-Za-z0-9_-]{1,255}"),
    "aws:ecs/service:Service": ("name", r"[A-Za-z0-9_-]{1,255}"),
    "aws:ecs/taskDefinition:TaskDefinition": ("family", r"[A-Za-z0-9_-]{1,255}"),
    "aws:iam/role:Role": ("name", r"[\w+=,.@-]{1,64}"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[\w./#-]{1,512}"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", r"[ -~]{1,255}"),
    "aws:budgets/budget:Budget": ("name", r"[^:\\]{1,100}"),
    "aws:sns/topic:Topic": ("name", r"[A-Za-z0-9_-]{1,256}"),
    "aws:apigatewayv2/api:Api": ("name", r".{1,128}"),
    "aws:apigatewayv2/vpcLink:VpcLink": ("name", r".{1,128}"),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ("name", r"[a-z0-9.-]{1,253}"),
}

LONGEST = "a" * 14


def test_the_outputs_are_exactly_those_that_the_driver_reads(declaration):
    outputs = StackOutputs.from_exports(declaration.outputs)
    assert outputs.service_endpoints[0].startswith("https://")
    assert outputs.account_id == ACCOUNT
    assert outputs.queue_url.endswith("-queue")
    assert len(declaration.outputs) == len(StackOutputs.__dataclass_fields__)


def test_names_and_tokens_of_components_never_change(declaration):
    components = {item.name: item.token for item in declaration.resources if item.token.startswith("ddf:")}
    assert components == TOKENS


def test_every_resource_belongs_to_a_component_and_is_named_after_it(declaration):
    for item in declaration.resources:
        if item.token.startswith("aws:"):
            assert item.parent in TOKENS, item.name
            assert item.name.startswith(f"{item.parent}-"), item.name


def test_every_taggable_resource_has_the_tags_that_the_leftover_scan_looks_for(declaration):
    tagged = [item for item in declaration.resources if is_taggable(item.token)]
    assert len(tagged) > 25
    for item in tagged:
        tags = item.inputs.get("tags", {})
        assert tags.get("Project") == PROJECT, item.name
        assert tags.get("Environment") == declaration.outputs["Environment"], item.name
        assert tags.get("ManagedBy") == "pulumi", item.name
        assert tags.get("Component") in TOKENS, item.name
        assert tags.get("Name"), item.name


def test_everything_that_aws_gives_a_name_has_ours(declaration):
    for item in declaration.resources:
        if item.token in LIMITS:
            name = str(item.inputs[LIMITS[item.token][0]])
            assert PROJECT in name, item.name


@pytest.mark.parametrize("stack", ["local", "staging", LONGEST])
def test_names_fit_what_aws_allows_even_for_the_longest_stack_name(stack):
    declaration = declare(stack, stack_values("prod"))
    checked = 0
    for item in declaration.resources:
        if item.token in LIMITS:
            key, pattern = LIMITS[item.token]
            assert re.fullmatch(pattern, item.inputs[key]), f"{item.name}: {item.inputs[key]}"
            checked += 1
    assert checked >= len(LIMITS)


def test_two_stacks_share_no_name(dev, prod):
    def names(declaration):
        keys = {token: key for token, (key, _) in LIMITS.items() if token != "aws:ecs/service:Service"}
        return {
            (item.token, item.inputs[keys[item.token]])
            for item in declaration.resources
            if item.token in keys
        }

    assert names(dev).isdisjoint(names(prod))


def test_production_protects_what_holds_data_and_nothing_else(prod):
    protected = {
        item.parent for item in prod.resources if item.is_protected and item.token.startswith("aws:")
    }
    assert protected == {"queue", "artifacts", "ledger"}


def test_other_stacks_can_be_destroyed_whole(dev):
    assert not [item.name for item in dev.resources if item.is_protected]
    assert dev.only("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
    assert all(item.inputs["forceDelete"] for item in dev.of_type("aws:ecr/repository:Repository"))


def test_a_stack_with_mistakes_declares_nothing_and_shows_them_all():
    values = {
        **stack_values("dev"),
        f"{PROJECT}:instances": "many",
        f"{PROJECT}:cpu": "1",
        f"{PROJECT}:colour": "red",
    }
    with pytest.raises(pulumi.RunError, match="3 mistakes") as caught:
        declare("dev", values)
    assert all(word in str(caught.value) for word in ("instances", "cpu", "colour"))


def test_a_stack_whose_name_does_not_fit_says_so():
    with pytest.raises(pulumi.RunError, match="longer than 14"):
        declare("a" * 15, stack_values("dev"))


def is_taggable(token: str) -> bool:
    """Ask the SDK itself whether a resource takes tags."""
    if not token.startswith("aws:"):
        return False
    module, _, class_name = token.removeprefix("aws:").rpartition(":")
    package = module.partition("/")[0].replace("lambda", "lambda_")  # a word of Python's own
    resource = getattr(getattr(pulumi_aws, package), class_name)
    return hasattr(resource, "tags")
