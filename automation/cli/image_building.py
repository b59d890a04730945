"""deploy --build: makes and pushes what the stack's repositories lack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from automation.cli.image_needed import GUIDE, require_image, wanted_config, worker_repository
from automation.cli.session import ROOT, Session
from automation.driver.events import ResourceRow
from automation.driver.image_builds import PROGRAMS, Builder, images_of
from automation.driver.image_codebuild import CodeBuildMaker, Wait
from automation.driver.image_maker import ImageMaker, find_maker, push_images
from automation.driver.image_program import ProgramMaker
from automation.driver.images import repository_name
from automation.errors import UsageFault
from automation.fleet.control import restart
from components.compute.interface import ComputeType
from components.config import StackConfig
from components.naming import IMAGE_BUILDER_PART, Names

AUTO = "auto"
CLOCK = Wait()
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
WAYS = (AUTO, *(builder.value for builder in Builder))


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What was done about images before the plan."""

    way: str | None
    """The way that was asked for, where only the deployment makes what it needs."""
    has_pushed: bool
    """Something was built and pushed."""


def prepare_images(
    session: Session, overrides: Mapping[str, str], *, way: str | None, account: str
) -> Prepared:
    """Build what is asked for before the plan, as far as what it needs is there.

    Raises Diagnostic where a function's image is not there, and nobody asked for it to be built.
    """
    built = False if way is None else build_images(session, overrides, way=way, account=account)
    require_image(session, overrides, account=account)
    return Prepared(way=way if built is None else None, has_pushed=bool(built))


def finish_images(
    session: Session,
    overrides: Mapping[str, str],
    prepared: Prepared,
    *,
    changed: Iterable[ResourceRow],
    account: str,
) -> None:
    """Build what had to wait for the deployment, and start workers anew that found no image: of this one, or of one before."""
    is_late = prepared.way is not None and build_images(session, overrides, way=prepared.way, account=account)
    is_same_revision = all(row.step.type != TASK_DEFINITION for row in changed)
    if is_late or (
        prepared.has_pushed and is_same_revision and session.outputs.compute_type != ComputeType.LAMBDA
    ):
        restart(session.access, session.outputs)


def build_images(
    session: Session, overrides: Mapping[str, str], *, way: str, account: str, clock: Wait = CLOCK
) -> bool | None:
    """Build and push; True where something was pushed, None where a deployment must first make repositories or project.

    The embedded AWS runs the worker of this checkout: it needs no image.
    """
    if session.is_embedded:
        session.screen.note("The embedded AWS runs this checkout: there is no image to build.")
        return False
    config, url = wanted_config(session, overrides), worker_repository(session, account)
    maker = find_maker(_makers(session, config, way=way, account=account, clock=clock))
    ecr = session.access.client("ecr")
    try:
        ecr.describe_repositories(repositoryNames=[repository_name(url)])
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") != "RepositoryNotFoundException":
            raise
        return None
    if not maker.is_ready():
        return None
    return bool(push_images(images_of(config, url), maker, ecr=ecr, notify=session.screen.note))


def _makers(
    session: Session, config: StackConfig, *, way: str, account: str, clock: Wait
) -> list[ImageMaker]:
    """Return what may be tried; raises UsageFault where CodeBuild is named and the stack has none."""
    names, environment = Names(environment=session.environment), session.environment
    codebuild = CodeBuildMaker(
        client_of=session.access.client,
        project=names.part(IMAGE_BUILDER_PART),
        bucket=names.results_bucket(account),
        root=ROOT,
        is_wanted=config.codebuild,
        wait=clock,
    )
    if way == Builder.CODEBUILD and (fault := codebuild.fault()):
        raise UsageFault(
            "CodeBuild can't make the images of this stack",
            why=fault,
            next_step=f"pulumi config set codebuild true --stack {environment}, then"
            f" python -m automation deploy --env {environment} --build codebuild ({GUIDE})",
            reference="no-codebuild-project",
        )
    ecr = session.access.client("ecr")
    programs = [ProgramMaker(builder=program, ecr=ecr, root=ROOT) for program in PROGRAMS]
    makers: list[ImageMaker] = [*programs, codebuild]
    return [maker for maker in makers if way in {AUTO, maker.builder}]
