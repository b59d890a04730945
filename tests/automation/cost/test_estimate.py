"""What a plan costs."""

from dataclasses import replace
from datetime import date

import pytest

from automation.cost.charges import Per
from automation.cost.estimate import PlanCost, estimate
from automation.cost.planned import PlannedResource, deployed_resources, planned_resources
from automation.cost.usage import UseOfFleet
from components.prices import PriceTable, read_prices
from tests.automation.cost.plans import MIXED, QUEUE, fargate, resource, step, view_of

TABLE = read_prices()
HOME = "us-east-1"
USE = UseOfFleet(workers=2, concurrency=1, service_seconds=36.0)


def cost_of(
    *resources: PlannedResource, use: UseOfFleet = USE, region: str = HOME, table: PriceTable = TABLE
):
    return estimate(resources, table, region, use)


def test_an_hour_of_a_fargate_task_is_its_processors_its_memory_and_its_address():
    found = cost_of(*fargate())
    assert found.worker_hour_usd == pytest.approx(2 * 0.04048 + 8 * 0.004445 + 0.005)
    assert found.busy_hour_usd == pytest.approx(2 * found.worker_hour_usd)
    assert found.monthly_fixed_usd == 0


def test_a_task_in_a_private_network_pays_for_no_address():
    assert cost_of(*fargate(is_public=False)).worker_hour_usd == pytest.approx(0.11652)


def test_an_arm_task_costs_a_fifth_less():
    found = cost_of(*fargate(architecture="ARM64", is_public=False))
    assert found.worker_hour_usd == pytest.approx(2 * 0.03238 + 8 * 0.00356)


def test_a_mixed_fleet_pays_spot_for_the_part_that_the_capacity_providers_give_it():
    shares = {
        one.charge.price_key: one.charge.quantity
        for one in cost_of(*fargate(shares=MIXED), use=replace(USE, workers=5)).charges
    }
    # one of five is the base; of the other four three are on Spot
    assert shares["fargate_spot_vcpu_hour.x86_64"] == pytest.approx(2 * 3 / 5)
    assert shares["fargate_vcpu_hour.x86_64"] == pytest.approx(2 * 2 / 5)


def test_a_thousand_jobs_are_the_workers_time_for_them_and_their_requests():
    found = cost_of(*fargate(is_public=False), resource(QUEUE, "queue-normal", "queue"))
    hours = 1000 * 36 / 3600
    assert found.thousand_jobs_usd == pytest.approx(hours * 0.11652 + 1000 * USE.requests.sqs * 0.0000004)


def test_jobs_that_share_a_worker_share_its_hour():
    alone = cost_of(*fargate(), use=USE).thousand_jobs_usd
    assert cost_of(*fargate(), use=replace(USE, concurrency=4)).thousand_jobs_usd == pytest.approx(alone / 4)


def test_lanes_are_charged_once_for_a_job_that_goes_through_one_of_them():
    lanes = [resource(QUEUE, f"queue-{lane}", "queue") for lane in ("normal", "high", "low", "dlq")]
    assert cost_of(*lanes).thousand_jobs_usd == cost_of(lanes[0]).thousand_jobs_usd > 0


def test_the_network_options_have_the_prices_that_the_design_names():
    nat = cost_of(resource("aws:ec2/natGateway:NatGateway"), resource("aws:ec2/eip:Eip"))
    balancer = cost_of(resource("aws:lb/loadBalancer:LoadBalancer", subnets=["a", "b"]))
    endpoints = cost_of(
        resource("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=["a"]),
        resource("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway"),
    )
    assert nat.monthly_fixed_usd == pytest.approx(32.85 + 3.65 + 0.225)
    assert balancer.monthly_fixed_usd == pytest.approx(16.425 + 1.46 + 7.30)
    assert endpoints.monthly_fixed_usd == pytest.approx(7.30)


def test_a_gpu_instance_pays_for_itself_and_its_disk_and_one_that_waits_stopped_for_the_disk_alone():
    template = resource(
        "aws:ec2/launchTemplate:LaunchTemplate",
        instanceType="g4dn.xlarge",
        blockDeviceMappings=[{"ebs": {"volumeSize": 100, "volumeType": "gp3"}}],
    )
    group = resource("aws:autoscaling/group:Group", warmPool={"minSize": 1})
    found = cost_of(template, group)
    assert found.worker_hour_usd == pytest.approx(0.526 + 8.0 / 730)
    assert found.monthly_fixed_usd == pytest.approx(8.0)


def test_a_worker_on_lambda_costs_five_times_a_fargate_hour_and_nothing_while_idle():
    worker = resource("aws:lambda/function:Function", "fleet-worker", "fleet", memorySize=10240)
    found = cost_of(worker)
    assert found.worker_hour_usd == pytest.approx(0.60, abs=0.001)
    assert found.worker_hour_usd / 0.11652 == pytest.approx(5.15, abs=0.01)
    assert found.monthly_fixed_usd == 0


def test_a_controller_that_looks_each_minute_is_a_standing_cost():
    controller = resource(
        "aws:lambda/function:Function", "autoscaling-function", "autoscaling", memorySize=128, timeout=55
    )
    asleep, awake = (cost_of(controller, use=replace(USE, hours_a_month=hours)) for hours in (0.0, 730.0))
    assert asleep.monthly_fixed_usd == pytest.approx(43_800 * (3 * 0.125 * 0.0000166667 + 0.0000002))
    assert awake.monthly_fixed_usd == pytest.approx(43_800 * (45 * 0.125 * 0.0000166667 + 0.0000002))
    assert awake.worker_hour_usd == 0


def test_looking_after_the_budget_of_functions_costs_a_dime_a_month_most_of_it_questions_to_cloudwatch():
    looks = resource("aws:lambda/function:Function", "spending-function", "spending", memorySize=128)
    asked = 8_760 * 0.00001
    found = cost_of(looks)
    assert found.monthly_fixed_usd == pytest.approx(asked + 8_760 * (0.125 * 0.0000166667 + 0.0000002))
    assert asked < found.monthly_fixed_usd < 0.11
    assert found.worker_hour_usd == 0


def test_an_alarm_over_several_metrics_costs_for_each_of_them():
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    over_three = resource(
        alarm,
        metricQueries=[{"metric": {"a": 1}}, {"metric": {"b": 1}}, {"metric": {"c": 1}}, {"expression": "a"}],
    )
    assert cost_of(over_three).monthly_fixed_usd == pytest.approx(0.30)
    assert cost_of(resource(alarm, metricName="m")).monthly_fixed_usd == pytest.approx(0.10)


def test_a_type_that_nobody_has_a_price_for_is_named_and_not_guessed():
    found = cost_of(resource("aws:rds/instance:Instance"), resource("aws:rds/instance:Instance"), *fargate())
    assert found.unpriced == ("2 × aws:rds/instance:Instance",)


def test_a_region_without_prices_makes_sums_that_are_called_lower_bounds():
    found = cost_of(*fargate(), region="eu-west-1")
    assert found.lacks(Per.WORKER_HOUR)
    assert found.to_dict()["lower_bounds"] == ["worker-hour"]
    assert found.price_dates is None
    assert any("vCPU" in one for one in found.unpriced)


def test_identity_network_and_settings_of_a_bucket_cost_nothing_and_are_not_called_unpriced():
    tokens = (
        "aws:iam/role:Role",
        "aws:ec2/vpc:Vpc",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:budgets/budget:Budget",
    )
    found = cost_of(*(resource(token) for token in tokens))
    assert (found.charges, found.unpriced) == ((), ())


def test_values_that_the_engine_does_not_know_yet_are_no_crash():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    found = cost_of(
        resource("aws:lambda/function:Function", "f", "ingress", memorySize=unknown),
        resource("aws:cloudwatch/logGroup:LogGroup", "observability-worker", retentionInDays=unknown),
    )
    assert found.monthly_fixed_usd > 0


def test_the_dates_of_the_prices_used_are_known_and_old_ones_are_said_to_be_old():
    found = cost_of(*fargate(is_public=False))
    assert found.price_dates == (date(2026, 9, 11), date(2026, 9, 11))
    assert not found.is_old(date(2026, 11, 1))
    assert found.is_old(date(2027, 1, 1))


def test_what_is_deleted_counts_before_and_what_is_created_counts_after():
    nat, queue = "aws:ec2/natGateway:NatGateway", QUEUE
    view = view_of(
        step("delete", nat, "nat", {"subnetId": "a"}, {}),
        step("create", queue, "new", {}, {"name": "new"}),
        step("same", queue, "kept", {"name": "kept"}, {"name": "kept"}),
    )
    assert {one.name for one in planned_resources(view)} == {"new", "kept"}
    assert {one.name for one in deployed_resources(view)} == {"nat", "kept"}


@pytest.mark.parametrize(
    ("budget", "region", "word"),
    [
        (None, HOME, None),
        (1000.0, HOME, None),
        (0.0, HOME, "budget is 0"),
        (10.0, HOME, "more than the budget of 10 USD"),
        (1000.0, "eu-west-1", "no price here"),
    ],
)
def test_what_the_budget_will_make_of_a_plan_is_told_before(budget, region, word):
    planned = cost_of(*fargate(), region=region)
    warnings = PlanCost(planned=planned, deployed=None, budget_usd=budget).warnings
    assert (word in warnings[0]) if word else not warnings


def test_the_change_is_against_what_is_deployed():
    now, then = cost_of(resource("aws:ec2/natGateway:NatGateway")), cost_of(*fargate())
    change = PlanCost(planned=then, deployed=now).to_dict()["change"]
    assert change["monthly_fixed_usd"] == pytest.approx(-33.075)
    assert change["busy_hour_usd"] == pytest.approx(then.busy_hour_usd)
    assert PlanCost(planned=then, deployed=None).to_dict()["change"] is None
