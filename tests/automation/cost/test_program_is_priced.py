"""Every resource that the program declares, in every variant, has a rule or is known to cost nothing by itself."""

from functools import cache

import pytest

from automation.cost.charges import Per
from automation.cost.estimate import Estimate, estimate
from automation.cost.planned import PlannedResource
from automation.cost.usage import IMAGE_BUILD_MINUTES_A_MONTH, UseOfFleet
from components.build_machines import MACHINES
from components.choices import Architecture
from components.config import StackConfig, own_values
from components.meter_rates import rates_of
from components.naming import PROJECT
from components.prices import read_prices
from tests.components.declared import declare, stack_values

TABLE = read_prices()
HOME = "us-east-1"
FUNCTION = {
    "compute_type": "lambda",
    "engine": "builtin",
    "instances": "2",
    "spot": "none",
    "memory_mib": "4096",
}
GPU = {"compute_type": "ec2-gpu", "architecture": "x86_64", "cpu": "4096", "memory_mib": "15360"}
VARIANTS = {
    "default": {},
    "nat and balancer": {"network": "private-nat", "load_balancer": "alb"},
    "gpu": {**GPU, "spot": "none", "warm_pool": "1"},
    "gpu on spot, endpoints": {**GPU, "spot": "only", "network": "private-endpoints"},
    "lambda": FUNCTION,
    "codebuild": {"codebuild": "true"},
    "jobs and webhooks": {
        "jobs_api": "true",
        "github_repositories": "octo-org/*",
        "github_webhook_secret": "0123456789abcdef",
    },
}
NOT_IN_THE_TABLE = {"prod": ("dynamodb_backup_gb_month",)}
"""What we know to lack a price, by stack."""


@cache
def priced(stack: str, variant: str) -> tuple[Estimate, StackConfig]:
    values = VARIANTS[variant]
    told = {**stack_values(stack), **{f"{PROJECT}:{key}": value for key, value in values.items()}}
    resources = [
        PlannedResource(type=item.token, name=item.name, component=item.parent, inputs=item.inputs)
        for item in declare(stack, told).resources
        if item.token.startswith("aws:")
    ]
    config = StackConfig.parse(own_values(told))
    use = UseOfFleet(workers=config.instances, concurrency=config.concurrency)
    return estimate(resources, TABLE, HOME, use), config


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_priced_whole_and_the_meter_counts_what_the_estimate_says(variant):
    found, config = priced("dev", variant)
    assert found.unpriced == ()
    rates = rates_of(config, TABLE, HOME)
    assert rates.worker_hour_usd == pytest.approx(found.worker_hour_usd, rel=0.02)
    assert rates.fixed_month_usd <= found.monthly_fixed_usd < rates.fixed_month_usd + 15


def test_the_default_design_costs_a_few_dollars_while_nothing_runs():
    found, _config = priced("dev", "default")
    assert 1.0 < found.monthly_fixed_usd < 12.0


def test_taking_jobs_and_webhooks_costs_an_alarm_and_next_to_nothing_else_while_nobody_comes():
    without, _ = priced("dev", "default")
    with_it, _ = priced("dev", "jobs and webhooks")
    assert 0.10 <= with_it.monthly_fixed_usd - without.monthly_fixed_usd < 0.15


def test_a_project_of_builds_costs_what_its_processors_minutes_cost():
    for processor, minute_usd in (("arm64", 0.0034), ("x86_64", 0.005)):
        found = estimate([project_of(processor)], TABLE, HOME, UseOfFleet())
        assert found.monthly_fixed_usd == pytest.approx(IMAGE_BUILD_MINUTES_A_MONTH * minute_usd)
    assert (
        "codebuild_minute" in estimate([project_of("arm64")], TABLE, "mars-north-1", UseOfFleet()).unpriced[0]
    )


def project_of(processor: str) -> PlannedResource:
    environment = {"type": MACHINES[Architecture(processor)].kind}
    return PlannedResource(
        type="aws:codebuild/project:Project",
        name="project",
        component="builder",
        inputs={"environment": environment},
    )


def test_a_private_network_and_a_balancer_show_their_price():
    lean, _ = priced("dev", "default")
    dear, _ = priced("dev", "nat and balancer")
    assert dear.monthly_fixed_usd - lean.monthly_fixed_usd == pytest.approx(
        32.85 + 3.65 + 0.225 + 16.425 + 1.46, abs=1.0
    )


def test_production_names_the_one_price_that_is_not_known():
    found, _config = priced("prod", "default")
    assert len(found.unpriced) == len(NOT_IN_THE_TABLE["prod"])
    assert NOT_IN_THE_TABLE["prod"][0] in found.unpriced[0]
    assert found.lacks(Per.MONTH)
    assert not found.lacks(Per.WORKER_HOUR)
