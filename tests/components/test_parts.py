"""The parts of a stack, each by what AWS would be asked for."""

import json
import re

import pulumi
import pytest

from components.naming import PROJECT, model_tag
from components.network import pick_zone
from components.outputs import StackOutputs
from tests.components.declared import declare, stack_values
from worker.domain import ledger_schema


def test_three_lanes_share_one_dead_letter_queue_which_admits_only_them(declaration):
    queues = {item.name: item.inputs for item in declaration.of_type("aws:sqs/queue:Queue")}
    assert set(queues) == {"queue-high", "queue-normal", "queue-low", "queue-dlq"}
    dead_letters = declaration.named("queue-dlq").inputs["name"]
    for lane in ("high", "normal", "low"):
        redrive = json.loads(queues[f"queue-{lane}"]["redrivePolicy"])
        assert redrive["deadLetterTargetArn"].endswith(dead_letters)
        assert redrive["maxReceiveCount"] >= 1
    sources = json.loads(declaration.named("queue-dlq-sources").inputs["redriveAllowPolicy"])
    assert sources["redrivePermission"] == "byQueue"
    assert len(sources["sourceQueueArns"]) == 3


def test_the_dead_letter_queue_keeps_messages_longer_than_any_lane(declaration):
    queues = {item.name: item.inputs for item in declaration.of_type("aws:sqs/queue:Queue")}
    longest = queues.pop("queue-dlq")["messageRetentionSeconds"]
    assert all(queue["messageRetentionSeconds"] < longest for queue in queues.values())


def test_every_queue_is_encrypted_long_polled_and_closed_to_plain_http(declaration):
    queues = declaration.of_type("aws:sqs/queue:Queue")
    assert all(queue.inputs["sqsManagedSseEnabled"] for queue in queues)
    assert all(queue.inputs["receiveWaitTimeSeconds"] == 20 for queue in queues)
    policies = declaration.of_type("aws:sqs/queuePolicy:QueuePolicy")
    assert len(policies) == len(queues)
    assert all('"aws:SecureTransport": "false"' in policy.inputs["policy"] for policy in policies)


def test_the_bucket_is_private_encrypted_owned_and_forgets(declaration):
    block = declaration.named("artifacts-private").inputs
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block[flag] is True for flag in flags)
    assert declaration.named("artifacts-ownership").inputs["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }
    (rule,) = declaration.named("artifacts-expiry").inputs["rules"]
    assert rule["expiration"]["days"] >= 1
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}
    statement = json.loads(declaration.named("artifacts-policy").inputs["policy"])["Statement"][0]
    assert len(statement["Resource"]) == 2


def test_only_production_keeps_old_versions_of_results(dev, prod):
    assert not dev.of_type("aws:s3/bucketVersioning:BucketVersioning")
    assert prod.only("aws:s3/bucketVersioning:BucketVersioning")


def test_the_ledger_has_the_keys_that_the_worker_writes(declaration):
    table = declaration.only("aws:dynamodb/table:Table").inputs
    assert (table["hashKey"], table["rangeKey"]) == (ledger_schema.PARTITION_KEY, ledger_schema.SORT_KEY)
    (index,) = table["globalSecondaryIndexes"]
    assert index["name"] == ledger_schema.BATCH_INDEX
    keys = [(key["attributeName"], key["keyType"]) for key in index["keySchemas"]]
    assert keys == [
        (ledger_schema.BATCH_INDEX_PARTITION_KEY, "HASH"),
        (ledger_schema.BATCH_INDEX_SORT_KEY, "RANGE"),
    ]
    assert table["ttl"] == {"attributeName": ledger_schema.EXPIRY_ATTRIBUTE, "enabled": True}
    assert {item["name"] for item in table["attributes"]} == {
        ledger_schema.PARTITION_KEY,
        ledger_schema.SORT_KEY,
        *(name for name, _ in keys),
    }
    assert table["billingMode"] == "PAY_PER_REQUEST"


def test_a_protected_ledger_has_backups_and_cannot_be_deleted(dev, prod):
    def guards(declaration):
        table = declaration.only("aws:dynamodb/table:Table").inputs
        return table["pointInTimeRecovery"]["enabled"], table["deletionProtectionEnabled"]

    assert guards(dev) == (False, False)
    assert guards(prod) == (True, True)


def test_nothing_from_outside_reaches_a_task(declaration):
    (way_in,) = declaration.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert way_in.inputs["referencedSecurityGroupId"] == "network-link-group-id"
    assert way_in.inputs["fromPort"] == way_in.inputs["toPort"] == 8080
    assert "cidrIpv4" not in way_in.inputs
    assert not [
        group
        for group in declaration.of_type("aws:ec2/securityGroup:SecurityGroup")
        if "ingress" in group.inputs
    ]


def test_security_groups_are_described_in_the_few_characters_that_ec2_takes(declaration):
    described = [item.inputs["description"] for item in declaration.resources if "ecurityGroup" in item.token]
    assert len(described) == 5
    assert all(re.fullmatch(r"[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}", text) for text in described)


def test_a_region_with_too_few_zones_is_refused_by_name():
    assert pick_zone(1, ["us-west-1a", "us-west-1c"]) == "us-west-1c"
    with pytest.raises(pulumi.RunError, match="offers us-west-1a: choose another aws:region"):
        pick_zone(1, ["us-west-1a"])


def test_tasks_reach_https_only_and_the_stores_without_the_internet(declaration):
    out = declaration.named("network-worker-out").inputs
    assert out["fromPort"] == out["toPort"] == 443
    endpoints = declaration.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert {item.inputs["serviceName"].rpartition(".")[2] for item in endpoints} == {"s3", "dynamodb"}
    assert {item.inputs["vpcEndpointType"] for item in endpoints} == {"Gateway"}


def test_nothing_costs_money_while_it_idles(declaration):
    tokens = {item.token for item in declaration.resources}
    assert not [
        token for token in tokens if "natGateway" in token or token.startswith(("aws:lb/", "aws:alb/"))
    ]


def test_subnets_lie_in_two_zones_and_do_not_overlap(declaration):
    subnets = [item.inputs for item in declaration.of_type("aws:ec2/subnet:Subnet")]
    assert len({subnet["availabilityZone"] for subnet in subnets}) == 2
    assert len({subnet["cidrBlock"] for subnet in subnets}) == 2
    assert not [subnet for subnet in subnets if subnet.get("mapPublicIpOnLaunch")]


def test_anyone_may_ask_for_health_but_only_signed_requests_reach_the_engine(declaration):
    routes = declaration.of_type("aws:apigatewayv2/route:Route")
    assert {item.inputs["routeKey"]: item.inputs["authorizationType"] for item in routes} == {
        "GET /health": "NONE",
        "ANY /api/{proxy+}": "AWS_IAM",
    }


def test_the_front_door_goes_through_the_vpc_link_to_discovered_workers(declaration):
    integration = declaration.only("aws:apigatewayv2/integration:Integration").inputs
    assert integration["connectionType"] == "VPC_LINK"
    assert integration["connectionId"] == "ingress-link-id"
    assert ":servicediscovery:" in integration["integrationUri"]
    stage = declaration.only("aws:apigatewayv2/stage:Stage").inputs
    assert stage["name"] == "$default"
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] > 0
    assert json.loads(stage["accessLogSettings"]["format"])["requestId"] == "$context.requestId"


def test_discovery_gives_the_port_as_well(declaration):
    service = declaration.only("aws:servicediscovery/service:Service").inputs
    assert service["dnsConfig"]["dnsRecords"] == [{"type": "SRV", "ttl": 10}]


def test_log_groups_forget(declaration):
    groups = declaration.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert len(groups) == 3
    assert all(group.inputs["retentionInDays"] for group in groups)
    outputs = StackOutputs.from_exports(declaration.outputs)
    assert outputs.log_group_name in {group.inputs["name"] for group in groups}


def test_poison_and_late_lanes_set_off_an_alarm_that_tells_the_topic(prod):
    alarms = {
        item.name: item.inputs
        for item in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if item.parent == "alarms"
    }
    assert set(alarms) == {"alarms-poison", "alarms-late-high", "alarms-late-normal", "alarms-late-low"}
    assert alarms["alarms-poison"]["threshold"] == 0
    assert alarms["alarms-late-normal"]["threshold"] == 600
    assert {alarm["dimensions"]["QueueName"] for alarm in alarms.values()} == {
        item.inputs["name"] for item in prod.of_type("aws:sqs/queue:Queue")
    }
    for alarm in alarms.values():
        assert alarm["alarmActions"][0].endswith("prod-alarms")
        assert alarm["treatMissingData"] == "notBreaching"


def test_somebody_is_told_of_alarms_only_where_the_stack_names_them():
    values = stack_values("dev")
    assert not declare("dev", values).of_type("aws:sns/topicSubscription:TopicSubscription")
    values[f"{PROJECT}:alarm_email"] = "team@example.com"
    mail = declare("dev", values).only("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (mail["protocol"], mail["endpoint"]) == ("email", "team@example.com")


def test_images_are_scanned_and_a_protected_stacks_are_never_overwritten(dev, prod):
    for declaration, mutability in ((dev, "MUTABLE"), (prod, "IMMUTABLE")):
        for repository in declaration.of_type("aws:ecr/repository:Repository"):
            assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
            assert repository.inputs["imageTagMutability"] == mutability


def test_a_stack_without_a_model_has_no_repository_for_one(local, dev):
    assert [item.name for item in local.of_type("aws:ecr/repository:Repository")] == ["image-worker"]
    assert len(dev.of_type("aws:ecr/repository:Repository")) == 2


def test_a_models_name_becomes_an_image_tag():
    assert model_tag("deepseek-coder:1.3b") == "deepseek-coder-1.3b"
    assert model_tag("library/qwen2.5-coder:0.5b") == "library-qwen2.5-coder-0.5b"
    assert model_tag("a:1b,b:7b") == "a-1b_b-7b"
