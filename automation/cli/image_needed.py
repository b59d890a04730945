"""Lambda creates no function from an image that is not there: said before anything is changed, with the order that works."""

from collections.abc import Mapping

from automation.cli.session import Session
from automation.driver.images import has_image, repository_name
from automation.errors import Diagnostic
from components.compute.interface import ComputeType
from components.config import StackConfig, own_values
from components.naming import WORKER_PART, Names

GUIDE = "docs/how-to/push-the-images.md"


def require_image(session: Session, overrides: Mapping[str, str], *, account: str) -> None:
    """Raise Diagnostic where a function is wanted and its image is not in the stack's repository.

    The embedded AWS runs the worker of this checkout, whatever its repository holds.
    """
    config = wanted_config(session, overrides)
    if config.compute_type is not ComputeType.LAMBDA or session.is_embedded:
        return
    environment, url = session.environment, worker_repository(session, account)
    if has_image(session.access.client("ecr"), url, config.image_tag):
        return
    raise Diagnostic(
        f"the image {repository_name(url)}:{config.image_tag} is not there, and Lambda creates no function without it",
        why=f"the stack itself makes the repository: a fleet of tasks without tasks does so, and costs nothing ({GUIDE})",
        next_step=f"python -m automation deploy --env {environment} --type ecs-fargate --instances 0 --build auto (or push to"
        f" {url}:{config.image_tag} yourself), then deploy --env {environment} --type lambda --instances 2",
        reference="image-missing",
    )


def wanted_config(session: Session, overrides: Mapping[str, str]) -> StackConfig:
    """Return what a deployment with these overrides is to be."""
    return StackConfig.parse(own_values({**session.config, **overrides}))


def worker_repository(session: Session, account: str) -> str:
    """Return the URL that the worker's repository has, or will have."""
    name = Names(environment=session.environment).part(WORKER_PART)
    return f"{account}.dkr.ecr.{session.access.region}.amazonaws.com/{name}"
