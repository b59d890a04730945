"""deploy --build: makes and pushes what the stack's repositories lack."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from automation.cli.image_needed import require_image, wanted_config, worker_repository
from automation.cli.session import ROOT, Session
from automation.driver.image_builds import Builder, images_of
from automation.driver.image_push import find_builder, push_images
from automation.driver.images import repository_name

AUTO = "auto"
WAYS = (AUTO, *(builder.value for builder in Builder))


def prepare_images(
    session: Session, overrides: Mapping[str, str], *, way: str | None, account: str
) -> str | None:
    """Build what is asked for before the plan; return the way again where only the deployment makes the repositories.

    Raises Diagnostic where a function's image is not there, and nobody asked for it to be built.
    """
    is_later = way is not None and build_images(session, overrides, way=way, account=account) is None
    require_image(session, overrides, account=account)
    return way if is_later else None


def build_images(session: Session, overrides: Mapping[str, str], *, way: str, account: str) -> bool | None:
    """Build and push; True where something was pushed, None where the repositories are still to be made by a deployment.

    The embedded AWS runs the worker of this checkout: it needs no image.
    """
    if session.is_embedded:
        session.screen.note("The embedded AWS runs this checkout: there is no image to build.")
        return False
    builder = find_builder(tuple(Builder) if way == AUTO else (Builder(way),))
    ecr, url = session.access.client("ecr"), worker_repository(session, account)
    try:
        ecr.describe_repositories(repositoryNames=[repository_name(url)])
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") != "RepositoryNotFoundException":
            raise
        return None
    builds = images_of(wanted_config(session, overrides), url)
    return bool(push_images(builds, builder, ecr=ecr, root=ROOT, notify=session.screen.note))
