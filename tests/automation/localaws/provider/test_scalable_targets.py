"""Scalable targets and their policies, through create, no-op, change, import and delete over gRPC."""

import boto3
import grpc
import pytest

TARGET, POLICY = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
DIMENSION = "ecs:service:DesiredCount"


@pytest.fixture
def service(embedded):
    ecs = boto3.client(
        "ecs",
        endpoint_url=embedded[0].endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    ecs.create_cluster(clusterName="scaled")
    ecs.register_task_definition(
        family="scaled", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )
    ecs.create_service(cluster="scaled", serviceName="fleet", taskDefinition="scaled", desiredCount=0)
    yield "service/scaled/fleet"
    ecs.delete_service(cluster="scaled", service="fleet", force=True)
    ecs.delete_cluster(cluster="scaled")


def key(service: str) -> dict:
    return {"serviceNamespace": "ecs", "resourceId": service, "scalableDimension": DIMENSION}


def steps(workers: int) -> dict:
    return {
        "adjustmentType": "ExactCapacity",
        "cooldown": 60,
        "metricAggregationType": "Maximum",
        "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": workers}],
    }


def test_a_target_and_a_policy_of_it_are_made_changed_read_and_removed(engine, service):
    news = {**key(service), "minCapacity": 0, "maxCapacity": 3, "tags": {"A": "1"}}
    target = engine.create(TARGET, news)
    assert list(engine.diff(TARGET, target, news).diffs) == []
    wanted = {
        **key(service),
        "name": "one",
        "policyType": "StepScaling",
        "stepScalingPolicyConfiguration": steps(1),
    }
    policy = engine.create(POLICY, wanted)
    assert policy[1]["arn"].endswith("policyName/one")
    assert list(engine.diff(POLICY, policy, wanted).diffs) == []
    read = engine.read(POLICY, f"ecs/{service}/{DIMENSION}/one", {}, {})
    assert (read[0], read[1]["stepScalingPolicyConfiguration"]) == ("one", steps(1))
    changed = engine.update(POLICY, policy, {**wanted, "stepScalingPolicyConfiguration": steps(0)})
    assert changed[1]["stepScalingPolicyConfiguration"] == steps(0)
    wider = engine.update(TARGET, target, {**news, "maxCapacity": 5, "tags": {"B": "2"}})
    read = engine.read(TARGET, f"ecs/{service}/{DIMENSION}", {}, {})
    assert (read[0], read[1]["maxCapacity"], read[1]["tagsAll"]) == (service, 5, {"B": "2"})
    engine.delete(POLICY, changed)
    engine.delete(TARGET, wider)
    engine.delete(TARGET, wider)  # gone already is fine
    assert engine.read(TARGET, service, wider[1], wider[2])[0] == ""


def test_a_policy_of_what_nobody_registered_is_refused(engine, service):
    wanted = {**key(service), "name": "one", "stepScalingPolicyConfiguration": steps(1)}
    with pytest.raises(grpc.RpcError, match="No scalable target registered"):
        engine.create(POLICY, wanted)


@pytest.mark.parametrize(
    ("token", "odd", "named"),
    [
        (TARGET, {"minCapacity": 3, "maxCapacity": 1}, "maxCapacity"),
        (TARGET, {"minCapacity": -1, "maxCapacity": 1}, "minCapacity"),
        (TARGET, {"minCapacity": 0, "maxCapacity": 1, "serviceNamespace": "dynamodb"}, "serviceNamespace"),
        (POLICY, {"stepScalingPolicyConfiguration": {"adjustmentType": "Exactly"}}, "adjustmentType"),
        (
            POLICY,
            {"stepScalingPolicyConfiguration": {"stepAdjustments": []}},
            "stepScalingPolicyConfiguration",
        ),
        (POLICY, {"policyType": "Predictive"}, "policyType"),
    ],
)
def test_what_aws_refuses_is_refused(engine, token, odd, named):
    _, faults = engine.check(token, {**key("service/c/s"), **odd})
    assert [name for name, _ in faults] == [named]
