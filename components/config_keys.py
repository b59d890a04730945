"""Pure: how each key of a stack's settings is read."""

from collections.abc import Mapping

from components.choices import Architecture, Balancer, NetworkKind, Spot
from components.compute.interface import ComputeType
from components.config_readers import (
    Reader,
    choice_of,
    kept_secret,
    member_of,
    number_of,
    private_network,
    text_like,
    whole_number,
    yes_or_no,
)
from components.fargate_sizes import MEMORY_MIB_OF_CPU
from components.gpu_instances import GPU_INSTANCES
from worker.domain.settings import ENGINES, SANDBOXES

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs knows."""

MODEL_NAME = r"[a-z0-9][a-z0-9._/-]{0,79}(:[A-Za-z0-9._-]{1,40})?"

GITHUB_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/([A-Za-z0-9._-]{1,100}|\*)"

HTTPS_ADDRESS = r"https://(?=.{1,253}(?:[:/]|$))[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*"
"""No user, no password, no query, no slash at its end: paths are put behind it, and a token goes along."""

READERS: Mapping[str, Reader] = {
    "compute_type": member_of(ComputeType, example=ComputeType.ECS_FARGATE),
    "instances": whole_number(0, 100, example=2),
    "cpu": number_of(tuple(MEMORY_MIB_OF_CPU), example=1024),
    "memory_mib": whole_number(512, 122_880, example=4096),
    "architecture": member_of(Architecture, example=Architecture.ARM64),
    "spot": member_of(Spot, example=Spot.MIXED),
    "gpu_instance_type": choice_of(tuple(GPU_INSTANCES), example="g4dn.xlarge"),
    "warm_pool": whole_number(0, 10, example=1),
    "network": member_of(NetworkKind, example=NetworkKind.PRIVATE_NAT),
    "load_balancer": member_of(Balancer, example=Balancer.ALB),
    "container_insights": yes_or_no(example=False),
    "engine": choice_of(ENGINES, example="ollama"),
    "model": text_like(
        rf"(?=.{{1,120}}$){MODEL_NAME}(,{MODEL_NAME}){{0,2}}",  # an image tag ends at 128 characters
        "must be the name of an Ollama model, NAME or NAME:TAG, or up to three by commas",
        example="deepseek-coder:1.3b",
    ),
    "image_tag": text_like(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        "must be an image tag: letters, digits, '_', '.', '-', at most 128",
        example="0.1.0",
    ),
    "codebuild": yes_or_no(example=True),
    "concurrency": whole_number(1, 64, example=2),
    "visibility_timeout_seconds": whole_number(10, 43_200, example=60),
    "maximum_attempts": whole_number(1, 100, example=3),
    "maximum_receives": whole_number(1, 1000, example=6),
    "repository_concurrency": whole_number(0, 1000, example=20),
    "engine_concurrency": whole_number(0, 1000, example=20),
    "job_timeout_seconds": whole_number(1, 3600, example=120),
    "job_budget_seconds": whole_number(1, 3600, example=8),
    "sandbox": choice_of(SANDBOXES, example="auto"),
    "stop_timeout_seconds": whole_number(6, 120, example=120),
    "results_retention_days": whole_number(1, 3650, example=90),
    "results_versioning": yes_or_no(example=False),
    "log_retention_days": number_of(LOG_RETENTION_DAYS, example=14),
    "traces_endpoint": text_like(
        r"(https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?)?",
        "must be the http(s) address of an OpenTelemetry collector, or empty",
        example="http://127.0.0.1:4318",
    ),
    "auto_stop_minutes": whole_number(0, 1440, example=2),
    "maximum_instances": whole_number(1, 100, example=10),
    "slo_seconds": whole_number(10, 43_200, example=300),
    "alarm_email": text_like(
        r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "must be an e-mail address, or empty", example="team@example.com"
    ),
    "alarm_webhook": text_like(
        r"(https://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./?=&%~-]*)?)?",
        "must be an https address, or empty",
        example="https://hooks.example.com/fleet",
    ),
    "monthly_budget_usd": whole_number(0, 1_000_000, example=120),
    "jobs_api": yes_or_no(example=True),
    "github_repositories": text_like(
        rf"({GITHUB_REPOSITORY}(,{GITHUB_REPOSITORY}){{0,99}})?",
        "must be owner/name or owner/*, by commas without spaces, or empty",
        example="octo-org/hello,octo-org/world",
    ),
    "github_app": text_like(
        r"[a-z0-9-]{0,100}", "must be the slug of a GitHub App, or empty", example="our-fleet"
    ),
    "github_webhook_secret": kept_secret("must be set with --secret", example="--secret"),
    "github_app_id": text_like(r"(\d{1,20})?", "must be the id of a GitHub App, or empty", example="123456"),
    "github_credentials": kept_secret("must be set with --secret", example="--secret"),
    "github_api_url": text_like(
        HTTPS_ADDRESS,
        "must be the https address of GitHub's REST interface, without a slash at its end",
        example="https://github.example.com/api/v3",
    ),
    "github_web_url": text_like(
        HTTPS_ADDRESS,
        "must be the https address that repositories are cloned from, without a slash at its end",
        example="https://github.example.com",
    ),
    "vpc_cidr": private_network(),
    "protect": yes_or_no(example=True),
}
"""How each key is read; a test holds it together with the fields."""
