"""All patches in one place: what the embedded AWS changes in moto.

moto is pinned exactly because these touch its privates; every patch has a test that fails on stock moto.
Applying twice changes nothing: each patch replaces functions by name, so the second time finds itself.
"""

import os

from automation.localaws.patches import ecs_api, ecs_services, ecs_tasks, sqs


def apply_patches() -> None:
    """Make moto behave as AWS does where the fleet depends on it; safe to call more than once."""
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    sqs.apply()
    ecs_tasks.apply()
    ecs_services.apply()
    ecs_api.apply()
