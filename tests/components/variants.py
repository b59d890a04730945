"""Stacks of every kind, declared once each under mocks."""

from functools import cache

from components.naming import PROJECT
from tests.components.declared import declare, stack_values

KINDS = {
    "fargate": {"compute_type": "ecs-fargate"},
    "gpu": {"compute_type": "ec2-gpu", "architecture": "x86_64", "spot": "none", "warm_pool": "2"},
    "gpu-spot": {"compute_type": "ec2-gpu", "architecture": "x86_64", "spot": "mixed"},
    "lambda": {"compute_type": "lambda", "engine": "builtin", "spot": "none", "instances": "4"},
}
OPTIONS = {"fargate-codebuild": {"compute_type": "ecs-fargate", "codebuild": "true"}}
"""Kinds with something beside them."""
VARIANTS = (
    ("fargate", "private-nat", "none"),
    ("fargate", "private-endpoints", "alb"),
    ("gpu", "public", "none"),
    ("gpu", "private-nat", "alb"),
    ("gpu-spot", "public", "alb"),
    ("gpu-spot", "private-endpoints", "none"),
    ("lambda", "public", "none"),
    ("lambda", "private-nat", "none"),
    ("lambda", "private-endpoints", "none"),
    ("fargate-codebuild", "public", "none"),
)
"""Each kind, each network and each front door at least twice; bench/local_deploy.py --variants runs all there are."""


@cache
def variant(kind, network="public", balancer="none", stack="dev"):
    settings = {**(KINDS | OPTIONS)[kind], "network": network, "load_balancer": balancer}
    return declare(
        stack, {**stack_values(stack), **{f"{PROJECT}:{key}": value for key, value in settings.items()}}
    )
